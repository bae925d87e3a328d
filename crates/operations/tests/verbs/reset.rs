//! `password.request_reset`, `password.check_reset_code`, `password.reset`.

use daemun_model::Language;
use daemun_operations::link::LinkState;
use daemun_operations::password::reset_link_state;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World, parameter, shop, told};

const NEW: &str = "a longer new password";

struct Mail {
    uid: String,
    token: String,
    code: String,
}

/// Asks for a mail, a minute after the last.
async fn request(world: &World, email: &str) -> Mail {
    world.clock.advance(60);
    world.run("password.request_reset", json!({ "email": email })).await.unwrap();
    let mail = world.last_message().await;
    let link = mail.link.unwrap();
    assert!(link.starts_with("https://id.example.com/shop/pages/reset?uid="), "{link}");
    Mail { uid: parameter(&link, "uid"), token: parameter(&link, "token"), code: mail.code.unwrap() }
}

async fn reset(world: &World, input: Value) -> String {
    world.refusal("password.reset", input).await
}

#[tokio::test]
async fn the_link_sets_a_new_password_once_and_ends_every_session() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let mail = request(&world, "A@EXAMPLE.com").await;
    let state = || reset_link_state(&world.daemun, &world.app, Some(&mail.uid), &mail.token);
    assert_eq!(state().await.unwrap(), LinkState::Live);
    let input = json!({ "uid": mail.uid, "token": mail.token, "password": NEW, "password_again": NEW });
    assert_eq!(reset(&world, input.clone()).await, "{}");
    assert_eq!(world.last_act().await, "password.reset done");
    assert!(!world.is_live(&tokens["access"]).await);
    assert_eq!(told(world.refresh(&tokens["refresh"]).await), "token_revoked on refresh_token");
    assert!(world.sign_in("a@example.com", NEW).await.is_ok());
    assert_eq!(reset(&world, input).await, "token_invalid on token");
    assert_eq!(world.last_act().await, "password.reset token_invalid");
    assert_eq!(state().await.unwrap(), LinkState::Dead);
    let input = json!({ "email": "a@example.com", "code": mail.code, "password": NEW });
    assert_eq!(reset(&world, input).await, "code_invalid on code", "the mail's other key is gone too");
    assert!(world.last_message().await.link.is_none(), "the owner is told");
    let account = world.run_as(world.operator(), "account.find", json!({ "account": "1" })).await.unwrap();
    assert_eq!(account["account"]["email_verified"], true, "who read the mail has the address");
}

#[tokio::test]
async fn an_unknown_address_reads_the_same_and_gets_no_mail() {
    let world = World::new().await;
    assert_eq!(world.refusal("password.request_reset", json!({ "email": "a@example.com" })).await, "{}");
    assert!(world.messages().await.is_empty());
    assert_eq!(world.last_act().await, "password.request_reset account_not_found");
    assert_eq!(
        world.refusal("password.request_reset", json!({ "email": "nonsense" })).await,
        "invalid (email: malformed)"
    );
    assert_eq!(world.refusal("password.request_reset", json!({})).await, "invalid (email: required)");
}

#[tokio::test]
async fn a_password_that_the_rules_refuse_spends_nothing() {
    let world = World::new().await;
    world.member("long.local.part@example.com").await;
    let mail = request(&world, "long.local.part@example.com").await;
    for (password, again, expected) in [
        ("short", None, "invalid (password: too_short)"),
        ("long.local.part", None, "invalid (password: too_similar)"),
        (NEW, Some("other"), "invalid (password_again: mismatch)"),
    ] {
        let mut input = json!({ "token": mail.token, "password": password });
        if let Some(again) = again {
            input["password_again"] = again.into();
        }
        assert_eq!(reset(&world, input).await, expected);
    }
    assert_eq!(reset(&world, json!({ "token": mail.token, "password": NEW })).await, "{}");
}

#[tokio::test]
async fn a_token_works_for_its_account_in_its_app_in_its_time() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let stranger = world.member("b@example.com").await;
    let old = request(&world, "a@example.com").await;
    let mail = request(&world, "a@example.com").await;
    let with = |name: &str, value: Value| {
        let mut input = json!({ "token": mail.token, "password": NEW });
        input[name] = value;
        input
    };
    let invalid = "token_invalid on token";
    assert_eq!(reset(&world, json!({ "token": old.token, "password": NEW })).await, invalid, "newest only");
    assert_eq!(reset(&world, with("email", "b@example.com".into())).await, invalid);
    assert_eq!(reset(&world, with("uid", stranger["account"]["uuid"].clone())).await, invalid);
    assert_eq!(reset(&world, with("uid", "nonsense".into())).await, invalid);
    assert_eq!(reset(&world, json!({ "token": "nonsense", "password": NEW })).await, invalid);
    assert_eq!(
        reset(&world, json!({ "proof": mail.token, "password": NEW })).await,
        "token_invalid on proof"
    );
    let mut other = shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    other.member("a@example.com").await;
    assert_eq!(reset(&other, json!({ "token": mail.token, "password": NEW })).await, invalid);
    world.clock.advance(30 * 60 - 1);
    assert_eq!(reset(&world, with("uid", "1".into())).await, "{}", "the number names it too");

    let mail = request(&world, "a@example.com").await;
    world.clock.advance(30 * 60);
    assert_eq!(reset(&world, json!({ "token": mail.token, "password": NEW })).await, invalid);
}

