//! `account.edit`, `account.send_reset`, `outbox.show`, `outbox.retry`, `approval.reasons`.

use daemun_model::app::{Approval, Identifier};
use daemun_operations::outbox;
use daemun_store::sql;
use serde_json::{Value, json};

use crate::world::{HOUR, PASSWORD, World, parameter, shop, told};

async fn operate(world: &World, name: &str, input: Value) -> Result<Value, daemun_model::Failure> {
    world.run_as(world.operator(), name, input).await
}

async fn edit(world: &World, mut input: Value) -> String {
    input["account"] = json!("1");
    told(operate(world, "account.edit", input).await)
}

#[tokio::test]
async fn an_operator_changes_an_account_and_the_audit_names_the_fields_only() {
    let world = World::with(|app| app.policy.unique = vec!["nickname".to_owned()]).await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let answer = operate(
        &world,
        "account.edit",
        json!({
            "account": "a@example.com", "email": "New@Example.com", "email_verified": true, "nickname": "Nick",
            "phone_number": "010-1234-5678", "birthdate": "1990-02-28", "locale": "ko",
        }),
    )
    .await
    .unwrap();
    let account = &answer["account"];
    assert_eq!(
        (
            &account["email"],
            &account["email_verified"],
            &account["phone_number"],
            &account["phone_number_verified"]
        ),
        (&json!("New@example.com"), &json!(true), &json!("+821012345678"), &json!(false))
    );
    let line = world.audit().await.remove(0);
    assert_eq!(
        (line.act.as_str(), line.detail.as_deref()),
        ("account.edit", Some("phone_number nickname birthdate locale email email_verified"))
    );
    assert!(world.is_live(&tokens["access"]).await, "open sessions stay");
    assert!(world.sign_in("new@example.com", PASSWORD).await.is_ok());
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "wrong_credentials");
    world.member("a@example.com").await;
    assert_eq!(world.messages().await.len(), 0, "nobody is written to");

    let lines = world.audit().await.len();
    assert!(
        edit(&world, json!({ "email": "NEW@example.com", "nickname": "Nick" })).await.contains("\"id\":1")
    );
    assert!(edit(&world, json!({})).await.contains("\"id\":1"));
    let after = world.audit().await;
    assert_eq!(
        after.len() - lines,
        usize::from(after[0].act == "account.edit"),
        "what is as it was is not noted"
    );
}

#[tokio::test]
async fn what_is_taken_required_or_malformed_is_refused_and_nothing_changes() {
    let world = World::with(|app| {
        app.policy.unique = vec!["nickname".to_owned()];
        app.policy.nickname_change_every = Some(HOUR);
    })
    .await;
    world.member("a@example.com").await;
    world.member("b@example.com").await;
    operate(&world, "account.edit", json!({ "account": "2", "nickname": "Nick" })).await.unwrap();
    let lines = world.audit().await.len();
    for (input, expected) in [
        (json!({ "email": "B@example.com" }), "email_taken"),
        (json!({ "nickname": "NICK" }), "nickname_taken"),
        (json!({ "nickname": "nick", "email": "b@example.com" }), "invalid (email: taken, nickname: taken)"),
        (
            json!({ "email": null, "name": null, "birthdate": "x", "organization": "none", "phone_number": "1" }),
            "invalid (phone_number: malformed, name: required, birthdate: malformed, email: required, organization: unknown)",
        ),
        (json!({ "email": " " }), "invalid (email: blank)"),
        (json!({ "account": "9" }), "account_not_found on account"),
    ] {
        let mut whole = json!({ "account": "1" });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let refused = told(operate(&world, "account.edit", whole).await);
        assert!(refused.starts_with(expected), "{input}: {refused}");
    }
    assert_eq!(world.audit().await.len(), lines);
    assert_eq!(world.refusal("account.edit", json!({ "account": "1" })).await, "forbidden");
    // An operator is not bound to the pause between two nicknames, and takes none of it from the member.
    assert!(edit(&world, json!({ "nickname": "One" })).await.contains("One"));
    assert!(edit(&world, json!({ "nickname": "Two" })).await.contains("Two"));
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    let elsewhere =
        operate(&world.through(&other), "account.edit", json!({ "account": "1", "name": "X" })).await;
    assert_eq!(told(elsewhere), "account_not_found on account");
}

