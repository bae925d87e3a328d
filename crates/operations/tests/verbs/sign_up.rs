//! `account.sign_up`.

use daemun_model::app::{Approval, Attribute, AttributeKind, FieldRule, Identifier, VerifyEmail};
use indexmap::IndexMap;
use serde_json::json;

use crate::world::{PASSWORD, World, told};

#[tokio::test]
async fn a_new_member_gets_an_account_and_when_asked_a_session() {
    let world = World::new().await;
    let input = json!({
        "email": "John.Doe@Example.com", "password": PASSWORD, "name": "  John Doe ", "gender": "male",
        "phone_number": "010-1234-5678", "birthdate": "1990-01-01", "locale": "ko-KR"
    });
    let answer = world.run("account.sign_up", input).await.unwrap();
    let account = &answer["account"];
    assert_eq!(account["id"], 1);
    assert_eq!(account["email"], "John.Doe@example.com");
    assert_eq!(account["email_verified"], false);
    assert_eq!(account["name"], "John Doe");
    assert_eq!(account["phone_number"], "+821012345678");
    assert_eq!(account["birthdate"], "1990-01-01");
    assert_eq!(account["locale"], "ko");
    assert_eq!(account["status"], "approved");
    assert_eq!(account["created_at"], "2026-11-20T15:30:00.000001Z");
    assert!(account["last_sign_in_at"].is_null());
    assert!(answer["tokens"].is_null());
    assert!(!answer.to_string().contains("argon2"), "the hash never leaves");
    assert_eq!(world.last_act().await, "account.sign_up done");
    assert!(world.messages().await.is_empty(), "the app asks for no verification");

    let answer = world.member("jane@example.com").await;
    assert_eq!(answer["account"]["id"], 2);
    assert_eq!(answer["tokens"]["expires_in"], 1800);
    assert!(world.is_live(&answer["tokens"]["access"]).await);
}

#[tokio::test]
async fn all_faults_are_told_at_once_with_the_taken_names() {
    let world = World::with(|app| {
        app.policy.unique = vec!["phone_number".to_owned()];
        app.policy.required.push("phone_number".to_owned());
    })
    .await;
    let input = json!({
        "email": "a@example.com", "password": PASSWORD, "name": "A", "phone_number": "01012345678"
    });
    world.run("account.sign_up", input).await.unwrap();

    assert_eq!(
        world.refusal("account.sign_up", json!({})).await,
        "invalid (email: required, password: required, name: required, phone_number: required)"
    );
    let input = json!({
        "email": "A@EXAMPLE.COM", "phone_number": "+82 10 1234 5678", "name": "", "password": "short",
        "password_again": "other", "gender": "robot", "birthdate": "2030-01-01"
    });
    assert_eq!(
        world.refusal("account.sign_up", input).await,
        "invalid (name: blank, birthdate: out_of_range, gender: not_a_choice, password_again: mismatch, \
         password: too_short, email: taken, phone_number: taken)"
    );
}