#[tokio::test]
async fn what_is_missing_is_told() {
    let world = World::new().await;
    assert_eq!(reset(&world, json!({})).await, "invalid (password: required, token: required)");
    assert_eq!(
        reset(&world, json!({ "code": "123456", "password": NEW })).await,
        "invalid (email: required)"
    );
}

#[tokio::test]
async fn the_code_of_the_mail_works_as_well() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let mail = request(&world, "a@example.com").await;
    assert_eq!(mail.code.len(), 6);
    let wide: String = mail.code.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let input = json!({ "email": "A@example.com", "code": wide, "password": NEW });
    assert_eq!(reset(&world, input.clone()).await, "{}", "full-width digits are digits");
    assert_eq!(reset(&world, input).await, "code_invalid on code");
    let input = json!({ "token": mail.token, "password": NEW });
    assert_eq!(reset(&world, input).await, "token_invalid on token");
}

#[tokio::test]
async fn a_code_dies_after_five_wrong_tries_ten_minutes_or_a_newer_one() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let check = async |code: &str| {
        world.refusal("password.check_reset_code", json!({ "email": "a@example.com", "code": code })).await
    };
    let mail = request(&world, "a@example.com").await;
    let wrong = if mail.code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(check(wrong).await, "code_invalid on code");
    }
    assert_eq!(check(&mail.code).await, "code_invalid on code", "tried too often");
    assert_eq!(world.last_act().await, "password.check_reset_code code_invalid");

    let older = request(&world, "a@example.com").await;
    let newer = request(&world, "a@example.com").await;
    if older.code != newer.code {
        assert_eq!(check(&older.code).await, "code_invalid on code");
    }
    world.clock.advance(600);
    assert_eq!(check(&newer.code).await, "code_invalid on code", "expired");
    assert_eq!(check("").await, "code_invalid on code");
    let unknown = json!({ "email": "b@example.com", "code": "123456" });
    assert_eq!(world.refusal("password.check_reset_code", unknown).await, "code_invalid on code");
    assert_eq!(
        world.refusal("password.check_reset_code", json!({})).await,
        "invalid (email: required, code: required)"
    );
}

#[tokio::test]
async fn a_checked_code_gives_a_proof_that_works_once() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let mail = request(&world, "a@example.com").await;
    let input = json!({ "email": "a@example.com", "code": mail.code });
    let answer = world.run("password.check_reset_code", input.clone()).await.unwrap();
    assert_eq!(world.refusal("password.check_reset_code", input).await, "code_invalid on code");
    let input = json!({ "proof": answer["proof"], "password": NEW });
    assert_eq!(reset(&world, input.clone()).await, "{}");
    assert_eq!(reset(&world, input).await, "token_invalid on proof");
    let input = json!({ "email": "a@example.com", "password": NEW });
    assert_eq!(reset(&world, input).await, "email_not_proven on email", "one reset for one code");
}

#[tokio::test]
async fn a_checked_code_lets_the_same_network_name_the_address_alone() {
    let mut world = World::new().await;
    world.member("a@example.com").await;
    let input = json!({ "email": "a@example.com", "password": NEW });
    assert_eq!(reset(&world, input.clone()).await, "email_not_proven on email");
    let mail = request(&world, "a@example.com").await;
    let check = json!({ "email": "a@example.com", "code": mail.code });
    world.run("password.check_reset_code", check).await.unwrap();
    world.address = "198.51.100.7".parse().unwrap();
    assert_eq!(reset(&world, input.clone()).await, "email_not_proven on email", "from elsewhere");
    world.address = "192.0.2.200".parse().unwrap();
    assert_eq!(reset(&world, input.clone()).await, "{}");
    assert_eq!(reset(&world, input.clone()).await, "email_not_proven on email");

    let mail = request(&world, "a@example.com").await;
    let check = json!({ "email": "a@example.com", "code": mail.code });
    world.run("password.check_reset_code", check).await.unwrap();
    world.clock.advance(600);
    assert_eq!(reset(&world, input).await, "email_not_proven on email", "ten minutes");
}

#[tokio::test]
async fn the_mail_is_in_the_members_language() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let input = json!({ "email": "a@example.com" });
    let call = daemun_operations::Call { language: Some(Language::Ko), ..world.call() };
    world.run_as(call, "password.request_reset", input.clone()).await.unwrap();
    let korean = world.last_message().await;
    assert!(korean.link.unwrap().ends_with("&lang=ko"));
    world.clock.advance(60);
    world.run("password.request_reset", input).await.unwrap();
    let english = world.last_message().await;
    assert!(english.link.unwrap().ends_with("&lang=en"));
    assert_ne!(korean.subject, english.subject);
    assert!(world.sign_in("a@example.com", PASSWORD).await.is_ok(), "a mail changes nothing yet");
}
