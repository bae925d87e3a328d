//! `session.refresh` and `session.verify`.

use daemun_model::app::{AccessPolicy, RefreshPolicy, TokenPolicy};
use serde_json::{Value, json};

use crate::world::{DAY, HOUR, PASSWORD, World, claims, opaque, shop, told};

async fn verify(world: &World, token: &Value) -> String {
    world.refusal("session.verify", json!({ "token": token })).await
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_a_new_pair() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    world.clock.advance(HOUR);
    let answer = world.refresh(&first["refresh"]).await.unwrap();
    let second = &answer["tokens"];
    assert_eq!(answer["account"]["email"], "a@example.com");
    assert_eq!(second["expires_in"], 1800);
    assert_ne!(second["refresh"], first["refresh"]);
    assert_eq!(claims(&second["refresh"])["sid"], claims(&first["refresh"])["sid"]);
    assert!(world.is_live(&second["access"]).await);
    assert!(!world.is_live(&first["access"]).await, "it has expired by itself");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_to_the_byte() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let second = world.refresh(&first["refresh"]).await.unwrap();
    world.clock.advance(9);
    let again = world.refresh(&first["refresh"]).await.unwrap();
    assert_eq!(again["tokens"]["refresh"], second["tokens"]["refresh"]);
    assert_eq!(again["tokens"]["access"], second["tokens"]["access"]);
    assert_eq!(again["tokens"]["expires_in"], 1791, "the same token is nine seconds older");
}

#[tokio::test]
async fn a_token_two_rotations_old_within_the_grace_gets_the_current_one() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let second = world.refresh(&first["refresh"]).await.unwrap();
    world.clock.advance(4);
    let third = world.refresh(&second["tokens"]["refresh"]).await.unwrap();
    world.clock.advance(4);
    let again = world.refresh(&first["refresh"]).await.unwrap();
    assert_eq!(again["tokens"]["refresh"], third["tokens"]["refresh"]);
    world.clock.advance(4);
    assert_eq!(told(world.refresh(&first["refresh"]).await), "token_revoked on refresh_token");
}

#[tokio::test]
async fn an_old_token_that_comes_back_ends_the_family() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let second = world.refresh(&first["refresh"]).await.unwrap()["tokens"].clone();
    world.clock.advance(11);
    assert!(world.is_live(&second["access"]).await);
    assert_eq!(told(world.refresh(&first["refresh"]).await), "token_revoked on refresh_token");
    assert_eq!(world.last_act().await, "session.token_reused done");
    assert!(!world.is_live(&second["access"]).await);
    assert_eq!(told(world.refresh(&second["refresh"]).await), "token_revoked on refresh_token");
    assert!(world.sign_in("a@example.com", PASSWORD).await.is_ok(), "the member signs in again");
}

#[tokio::test]
async fn other_tokens_are_invalid() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let mut other = shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    let foreign = other.member("a@example.com").await["tokens"].clone();
    let mut forged = tokens["refresh"].as_str().unwrap().to_owned();
    forged.truncate(forged.len() - 2);
    for token in [&tokens["access"], &foreign["refresh"], &json!(forged), &json!("x"), &json!("")] {
        assert_eq!(told(world.refresh(token).await), "token_invalid on refresh_token", "{token}");
    }
    assert!(world.with_token(foreign["access"].as_str().unwrap()).await.is_err());
    assert!(world.with_token(tokens["refresh"].as_str().unwrap()).await.is_err());
    assert_eq!(world.refusal("session.refresh", json!({})).await, "invalid (refresh_token: required)");
}

#[tokio::test]
async fn sessions_end_when_idle_and_at_the_latest_after_their_time() {
    let world = World::new().await;
    let idle = world.member("idle@example.com").await["tokens"].clone();
    let mut busy = world.member("busy@example.com").await["tokens"].clone();
    for _ in 0..8 {
        world.clock.advance(11 * DAY);
        busy = world.refresh(&busy["refresh"]).await.unwrap()["tokens"].clone();
    }
    assert_eq!(told(world.refresh(&idle["refresh"]).await), "token_invalid on refresh_token");
    assert_eq!(claims(&busy["refresh"])["exp"], 1_795_188_600 + 90 * DAY, "88 days old, two to live");
    world.clock.advance(2 * DAY);
    assert_eq!(told(world.refresh(&busy["refresh"]).await), "token_invalid on refresh_token");
    assert!(!world.is_live(&busy["access"]).await);
}

