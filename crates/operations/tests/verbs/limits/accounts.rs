//! An account that strangers try to guess from everywhere.

use daemun_operations::purge::purge;
use serde_json::json;

use super::{fail, gets_in, said};
use crate::world::{DAY, PASSWORD, World, parameter, told};

const MEMBER: &str = "a@example.com";
const NEW: &str = "a longer new password";

/// So many failures, each from an address of its own.
async fn fail_from_everywhere(world: &World, email: &str, times: usize) {
    for number in 0..times {
        let address = format!("198.51.{}.{}", number / 200, number % 200);
        fail(&world.from(&address), email, 1).await;
    }
}

#[tokio::test]
async fn a_hundred_failures_from_everywhere_close_an_account_to_strangers_only() {
    let world = World::new().await;
    world.member(MEMBER).await;
    let stranger = world.from("203.0.113.1");
    fail_from_everywhere(&world, MEMBER, 99).await;
    assert!(gets_in(&stranger, MEMBER).await, "ninety-nine are not enough, and this success clears them");
    fail_from_everywhere(&world, MEMBER, 100).await;
    let other = world.from("203.0.113.2");
    assert!(!gets_in(&other, MEMBER).await);
    assert_eq!(world.audit().await[0].detail.as_deref(), Some("closed"));
    world.clock.advance(30 * DAY);
    purge(&world.daemun).await.unwrap();
    assert!(!gets_in(&other, MEMBER).await, "it does not open by itself");
    assert!(gets_in(&world, MEMBER).await, "the address of the sign-up is known");
    assert!(gets_in(&stranger, MEMBER).await, "and so is that of an earlier sign-in");
    assert!(!gets_in(&other, MEMBER).await, "nor by a success from a known address");
}

#[tokio::test]
async fn a_known_address_has_its_delays_all_the_same() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail_from_everywhere(&world, MEMBER, 100).await;
    fail(&world, MEMBER, 5).await;
    assert!(!gets_in(&world, MEMBER).await);
    world.clock.advance(1);
    assert!(gets_in(&world, MEMBER).await);
}

#[tokio::test]
async fn a_reset_opens_a_closed_account_and_ends_its_delays() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail_from_everywhere(&world, MEMBER, 100).await;
    let stranger = world.from("203.0.113.1");
    fail(&stranger, MEMBER, 10).await;
    stranger.run("password.request_reset", json!({ "email": MEMBER })).await.unwrap();
    let link = world.last_message().await.link.unwrap();
    let input = json!({ "token": parameter(&link, "token"), "password": NEW });
    stranger.run("password.reset", input).await.unwrap();
    let answer = said(stranger.sign_in(MEMBER, NEW).await);
    assert!(answer.contains("tokens"), "{answer}");
}

#[tokio::test]
async fn a_changed_password_opens_a_closed_account() {
    let world = World::new().await;
    let member = world.member(MEMBER).await;
    fail_from_everywhere(&world, MEMBER, 100).await;
    let input = json!({ "current_password": PASSWORD, "password": NEW });
    let access = member["tokens"]["access"].as_str().unwrap();
    world.run_with(access, "password.change", input).await.unwrap();
    let answer = said(world.from("203.0.113.1").sign_in(MEMBER, NEW).await);
    assert!(answer.contains("tokens"), "{answer}");
}

#[tokio::test]
async fn a_known_address_is_known_to_its_account_only() {
    let world = World::new().await;
    world.member(MEMBER).await;
    let other = world.from("203.0.113.1");
    other.member("b@example.com").await;
    fail_from_everywhere(&world, MEMBER, 100).await;
    assert!(!gets_in(&other, MEMBER).await);
}

#[tokio::test]
async fn nobodys_name_is_closed_alike() {
    let world = World::new().await;
    world.member(MEMBER).await;
    for email in [MEMBER, "nobody@example.com"] {
        fail_from_everywhere(&world, email, 100).await;
        world.clock.advance(600);
        let stranger = world.from("203.0.113.1");
        assert_eq!(said(stranger.sign_in(email, "wrong password").await), "wrong_credentials");
        assert_eq!(world.audit().await[0].detail.as_deref(), Some("closed"), "{email}");
    }
}

#[tokio::test]
async fn who_was_erased_leaves_no_address_behind() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail_from_everywhere(&world, MEMBER, 3).await;
    let input = json!({ "account": MEMBER });
    world.run_as(world.operator(), "account.erase", input).await.unwrap();
    world.member(MEMBER).await;
    world.clock.advance(366 * DAY);
    let purged = purge(&world.daemun).await.unwrap();
    // The sign-ups' counter, the addresses of the failures, and the new account's only address.
    assert_eq!(purged.limits, 1 + 3 + 1);
}

/// What an operator reads about wrong passwords of the only account.
async fn wrong_passwords(world: &World) -> serde_json::Value {
    let found = world.run_as(world.operator(), "account.find", json!({ "account": "1" })).await;
    found.unwrap()["wrong_passwords"].clone()
}

#[tokio::test]
async fn an_operator_sees_that_an_account_is_closed_and_opens_it() {
    let world = World::new().await;
    world.member(MEMBER).await;
    assert_eq!(wrong_passwords(&world).await, json!({ "in_a_row": 0, "closed": false, "waits": [] }));
    fail_from_everywhere(&world, MEMBER, 99).await;
    assert_eq!(wrong_passwords(&world).await, json!({ "in_a_row": 99, "closed": false, "waits": [] }));
    let stranger = world.from("203.0.113.1");
    fail(&stranger, MEMBER, 10).await;
    let seen = wrong_passwords(&world).await;
    assert_eq!((&seen["in_a_row"], &seen["closed"]), (&json!(109), &json!(true)));
    assert_eq!(seen["waits"].as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen["waits"][0]["address"], "203.0.113.1");
    assert!(!gets_in(&stranger, MEMBER).await);

    let opened = world.run_as(world.operator(), "account.open_sign_in", json!({ "account": MEMBER })).await;
    let opened = opened.unwrap();
    assert_eq!((&opened["forgotten"], &opened["account"]["email"]), (&json!(110), &json!(MEMBER)));
    let line = &world.audit().await[0];
    assert_eq!((line.act.as_str(), line.detail.as_deref()), ("account.open_sign_in", Some("110")));
    assert_eq!(wrong_passwords(&world).await, json!({ "in_a_row": 0, "closed": false, "waits": [] }));
    assert!(gets_in(&stranger, MEMBER).await, "and no address waits");
    let missing = world.run_as(world.operator(), "account.open_sign_in", json!({ "account": "9" })).await;
    assert_eq!(told(missing), "account_not_found on account");
    let member = world.run("account.open_sign_in", json!({ "account": "1" })).await;
    assert_eq!(told(member), "forbidden");
}
