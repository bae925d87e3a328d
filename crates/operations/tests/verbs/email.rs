//! `email.request_code`, `email.check_code`, `email.request_verification`, `email.verify`, and sign-up with a proven
//! address.

use daemun_model::app::VerifyEmail;
use daemun_operations::email::verify_link_state;
use daemun_operations::link::LinkState;
use serde_json::{Value, json};

use crate::world::{DAY, PASSWORD, World, parameter, shop};

fn sign_up(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": "A" })
}

async fn code(world: &World, email: &str) -> String {
    world.run("email.request_code", json!({ "email": email })).await.unwrap();
    let mail = world.last_message().await;
    assert_eq!((mail.to.as_str(), &mail.link), (email, &None));
    mail.code.unwrap()
}

async fn check(world: &World, email: &str, code: &str) -> String {
    world.refusal("email.check_code", json!({ "email": email, "code": code })).await
}

#[tokio::test]
async fn sign_up_takes_an_address_that_a_code_has_proven_once() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Proven).await;
    let not_proven = "email_not_proven on email";
    assert_eq!(world.refusal("account.sign_up", sign_up("a@example.com")).await, not_proven);
    assert_eq!(world.last_act().await, "account.sign_up email_not_proven");
    let code = code(&world, "a@example.com").await;
    assert_eq!(check(&world, "a@example.com", &code).await, "{}");
    assert_eq!(check(&world, "a@example.com", &code).await, "code_invalid on code");
    assert_eq!(world.refusal("account.sign_up", sign_up("b@example.com")).await, not_proven);
    let answer = world.run("account.sign_up", sign_up("A@example.com")).await.unwrap();
    assert_eq!(answer["account"]["email_verified"], true);
    let input = json!({ "account": "a@example.com" });
    world.run_as(world.operator(), "account.erase", input).await.unwrap();
    assert_eq!(world.refusal("account.sign_up", sign_up("a@example.com")).await, not_proven);
}

#[tokio::test]
async fn who_has_proven_no_address_is_not_told_which_names_are_taken() {
    let world = World::with(|app| {
        app.policy.verify_email = VerifyEmail::Proven;
        app.policy.unique = vec!["nickname".to_owned()];
    })
    .await;
    let named = |email: &str, nickname: &str| json!({ "email": email, "password": PASSWORD, "name": "A", "nickname": nickname });
    let sign_up = async |input: Value| world.refusal("account.sign_up", input).await;
    let mine = code(&world, "a@example.com").await;
    check(&world, "a@example.com", &mine).await;
    world.run("account.sign_up", named("a@example.com", "Ada")).await.unwrap();

    assert_eq!(sign_up(named("b@example.com", "ada")).await, "email_not_proven on email");
    assert_eq!(sign_up(named("a@example.com", "ada")).await, "email_taken on email");
    let mut short = named("b@example.com", "ada");
    short["password"] = json!("short");
    assert_eq!(sign_up(short).await, "invalid (password: too_short)");
    let other = code(&world, "b@example.com").await;
    check(&world, "b@example.com", &other).await;
    assert_eq!(sign_up(named("b@example.com", "ada")).await, "nickname_taken on nickname");
}

#[tokio::test]
async fn a_proof_counts_for_its_network_its_hour_and_its_app() {
    let mut world = World::with(|app| app.policy.verify_email = VerifyEmail::Proven).await;
    let not_proven = "email_not_proven on email";
    let code = code(&world, "a@example.com").await;
    assert_eq!(check(&world, "a@example.com", &code).await, "{}");
    let home = world.address;
    world.address = "203.0.113.9".parse().unwrap();
    assert_eq!(world.refusal("account.sign_up", sign_up("a@example.com")).await, not_proven);
    world.address = home;
    let mut other = shop();
    (other.name, other.policy.verify_email) = ("other".to_owned(), VerifyEmail::Proven);
    let other = world.through(&world.serve(other).await);
    assert_eq!(other.refusal("account.sign_up", sign_up("a@example.com")).await, not_proven);
    world.clock.advance(3600);
    assert_eq!(world.refusal("account.sign_up", sign_up("a@example.com")).await, not_proven);
}

#[tokio::test]
async fn a_members_address_gets_no_code() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let input = json!({ "email": "A@example.com" });
    assert_eq!(world.refusal("email.request_code", input).await, "email_taken on email");
    assert!(world.messages().await.is_empty());
    assert_eq!(world.refusal("email.request_code", json!({})).await, "invalid (email: required)");
}

