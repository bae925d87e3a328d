//! `password.change`.

use serde_json::{Value, json};

use crate::world::{HOUR, PASSWORD, World, opaque, told};

const NEW: &str = "a longer new password";

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_is_told_by_mail() {
    let world = World::new().await;
    let other = world.member("a@example.com").await["tokens"].clone();
    let mine = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    let access = mine["access"].as_str().unwrap();
    let input = json!({ "email": "a@example.com", "current_password": PASSWORD, "password": NEW });
    assert_eq!(told(world.run_with(access, "password.change", input).await), "{}");
    assert!(world.is_live(&mine["access"]).await);
    assert!(world.refresh(&mine["refresh"]).await.is_ok());
    assert!(!world.is_live(&other["access"]).await);
    assert_eq!(told(world.refresh(&other["refresh"]).await), "token_revoked on refresh_token");
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "wrong_credentials");
    assert!(world.sign_in("a@example.com", NEW).await.is_ok());
    let mail = world.last_message().await;
    assert_eq!(mail.to, "a@example.com");
    assert!(mail.link.is_none() && mail.code.is_none());
}

#[tokio::test]
async fn the_old_password_or_a_recent_sign_in_is_needed() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let change = async |tokens: &Value, input: Value| {
        told(world.run_with(tokens["access"].as_str().unwrap(), "password.change", input).await)
    };
    let wrong = json!({ "current_password": "wrong password", "password": NEW });
    assert_eq!(change(&tokens, wrong).await, "wrong_password on current_password");
    assert_eq!(world.last_act().await, "password.change wrong_password");
    let other = json!({ "email": "b@example.com", "current_password": PASSWORD, "password": NEW });
    assert_eq!(change(&tokens, other).await, "wrong_password on current_password");

    let without = json!({ "password": NEW, "password_again": NEW });
    world.clock.advance(12 * HOUR + 1);
    let tokens = world.refresh(&tokens["refresh"]).await.unwrap()["tokens"].clone();
    assert_eq!(
        change(&tokens, without.clone()).await,
        "reauthentication_required",
        "a refresh is no sign-in"
    );
    let fresh = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    assert_eq!(change(&fresh, without).await, "{}");
}

#[tokio::test]
async fn the_new_password_follows_the_rules() {
    let world = World::new().await;
    let tokens = world.member("member.long.name@example.com").await["tokens"].clone();
    let access = tokens["access"].as_str().unwrap();
    for (input, expected) in [
        (json!({}), "invalid (password: required)"),
        (
            json!({ "password": "short", "password_again": "x" }),
            "invalid (password_again: mismatch, password: too_short)",
        ),
        (json!({ "password": "Member.Long.Name" }), "invalid (password: too_similar)"),
        (json!({ "password": "password1" }), "invalid (password: too_common)"),
    ] {
        assert_eq!(told(world.run_with(access, "password.change", input).await), expected);
    }
    assert!(world.messages().await.is_empty());
}

#[tokio::test]
async fn an_opaque_session_goes_on_too() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let other = world.member("a@example.com").await["tokens"].clone();
    let mine = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    let input = json!({ "current_password": PASSWORD, "password": NEW });
    world.run_with(mine["access"].as_str().unwrap(), "password.change", input).await.unwrap();
    assert!(world.is_live(&mine["access"]).await);
    assert!(!world.is_live(&other["access"]).await);
}

#[tokio::test]
async fn a_new_password_kills_the_links_that_were_mailed_before() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let link = world.last_message().await.link.unwrap();
    let input = json!({ "current_password": PASSWORD, "password": NEW });
    world.run_with(tokens["access"].as_str().unwrap(), "password.change", input).await.unwrap();
    let input = json!({ "token": crate::world::parameter(&link, "token"), "password": "yet another one" });
    assert_eq!(world.refusal("password.reset", input).await, "token_invalid on token");
}
