//! `session.sign_in`.

use daemun_model::AccountUuid;
use daemun_model::app::Identifier;
use daemun_store::accounts;
use serde_json::json;

use crate::world::{HOUR, PASSWORD, World, claims, header, told};

/// [`PASSWORD`] as a Django server keeps it.
pub const DJANGO: &str = "pbkdf2_sha256$1000$salt$hHq2CwjSpsUCltVF/ZDe25M5jA5hBHN9+inXRaOGbjU=";

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let world = World::new().await;
    world.member("John@Example.com").await;
    world.clock.advance(HOUR);
    let answer = world.sign_in("JOHN@example.COM", PASSWORD).await.unwrap();
    assert_eq!(answer["account"]["last_sign_in_at"], "2026-11-20T16:30:00.000002Z");
    let (access, refresh) = (&answer["tokens"]["access"], &answer["tokens"]["refresh"]);
    let now = 1_795_188_600 + HOUR;
    let seen = claims(access);
    assert_eq!(seen["iss"], "https://id.example.com/shop");
    assert_eq!(seen["aud"], "shop");
    assert_eq!(seen["sub"], answer["account"]["uuid"]);
    assert_eq!((&seen["iat"], &seen["exp"]), (&json!(now), &json!(now + 1800)));
    assert_eq!(header(access)["typ"], "at+jwt");
    assert_eq!(header(access)["alg"], "EdDSA");
    assert_eq!(header(refresh)["typ"], "rt+jwt");
    assert_eq!(claims(refresh)["sid"], seen["sid"]);
    assert_ne!(claims(refresh)["jti"], seen["jti"]);
    assert_eq!(claims(refresh)["exp"], now + 14 * 24 * HOUR);
    assert_eq!(world.last_act().await, "session.sign_in done");
    let entry = world.audit().await.remove(0);
    assert_eq!((entry.address.as_str(), entry.request_id.as_str()), ("192.0.2.7", "request-1"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_read_the_same() {
    let world = World::new().await;
    world.member("a@example.com").await;
    assert_eq!(told(world.sign_in("a@example.com", "wrong password").await), "wrong_credentials");
    assert_eq!(world.last_act().await, "session.sign_in wrong_credentials");
    assert!(world.audit().await[0].account.is_some());
    assert_eq!(told(world.sign_in("b@example.com", PASSWORD).await), "wrong_credentials");
    assert_eq!(world.last_act().await, "session.sign_in wrong_credentials");
    let huge = "x".repeat(5000);
    assert_eq!(told(world.sign_in("a@example.com", &huge).await), "wrong_credentials");
}

#[tokio::test]
async fn what_is_missing_or_malformed_is_told() {
    let world = World::new().await;
    assert_eq!(
        world.refusal("session.sign_in", json!({})).await,
        "invalid (email: required, password: required)"
    );
    assert_eq!(told(world.sign_in("no address", "").await), "invalid (email: malformed, password: blank)");
}

#[tokio::test]
async fn members_sign_in_with_whatever_the_app_allows_and_nothing_else() {
    let world = World::with(|app| {
        app.policy.sign_in = vec![Identifier::PreferredUsername, Identifier::PhoneNumber];
        app.policy.required = vec!["preferred_username".to_owned()];
    })
    .await;
    let input = json!({ "preferred_username": "도도", "phone_number": "01012345678", "password": PASSWORD,
        "email": "a@example.com" });
    world.run("account.sign_up", input).await.unwrap();
    for input in [
        json!({ "preferred_username": "도도", "password": PASSWORD }),
        json!({ "phone_number": "+82-10-1234-5678", "password": PASSWORD }),
    ] {
        assert!(world.run("session.sign_in", input).await.is_ok());
    }
    assert_eq!(
        told(world.sign_in("a@example.com", PASSWORD).await),
        "invalid (preferred_username: required)"
    );
}

#[tokio::test]
async fn a_suspended_account_is_told_only_to_who_knows_its_password() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let input = json!({ "account": "a@example.com" });
    world.run_as(world.operator(), "account.suspend", input).await.unwrap();
    assert_eq!(told(world.sign_in("a@example.com", "wrong password").await), "wrong_credentials");
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "account_suspended");
    assert_eq!(world.last_act().await, "session.sign_in account_suspended");
}

#[tokio::test]
async fn an_account_without_a_password_cannot_sign_in_with_one() {
    let world = World::with(|app| app.policy.required = vec!["email".to_owned()]).await;
    world.run("account.sign_up", json!({ "email": "a@example.com" })).await.unwrap();
    assert_eq!(told(world.sign_in("a@example.com", PASSWORD).await), "wrong_credentials");
}

#[tokio::test]
async fn a_weak_hash_is_replaced_at_sign_in() {
    let world = World::new().await;
    let member = world.member("a@example.com").await;
    let app = world.app.id;
    let uuid = AccountUuid::parse(member["account"]["uuid"].as_str().unwrap()).unwrap();
    let db = &world.daemun.db;
    db.write(async move |tx| Ok(accounts::update_password(tx, app, uuid, DJANGO).await?)).await.unwrap();
    world.sign_in("a@example.com", PASSWORD).await.unwrap();
    let now = accounts::find_password_hash(&mut db.reader(), app, uuid).await.unwrap().unwrap();
    assert!(now.starts_with("$argon2id$"));
    world.sign_in("a@example.com", PASSWORD).await.unwrap();
}