#[tokio::test]
async fn a_code_is_checked_for_its_own_purpose_and_address() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let reset = world.last_message().await.code.unwrap();
    assert_eq!(check(&world, "a@example.com", &reset).await, "code_invalid on code");
    let mine = code(&world, "new@example.com").await;
    assert_eq!(check(&world, "other@example.com", &mine).await, "code_invalid on code");
    assert_eq!(world.last_act().await, "email.check_code code_invalid");
    assert_eq!(check(&world, "new@example.com", &format!(" {}-{}", &mine[..3], &mine[3..])).await, "{}");
}

#[tokio::test]
async fn the_link_of_the_mail_verifies_the_address_however_often_it_is_followed() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Sent).await;
    world.member("a@example.com").await;
    let token = parameter(&world.last_message().await.link.unwrap(), "token");
    let verify = async || world.refusal("email.verify", json!({ "token": token })).await;
    let state = || verify_link_state(&world.daemun, &world.app, &token);
    assert_eq!(state().await.unwrap(), LinkState::Live);
    assert_eq!(verify().await, "{}");
    assert_eq!(world.last_act().await, "email.verify done");
    assert_eq!(verify().await, "{}");
    let found = world.run_as(world.operator(), "account.find", json!({ "account": "1" })).await.unwrap();
    assert_eq!(found["account"]["email_verified"], true);
    world.clock.advance(3 * DAY);
    assert_eq!(verify().await, "token_invalid on token");
    assert_eq!(state().await.unwrap(), LinkState::Dead);
    assert_eq!(world.refusal("email.verify", json!({ "token": "x" })).await, "token_invalid on token");
    assert_eq!(world.refusal("email.verify", json!({})).await, "invalid (token: required)");
}

/// Asks for the verification mail once more, as who is not signed in.
async fn again(world: &World, email: &str) -> String {
    world.refusal("email.request_verification", json!({ "email": email })).await
}

#[tokio::test]
async fn a_verification_mail_is_sent_again_and_only_its_newest_link_works() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Required).await;
    world.run("account.sign_up", sign_up("a@example.com")).await.unwrap();
    let first = parameter(&world.last_message().await.link.unwrap(), "token");
    assert_eq!(again(&world, "A@EXAMPLE.com").await, "{}");
    assert_eq!(world.last_act().await, "email.request_verification done");
    let mail = world.last_message().await;
    assert_eq!((mail.to.as_str(), world.messages().await.len()), ("a@example.com", 2));
    let second = parameter(&mail.link.unwrap(), "token");
    let verify = async |token: &str| world.refusal("email.verify", json!({ "token": token })).await;
    assert_eq!(verify(&first).await, "token_invalid on token");
    assert_eq!(verify(&second).await, "{}");
}

#[tokio::test]
async fn to_ask_for_a_verification_mail_tells_strangers_nothing() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Sent).await;
    world.member("waiting@example.com").await;
    world.member("verified@example.com").await;
    let token = parameter(&world.last_message().await.link.unwrap(), "token");
    world.run("email.verify", json!({ "token": token })).await.unwrap();
    for (email, act, mails) in [
        ("nobody@example.com", "account_not_found", 2),
        ("verified@example.com", "done", 2),
        ("waiting@example.com", "done", 3),
    ] {
        assert_eq!(again(&world, email).await, "{}", "{email}");
        assert_eq!(world.last_act().await, format!("email.request_verification {act}"));
        assert_eq!(world.messages().await.len(), mails, "{email}");
        assert_eq!(again(&world, email).await, "too_many_requests", "{email}: one a minute, whoever has it");
        assert_eq!(world.messages().await.len(), mails, "{email}");
    }
    for (input, told) in [
        (json!({}), "invalid (email: required)"),
        (json!({ "email": "nothing" }), "invalid (email: malformed)"),
    ] {
        assert_eq!(world.refusal("email.request_verification", input).await, told);
    }
}

#[tokio::test]
async fn a_member_who_is_signed_in_gets_the_mail_whatever_address_is_named() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Sent).await;
    let signed_in = world.member("a@example.com").await;
    world.member("b@example.com").await;
    let access = signed_in["tokens"]["access"].as_str().unwrap();
    let input = json!({ "email": "b@example.com" });
    world.run_with(access, "email.request_verification", input).await.unwrap();
    let mails: Vec<_> = world.messages().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(mails, ["a@example.com", "b@example.com", "a@example.com"]);
}