#[tokio::test]
async fn a_link_that_went_to_the_old_address_opens_nothing_any_more() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let link = world.last_message().await.link.unwrap();
    edit(&world, json!({ "email": "b@example.com" })).await;
    let reset = json!({
        "uid": parameter(&link, "uid"), "token": parameter(&link, "token"), "password": "another long password"
    });
    assert_eq!(world.refusal("password.reset", reset).await, "token_invalid on token");
    assert!(world.sign_in("b@example.com", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn an_operator_moves_a_number_with_which_members_sign_in() {
    let world = World::with(|app| {
        app.policy.sign_in = vec![Identifier::PhoneNumber];
        app.policy.required = vec![];
    })
    .await;
    for number in ["010-1111-1111", "010-2222-2222"] {
        world.run("account.sign_up", json!({ "phone_number": number })).await.unwrap();
    }
    assert_eq!(edit(&world, json!({ "phone_number": "010 2222 2222" })).await, "phone_taken on phone_number");
    assert_eq!(edit(&world, json!({ "phone_number": null })).await, "invalid (phone_number: required)");
    let moved = edit(&world, json!({ "phone_number": "010-3333-3333", "phone_number_verified": true })).await;
    assert!(moved.contains("+821033333333") && moved.contains("\"phone_number_verified\":true"), "{moved}");
    // The old number is free.
    world.run("account.sign_up", json!({ "phone_number": "010-1111-1111" })).await.unwrap();
}

#[tokio::test]
async fn an_organisation_is_set_and_cleared() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let school = json!({ "name": "Seoul School", "region": "Seoul" });
    let id = operate(&world, "organization.save", school).await.unwrap()["organization"]["id"].clone();
    let members = async || {
        let listed = operate(&world, "account.list", json!({ "organization": id })).await.unwrap();
        listed["accounts"].as_array().unwrap().len()
    };
    edit(&world, json!({ "organization": id })).await;
    assert_eq!((members().await, world.audit().await[0].detail.as_deref()), (1, Some("organization")));
    edit(&world, json!({ "organization": null })).await;
    assert_eq!(members().await, 0);
}

#[tokio::test]
async fn of_fifty_edits_that_want_one_address_one_wins() {
    let world = std::sync::Arc::new(World::new().await);
    let second = std::sync::Arc::new(world.second_node().await);
    for n in 0..10 {
        world.member(&format!("m{n}@example.com")).await;
    }
    let tasks = (0..50).map(|n| {
        let node = std::sync::Arc::clone(if n % 2 == 0 { &world } else { &second });
        let input = json!({ "account": (n % 10 + 1).to_string(), "email": "one@example.com" });
        tokio::spawn(async move { operate(&node, "account.edit", input).await })
    });
    let ended = futures_util::future::join_all(tasks.collect::<Vec<_>>()).await;
    let won: Vec<i64> = ended
        .into_iter()
        .filter_map(|ended| ended.unwrap().ok())
        .map(|answer| answer["account"]["id"].as_i64().unwrap())
        .collect();
    assert!(!won.is_empty() && won.iter().all(|id| *id == won[0]), "{won:?}");
    assert_eq!(world.audit().await.iter().filter(|line| line.act == "account.edit").count(), 1);
}

#[tokio::test]
async fn a_reset_mail_is_sent_by_an_operator_and_opens_the_account() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let answer = operate(&world, "account.send_reset", json!({ "account": "1" })).await.unwrap();
    assert_eq!(answer["expires_in"], 1800);
    assert!(!answer.to_string().contains("token"), "the operator learns nothing of the link");
    assert_eq!(world.last_act().await, "account.send_reset done");
    let again = operate(&world, "account.send_reset", json!({ "account": "1" })).await;
    assert!(told(again).starts_with("too_many_requests"));
    let link = world.last_message().await.link.unwrap();
    let reset = json!({
        "uid": parameter(&link, "uid"), "token": parameter(&link, "token"), "password": "another long password"
    });
    world.run("password.reset", reset).await.unwrap();
    assert!(world.sign_in("a@example.com", "another long password").await.is_ok());

    let silent = json!({ "preferred_username": "silent" });
    operate(&world, "account.import", silent).await.unwrap();
    let refused = operate(&world, "account.send_reset", json!({ "account": "2" })).await;
    assert_eq!(told(refused), "not_found on email");
}

