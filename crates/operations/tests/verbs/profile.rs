//! `account.show`, `account.update`, `account.delete`, `account.verify_password`.

use daemun_model::app::{Attribute, AttributeKind, Identifier};
use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::world::{DAY, PASSWORD, World, told};

async fn access_of(world: &World, email: &str) -> String {
    world.member(email).await["tokens"]["access"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn owners_see_the_whole_account_and_others_a_card() {
    let world = World::new().await;
    let access = access_of(&world, "a@example.com").await;
    access_of(&world, "b@example.com").await;
    let own = world.run_with(&access, "account.show", json!({})).await.unwrap();
    assert_eq!(own["account"]["email"], "a@example.com");
    assert_eq!(world.run_with(&access, "account.show", json!({ "id": 1 })).await.unwrap(), own);
    let other = world.run_with(&access, "account.show", json!({ "id": 2 })).await.unwrap();
    assert_eq!(other["account"]["name"], "John Doe");
    assert!(other["account"].get("email").is_none(), "undefined, not null");
    assert!(other["account"].get("birthdate").is_none());
    let missing = world.run_with(&access, "account.show", json!({ "id": 99 })).await;
    assert_eq!(told(missing), "account_not_found on id");
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let world = World::with(|app| {
        app.attributes = IndexMap::from([(
            "theme".to_owned(),
            Attribute {
                kind: AttributeKind::String { max: 10, choices: vec!["dark".into(), "light".into()] },
                default: Some("light".into()),
            },
        )]);
    })
    .await;
    let access = access_of(&world, "a@example.com").await;
    let update = async |input: Value| told(world.run_with(&access, "account.update", input).await);
    let input = json!({ "gender": "female", "nickname": "Ace", "attributes": { "theme": "dark" } });
    let changed = world.run_with(&access, "account.update", input).await.unwrap();
    assert_eq!(changed["account"]["name"], "John Doe");
    assert_eq!(changed["account"]["gender"], "female");
    assert_eq!(changed["account"]["attributes"], json!({ "theme": "dark" }));
    let entry = world.audit().await.remove(0);
    assert_eq!(
        (entry.act.as_str(), entry.detail.unwrap().as_str()),
        ("account.update", "nickname gender attributes")
    );

    let input = json!({ "gender": null, "attributes": { "theme": null } });
    let changed = world.run_with(&access, "account.update", input).await.unwrap();
    assert!(changed["account"]["gender"].is_null());
    assert_eq!(changed["account"]["nickname"], "Ace");
    assert_eq!(changed["account"]["attributes"], json!({ "theme": "light" }));
    let shown = world.run_with(&access, "account.show", json!({})).await.unwrap();
    assert_eq!(shown["account"], changed["account"]);

    assert_eq!(
        update(json!({ "name": null, "gender": "x" })).await,
        "invalid (name: required, gender: not_a_choice)"
    );
    assert_eq!(
        update(json!({ "attributes": { "theme": "red" } })).await,
        "invalid (attributes.theme: not_a_choice)"
    );
    assert_eq!(update(json!({ "id": 2, "name": "X" })).await, "forbidden on id");
    let before = world.audit().await.len();
    update(json!({ "id": 1, "nickname": "Ace" })).await;
    assert_eq!(world.audit().await.len(), before, "nothing changed, nothing is noted");
}

#[tokio::test]
async fn an_attribute_that_was_declared_later_has_its_default_or_null() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let mut later = (*world.app).clone();
    let attribute = |default| Attribute { kind: AttributeKind::Boolean, default };
    later.attributes = IndexMap::from([
        ("member".to_owned(), attribute(Some(true.into()))),
        ("adult".to_owned(), attribute(None)),
    ]);
    let world = world.through(&world.serve(later).await);
    let expected = json!({ "member": true, "adult": null });
    let access = tokens["access"].as_str().unwrap();
    for answer in [
        world.run_with(access, "account.show", json!({})).await.unwrap(),
        world.run_with(access, "account.update", json!({})).await.unwrap(),
        world.refresh(&tokens["refresh"]).await.unwrap(),
        world.sign_in("a@example.com", PASSWORD).await.unwrap(),
        world.run_as(world.operator(), "account.find", json!({ "account": "1" })).await.unwrap(),
    ] {
        assert_eq!(answer["account"]["attributes"], expected);
    }
}

#[tokio::test]
async fn names_that_are_given_up_are_free_again() {
    let world = World::with(|app| {
        app.policy.unique = ["preferred_username", "nickname", "phone_number"].map(str::to_owned).to_vec();
    })
    .await;
    let a = access_of(&world, "a@example.com").await;
    let b = access_of(&world, "b@example.com").await;
    let names = json!({ "preferred_username": "Doe", "nickname": "Ace", "phone_number": "010-1234-5678" });
    world.run_with(&a, "account.update", names.clone()).await.unwrap();
    assert_eq!(
        told(world.run_with(&b, "account.update", json!({ "nickname": "ACE" })).await),
        "nickname_taken on nickname"
    );
    assert_eq!(
        told(world.run_with(&b, "account.update", names.clone()).await),
        "invalid (preferred_username: taken, phone_number: taken, nickname: taken)"
    );
    let own_case = world.run_with(&a, "account.update", json!({ "nickname": "ACE" })).await.unwrap();
    assert_eq!(own_case["account"]["nickname"], "ACE", "one's own name in another case");
    let cleared = json!({ "preferred_username": "Moe", "nickname": null, "phone_number": null });
    world.run_with(&a, "account.update", cleared).await.unwrap();
    assert!(world.run_with(&b, "account.update", names).await.is_ok());
}

#[tokio::test]
async fn a_number_that_members_sign_in_with_cannot_be_typed_in() {
    let world = World::with(|app| {
        app.policy.sign_in = vec![Identifier::Email, Identifier::PhoneNumber];
        app.policy.nickname_change_every = Some(30 * DAY);
    })
    .await;
    let access = access_of(&world, "a@example.com").await;
    let input = json!({ "phone_number": "010-1234-5678" });
    assert_eq!(told(world.run_with(&access, "account.update", input).await), "forbidden on phone_number");
}

#[tokio::test]
async fn a_nickname_changes_only_so_often() {
    let world = World::with(|app| app.policy.nickname_change_every = Some(30 * DAY)).await;
    let access = access_of(&world, "a@example.com").await;
    let rename = async |access: &str, to: &str| {
        told(world.run_with(access, "account.update", json!({ "nickname": to })).await)
    };
    assert!(rename(&access, "one").await.contains("\"nickname\":\"one\""));
    assert_eq!(rename(&access, "two").await, "too_soon on nickname");
    assert!(rename(&access, "one").await.contains("\"nickname\":\"one\""), "no change is no change");
    world.clock.advance(30 * DAY);
    let access = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"]["access"].clone();
    assert!(rename(access.as_str().unwrap(), "two").await.contains("\"nickname\":\"two\""));
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_personal_and_frees_its_names() {
    let world = World::new().await;
    let member = world.member("a@example.com").await;
    let access = member["tokens"]["access"].as_str().unwrap();
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let delete = async |input: Value| told(world.run_with(access, "account.delete", input).await);
    let wrong = json!({ "email": "a@example.com", "password": "wrong password" });
    assert_eq!(delete(wrong).await, "wrong_password on password");
    assert_eq!(world.last_act().await, "account.delete wrong_password");
    let other = json!({ "email": "b@example.com", "password": PASSWORD });
    assert_eq!(delete(other).await, "wrong_password on password");
    assert_eq!(delete(json!({ "id": 7 })).await, "forbidden on id");
    let input = json!({ "email": "A@example.com", "password": PASSWORD });
    let gone = world.run_with(access, "account.delete", input).await.unwrap();
    assert_eq!(gone["account"]["email"], "a@example.com", "the account as it was");

    assert!(!world.is_live(&member["tokens"]["access"]).await);
    assert_eq!(told(world.refresh(&member["tokens"]["refresh"]).await), "token_invalid on refresh_token");
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "wrong_credentials");
    assert!(world.messages().await.is_empty());
    let found = world.run_as(world.operator(), "account.find", json!({ "account": "1" })).await;
    assert_eq!(told(found), "account_not_found on account");
    let again = world.member("a@example.com").await;
    assert_eq!(again["account"]["id"], 2, "a number is never used again");
}

#[tokio::test]
async fn a_password_is_verified_for_its_owner() {
    let world = World::new().await;
    let access = access_of(&world, "a@example.com").await;
    let verify = async |input: Value| told(world.run_with(&access, "account.verify_password", input).await);
    assert_eq!(verify(json!({ "email": "a@example.com", "password": PASSWORD })).await, "{}");
    assert_eq!(verify(json!({ "password": PASSWORD })).await, "{}");
    assert_eq!(verify(json!({ "password": "wrong password" })).await, "wrong_password on password");
    assert_eq!(world.last_act().await, "account.verify_password wrong_password");
    let input = json!({ "email": "b@example.com", "password": PASSWORD });
    assert_eq!(verify(input).await, "wrong_password on password");
    assert_eq!(verify(json!({})).await, "invalid (password: required)");
}
