//! Guesses at one-time codes.

use serde_json::json;

use super::said;
use crate::world::{HOUR, World};

const TARGET: &str = "a@example.com";

/// Asks for a code and gives it back.
async fn fresh(world: &World) -> String {
    world.run("email.request_code", json!({ "email": TARGET })).await.unwrap();
    world.last_message().await.code.unwrap()
}

async fn check(world: &World, code: &str) -> String {
    said(world.run("email.check_code", json!({ "email": TARGET, "code": code })).await)
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

const INVALID: &str = "code_invalid on code";

#[tokio::test]
async fn a_code_survives_four_wrong_tries_and_not_five() {
    let world = World::new().await;
    let code = fresh(&world).await;
    for _ in 0..4 {
        assert_eq!(check(&world, wrong(&code)).await, INVALID);
    }
    assert_eq!(check(&world, &code).await, "{}");
    world.clock.advance(60);
    let code = fresh(&world).await;
    for _ in 0..5 {
        assert_eq!(check(&world, wrong(&code)).await, INVALID);
    }
    assert_eq!(check(&world, &code).await, INVALID);
}

#[tokio::test]
async fn a_target_has_twenty_wrong_tries_an_hour_however_many_codes_it_gets() {
    let world = World::limited(|limits| limits.sends[1].most = 10).await;
    for _ in 0..4 {
        let code = fresh(&world).await;
        for _ in 0..5 {
            assert_eq!(check(&world, wrong(&code)).await, INVALID);
        }
        world.clock.advance(60);
    }
    let code = fresh(&world).await;
    assert_eq!(check(&world, &code).await, INVALID, "twenty were wrong");
    assert_eq!(check(&world.from("198.51.100.1"), &code).await, INVALID, "from anywhere");
    world.clock.advance(HOUR - 240);
    let code = fresh(&world).await;
    assert_eq!(check(&world, &code).await, "{}", "the first is an hour old");
}

#[tokio::test]
async fn right_codes_do_not_count() {
    let world = World::limited(|limits| {
        limits.sends = limits.sends.map(|limit| daemun_store::limits::Limit { most: 100, ..limit })
    })
    .await;
    for _ in 0..25 {
        let code = fresh(&world).await;
        assert_eq!(check(&world, &code).await, "{}");
    }
}

#[tokio::test]
async fn the_codes_of_another_purpose_have_their_own_count() {
    let world = World::new().await;
    for _ in 0..20 {
        let input = json!({ "email": TARGET, "code": "000000" });
        assert_eq!(said(world.run("password.check_reset_code", input).await), INVALID);
    }
    let code = fresh(&world).await;
    assert_eq!(check(&world, &code).await, "{}");
    world.member(TARGET).await;
    world.run("password.request_reset", json!({ "email": TARGET })).await.unwrap();
    let code = world.last_message().await.code.unwrap();
    let input = json!({ "email": TARGET, "code": code });
    assert_eq!(
        said(world.run("password.check_reset_code", input).await),
        INVALID,
        "tries before there was a code count too"
    );
}
