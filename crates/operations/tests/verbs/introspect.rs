//! `session::introspect`: what a resource server is told of a token.

use daemun_operations::session::introspect;
use serde_json::{Value, json};

use crate::world::{DAY, START, World, claims, opaque, shop};

async fn ask(world: &World, token: &Value) -> Value {
    let told = introspect(&world.daemun, &world.app, token.as_str().unwrap()).await.unwrap();
    serde_json::to_value(told).unwrap()
}

fn dead() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn a_live_access_token_is_told_of_and_everything_else_is_not_active() {
    let world = World::new().await;
    let member = world.member("a@example.com").await;
    let tokens = &member["tokens"];
    let told = ask(&world, &tokens["access"]).await;
    let claims = claims(&tokens["access"]);
    assert_eq!(
        told,
        json!({
            "active": true, "token_type": "Bearer", "sub": member["account"]["uuid"], "username": "a@example.com",
            "sid": claims["sid"], "jti": claims["jti"], "iat": START.seconds(), "exp": START.seconds() + 1800,
            "iss": "https://id.example.com/shop", "aud": "shop",
        })
    );
    assert_eq!(ask(&world, &tokens["refresh"]).await, dead(), "a refresh token opens nothing there");
    assert_eq!(ask(&world, &json!("")).await, dead());

    let mut other = shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    assert_eq!(ask(&other, &tokens["access"]).await, dead());

    world.clock.advance(1806);
    assert_eq!(ask(&world, &tokens["access"]).await, dead());
}

#[tokio::test]
async fn an_opaque_token_is_told_of_too_and_to_be_asked_about_is_a_use() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let member = world.member("a@example.com").await;
    let token = &member["tokens"]["access"];
    let told = ask(&world, token).await;
    assert_eq!((&told["active"], told.get("jti")), (&json!(true), None));
    assert_eq!((&told["iat"], &told["exp"]), (&json!(START.seconds()), &json!(START.seconds() + 90 * DAY)));
    for _ in 0..3 {
        world.clock.advance(89 * DAY);
        assert_eq!(ask(&world, token).await["active"], true);
    }
    world.clock.advance(90 * DAY);
    assert_eq!(ask(&world, token).await, dead(), "idle");

    let again = world.member("b@example.com").await["tokens"]["access"].clone();
    let input = json!({ "account": "2" });
    world.run_as(world.operator(), "account.suspend", input).await.unwrap();
    assert_eq!(ask(&world, &again).await, dead());
}