#[tokio::test]
async fn where_tokens_do_not_rotate_only_the_access_token_is_new() {
    let world = World::with(|app| {
        app.tokens = TokenPolicy::Jwt {
            access: AccessPolicy { lifetime: 900, outlives_sign_out: false },
            refresh: RefreshPolicy { idle: 14 * DAY, absolute: 14 * DAY, rotates: false },
        };
    })
    .await;
    let first = world.member("a@example.com").await["tokens"].clone();
    for _ in 0..3 {
        world.clock.advance(4 * DAY);
        let answer = world.refresh(&first["refresh"]).await.unwrap();
        assert!(answer["tokens"]["refresh"].is_null());
        assert_eq!(answer["tokens"]["expires_in"], 900);
        assert!(world.is_live(&answer["tokens"]["access"]).await);
    }
    world.clock.advance(2 * DAY + 10);
    assert_eq!(told(world.refresh(&first["refresh"]).await), "token_invalid on refresh_token");
}

#[tokio::test]
async fn what_ends_a_session_revokes_its_refresh_token() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let input = json!({ "account": "a@example.com" });
    world.run_as(world.operator(), "account.suspend", input.clone()).await.unwrap();
    assert_eq!(told(world.refresh(&tokens["refresh"]).await), "token_revoked on refresh_token");
    assert!(!world.is_live(&tokens["access"]).await);
    world.run_as(world.operator(), "account.restore", input).await.unwrap();
    assert_eq!(told(world.refresh(&tokens["refresh"]).await), "token_revoked on refresh_token");
    let access = tokens["access"].as_str().unwrap();
    assert!(world.with_token(access).await.is_err(), "a restored account signs in again");
}

#[tokio::test]
async fn an_opaque_session_has_nothing_to_refresh() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    assert!(tokens["refresh"].is_null());
    assert_eq!(told(world.refresh(&tokens["access"]).await), "token_invalid on refresh_token");
}

#[tokio::test]
async fn verify_tells_whether_a_token_of_either_kind_is_good() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    assert_eq!(verify(&world, &first["access"]).await, "{}");
    assert_eq!(verify(&world, &first["refresh"]).await, "{}");
    let second = world.refresh(&first["refresh"]).await.unwrap()["tokens"].clone();
    world.clock.advance(11);
    assert_eq!(verify(&world, &second["refresh"]).await, "{}");
    assert_eq!(verify(&world, &first["refresh"]).await, "token_invalid on token");
    assert_eq!(verify(&world, &second["refresh"]).await, "{}", "to ask ends nothing");
    assert_eq!(verify(&world, &json!("nonsense")).await, "token_invalid on token");
    world.run_with(second["access"].as_str().unwrap(), "session.sign_out", json!({})).await.unwrap();
    assert_eq!(verify(&world, &second["access"]).await, "token_invalid on token");
    assert_eq!(verify(&world, &second["refresh"]).await, "token_invalid on token");
    assert_eq!(world.refusal("session.verify", json!({})).await, "invalid (token: required)");
}

#[tokio::test]
async fn another_node_accepts_the_tokens_and_makes_the_same_successor() {
    let world = World::new().await;
    let node = world.second_node().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    assert!(node.is_live(&tokens["access"]).await, "it loads the keys when it meets them");
    let here = world.refresh(&tokens["refresh"]).await.unwrap();
    let there = node.refresh(&tokens["refresh"]).await.unwrap();
    assert_eq!(here["tokens"]["refresh"], there["tokens"]["refresh"]);
}

#[tokio::test]
async fn a_contract_adds_claims_but_cannot_take_ours() {
    let world = World::new().await;
    let mut call = world.call();
    call.claims = Some(std::sync::Arc::new(|account| {
        let claims = json!({ "user_id": account.id, "sub": "somebody else", "exp": 0 });
        Ok(claims.as_object().unwrap().clone())
    }));
    let input = json!({ "email": "a@example.com", "password": PASSWORD, "name": "A", "open_session": true });
    let answer = world.run_as(call, "account.sign_up", input).await.unwrap();
    let seen = claims(&answer["tokens"]["access"]);
    assert_eq!((&seen["user_id"], &seen["sub"]), (&json!(1), &answer["account"]["uuid"]));
    assert!(world.is_live(&answer["tokens"]["access"]).await);
    assert!(claims(&answer["tokens"]["refresh"]).get("user_id").is_none());
}