#[tokio::test]
async fn an_operator_may_send_to_more_members_than_an_address_may_ask_for() {
    let world = World::limited(|limits| limits.sends_by_address.most = 2).await;
    for n in 1..=4 {
        world.member(&format!("m{n}@example.com")).await;
        operate(&world, "account.send_reset", json!({ "account": n.to_string() })).await.unwrap();
    }
    assert_eq!(world.messages().await.len(), 4);
}

#[tokio::test]
async fn a_message_that_waits_is_shown_and_sent_now_and_one_that_was_sent_is_not() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let found = operate(&world, "outbox.search", json!({})).await.unwrap()["messages"][0].clone();
    let input = json!({ "id": found["id"] });
    let shown = operate(&world, "outbox.show", input.clone()).await.unwrap()["message"].clone();
    assert_eq!(shown, found);
    assert_eq!((&shown["can_retry"], &shown["state"]), (&json!(true), &json!("waiting")));
    let retried = operate(&world, "outbox.retry", input.clone()).await.unwrap();
    assert_eq!(retried["message"]["state"], "waiting");
    assert_eq!(world.last_act().await, "outbox.retry done");
    world.clock.advance(1);
    assert_eq!(outbox::send_due(&world.daemun, || false).await.unwrap().sent, 1);
    assert_eq!(told(operate(&world, "outbox.retry", input.clone()).await), "message_gone on id");
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    for name in ["outbox.show", "outbox.retry"] {
        let elsewhere = operate(&world.through(&other), name, input.clone()).await;
        assert_eq!(told(elsewhere), "not_found on id");
        assert_eq!(told(operate(&world, name, json!({ "id": "x" })).await), "invalid (id: malformed)");
        assert_eq!(told(operate(&world, name, json!({})).await), "invalid (id: required)");
    }
}

#[tokio::test]
async fn what_was_given_up_is_sent_again_where_its_words_are_not_lost() {
    let world = World::with(|app| app.policy.approval = Approval::Required).await;
    for name in ["a", "b"] {
        world.member(&format!("{name}@example.com")).await;
    }
    let reject = json!({ "account": "1", "reason": "the photo is blurred" });
    operate(&world, "approval.reject", reject).await.unwrap();
    world.run("password.request_reset", json!({ "email": "b@example.com" })).await.unwrap();
    // As the worker leaves what it gives up.
    let given_up = async |tx: &mut daemun_store::Tx| {
        Ok(sql("UPDATE outbox SET failed_at = created_at, attempts = 11, secret = NULL").execute(tx).await?)
    };
    assert_eq!(world.daemun.db.write(given_up).await.unwrap(), 2);
    let failed = operate(&world, "outbox.search", json!({ "state": "failed" })).await.unwrap();
    let by_template = |template: &str| {
        let all = failed["messages"].as_array().unwrap();
        all.iter().find(|message| message["template"] == template).unwrap().clone()
    };
    let (rejected, reset) = (by_template("account_rejected"), by_template("reset_password"));
    assert_eq!((&rejected["can_retry"], &reset["can_retry"]), (&json!(true), &json!(false)));
    let gone = operate(&world, "outbox.retry", json!({ "id": reset["id"] })).await;
    assert_eq!(told(gone), "message_gone on id");
    operate(&world, "outbox.retry", json!({ "id": rejected["id"] })).await.unwrap();
    assert_eq!(outbox::send_due(&world.daemun, || false).await.unwrap().sent, 1);
    let sent = operate(&world, "outbox.show", json!({ "id": rejected["id"] })).await.unwrap();
    let text = sent["message"]["text"].as_str().unwrap();
    assert!(text.contains("the photo is blurred"), "{text}");
}

#[tokio::test]
async fn there_are_reasons_for_turning_somebody_away() {
    let world = World::new().await;
    let reasons =
        async |input: Value| operate(&world, "approval.reasons", input).await.unwrap()["reasons"].clone();
    let english = reasons(json!({})).await;
    assert_eq!(english.as_array().unwrap().len(), 5);
    assert_ne!(reasons(json!({ "language": "ko" })).await, english);
    assert_eq!(reasons(json!({ "language": "en" })).await, english);
    let own = World::with(|app| app.policy.rejection_reasons = vec!["Not from here".to_owned()]).await;
    assert_eq!(
        operate(&own, "approval.reasons", json!({ "language": "ko" })).await.unwrap()["reasons"],
        json!(["Not from here"])
    );
    let wrong = operate(&own, "approval.reasons", json!({ "language": "xx" })).await;
    assert_eq!(told(wrong), "invalid (language: not_a_choice)");
}