#[tokio::test]
async fn a_single_taken_name_has_its_own_code() {
    let world = World::with(|app| {
        app.policy.sign_in = vec![Identifier::Email, Identifier::PreferredUsername];
        app.policy.unique = ["phone_number", "nickname"].map(str::to_owned).to_vec();
    })
    .await;
    let first = json!({
        "email": "a@example.com", "password": PASSWORD, "name": "A", "phone_number": "01012345678",
        "preferred_username": "Doe", "nickname": "Ａce"
    });
    world.run("account.sign_up", first).await.unwrap();
    let other = |field: &str, value: &str| {
        let mut input = json!({ "email": "b@example.com", "password": PASSWORD, "name": "B" });
        input[field] = value.into();
        input
    };
    for (field, value, expected) in [
        ("email", "ａ@example.com", "email_taken on email"),
        ("preferred_username", "DOE", "username_taken on preferred_username"),
        ("phone_number", "+821012345678", "phone_taken on phone_number"),
        ("nickname", "ace", "nickname_taken on nickname"),
    ] {
        assert_eq!(world.refusal("account.sign_up", other(field, value)).await, expected);
    }
    assert_eq!(world.last_act().await, "account.sign_up nickname_taken");
}

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_anothers() {
    let world = World::with(|app| {
        app.policy.unique = ["preferred_username", "nickname"].map(str::to_owned).to_vec();
        app.policy.required = vec!["password".to_owned()];
    })
    .await;
    let who = std::cell::Cell::new(0);
    let with = |field: &str, value: &str| {
        let email = format!("a{}@example.com", who.replace(who.get() + 1));
        json!({ "email": email, field: value, "password": PASSWORD })
    };
    for (field, name) in [("preferred_username", "Kim"), ("nickname", "별이")] {
        world.run("account.sign_up", with(field, name)).await.unwrap();
    }
    for name in ["Kim\u{200b}", "K\u{ad}im", "\u{feff}Kim", "Kim\u{3164}", "Kim\u{fe0f}", "\u{202e}miK"] {
        let refused = world.refusal("account.sign_up", with("preferred_username", name)).await;
        assert_eq!(refused, "invalid (preferred_username: malformed)", "{}", name.escape_unicode());
    }
    for name in ["별이\u{200b}", "별\u{200d}이", "별이\u{2800}"] {
        let refused = world.refusal("account.sign_up", with("nickname", name)).await;
        assert_eq!(refused, "nickname_taken on nickname", "{}", name.escape_unicode());
    }
    for (name, reason) in
        [("\u{3164}", "blank"), ("별\u{202e}이", "malformed"), ("별\u{2028}이", "malformed")]
    {
        let refused = world.refusal("account.sign_up", with("nickname", name)).await;
        assert_eq!(refused, format!("invalid (nickname: {reason})"), "{}", name.escape_unicode());
    }
    let joined = "👨\u{200d}⚕\u{fe0f}";
    let answer = world.run("account.sign_up", with("nickname", joined)).await.unwrap();
    assert_eq!(answer["account"]["nickname"], joined, "pictures are joined by what is not seen");
}

#[tokio::test]
async fn passwords_follow_the_rules() {
    let world = World::new().await;
    for (password, reason) in [
        ("1234567", "too_short"),
        ("password123", "too_common"),
        ("User@Example.com", "too_similar"),
        ("Corner Shop", "too_similar"),
        ("        ", "blank"),
    ] {
        let input = json!({ "email": "user@example.com", "password": password, "name": "U" });
        assert_eq!(
            world.refusal("account.sign_up", input).await,
            format!("invalid (password: {reason})"),
            "{password}"
        );
    }
    let long = "long".repeat(400);
    let input = json!({ "email": "user@example.com", "password": long, "name": "U" });
    assert_eq!(world.refusal("account.sign_up", input).await, "invalid (password: too_long)");
}

#[tokio::test]
async fn the_apps_own_rules_hold() {
    let world = World::with(|app| {
        app.policy.sign_in = vec![Identifier::PreferredUsername];
        app.policy.required = vec!["password".to_owned(), "attributes.carrier".to_owned()];
        let rule = FieldRule {
            min: Some(4),
            max: Some(32),
            pattern: Some("[A-Za-z0-9_.-]+".parse().unwrap()),
            choices: None,
        };
        app.policy.fields.insert("preferred_username".to_owned(), rule);
        let choices = FieldRule { choices: Some(vec!["female".to_owned()]), ..FieldRule::default() };
        app.policy.fields.insert("gender".to_owned(), choices);
        app.attributes = IndexMap::from([
            ("carrier".to_owned(), attribute(AttributeKind::String { max: 5, choices: vec![] }, None)),
            ("foreigner".to_owned(), attribute(AttributeKind::Boolean, Some(false.into()))),
            ("level".to_owned(), attribute(AttributeKind::Integer { min: 1, max: 9 }, None)),
            ("since".to_owned(), attribute(AttributeKind::Date, None)),
        ]);
    })
    .await;
    let input = json!({ "preferred_username": "a b!x", "password": PASSWORD, "gender": "male",
        "attributes": { "level": 10, "since": "2026-13-01", "carrier": "SK telecom" } });
    assert_eq!(
        world.refusal("account.sign_up", input).await,
        "invalid (preferred_username: malformed, gender: not_a_choice, attributes.carrier: too_long, \
         attributes.level: out_of_range, attributes.since: malformed)"
    );
    let input =
        json!({ "preferred_username": "abc", "password": PASSWORD, "attributes": { "carrier": null } });
    assert_eq!(
        world.refusal("account.sign_up", input).await,
        "invalid (attributes.carrier: required, preferred_username: too_short)"
    );
    assert_eq!(
        world
            .refusal("account.sign_up", json!({ "password": PASSWORD, "attributes": { "carrier": "SK" } }))
            .await,
        "invalid (preferred_username: required)"
    );
    let input = json!({ "preferred_username": "kim_1", "password": PASSWORD,
        "attributes": { "carrier": "SK", "level": 3, "since": "2020-02-29" } });
    let answer = world.run("account.sign_up", input).await.unwrap();
    assert_eq!(
        answer["account"]["attributes"],
        json!({ "carrier": "SK", "level": 3, "since": "2020-02-29", "foreigner": false })
    );
}

fn attribute(kind: AttributeKind, default: Option<serde_json::Value>) -> Attribute {
    Attribute { kind, default }
}

#[tokio::test]
async fn where_approval_is_asked_the_account_is_pending_and_may_have_a_session() {
    let world = World::with(|app| app.policy.approval = Approval::Required).await;
    let answer = world.member("a@example.com").await;
    assert_eq!(answer["account"]["status"], "pending");
    let access = answer["tokens"]["access"].as_str().unwrap();
    assert!(world.run_with(access, "account.show", json!({})).await.is_ok());
    let change = json!({ "current_password": PASSWORD, "password": "another long one" });
    assert_eq!(told(world.run_with(access, "password.change", change).await), "account_pending");
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "account_pending");
    assert_eq!(told(world.sign_in("a@example.com", "wrong password").await), "wrong_credentials");
}

#[tokio::test]
async fn a_verification_mail_is_sent_where_the_app_asks_for_it() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Sent).await;
    let answer = world.member("a@example.com").await;
    assert!(answer["tokens"].is_object(), "the account works at once");
    let mail = world.last_message().await;
    assert_eq!((mail.to.as_str(), mail.sent_at), ("a@example.com", None));
    assert!(mail.link.unwrap().starts_with("https://id.example.com/shop/pages/verify?token="));
}

#[tokio::test]
async fn where_verification_is_required_nobody_signs_in_before_it() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Required).await;
    let answer = world.member("a@example.com").await;
    assert!(answer["tokens"].is_null());
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "email_not_proven");
    let link = world.last_message().await.link.unwrap();
    let token = crate::world::parameter(&link, "token");
    world.run("email.verify", json!({ "token": token })).await.unwrap();
    assert!(world.sign_in("a@example.com", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn one_address_can_be_a_member_of_two_apps() {
    let world = World::new().await;
    let mut other = crate::world::shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    world.member("a@example.com").await;
    let answer = other.member("a@example.com").await;
    assert_eq!(answer["account"]["id"], 2);
}

#[tokio::test]
async fn an_app_may_ask_for_more_of_a_password() {
    let world = World::with(|app| {
        let rule = FieldRule { min: Some(12), ..FieldRule::default() };
        app.policy.fields.insert("password".to_owned(), rule);
    })
    .await;
    let input = json!({ "email": "a@example.com", "password": "Boost100%", "name": "A" });
    assert_eq!(world.refusal("account.sign_up", input).await, "invalid (password: too_short)");
    world.member("a@example.com").await;
}
