//! `session.sign_out`, `session.list`, `session.revoke`, and who is let in at all.

use daemun_model::app::{AccessPolicy, RefreshPolicy, TokenPolicy};
use serde_json::json;

use crate::world::{DAY, HOUR, PASSWORD, World, opaque, told};

#[tokio::test]
async fn signing_out_ends_the_callers_session_and_no_other() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let second = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    world.run_with(first["access"].as_str().unwrap(), "session.sign_out", json!({})).await.unwrap();
    assert!(!world.is_live(&first["access"]).await);
    assert_eq!(told(world.refresh(&first["refresh"]).await), "token_revoked on refresh_token");
    assert!(world.is_live(&second["access"]).await);
    assert_eq!(world.last_act().await, "session.sign_out done");
}

#[tokio::test]
async fn a_refresh_token_signs_its_session_out() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let input = json!({ "refresh_token": tokens["refresh"] });
    world.run("session.sign_out", input.clone()).await.unwrap();
    assert!(!world.is_live(&tokens["access"]).await);
    assert_eq!(world.refusal("session.sign_out", input).await, "token_revoked on refresh_token");
    let input = json!({ "refresh_token": "nonsense" });
    assert_eq!(world.refusal("session.sign_out", input).await, "token_invalid on refresh_token");
    assert_eq!(world.refusal("session.sign_out", json!({})).await, "{}", "nothing to do");
}

#[tokio::test]
async fn nobody_signs_somebody_else_out() {
    let world = World::new().await;
    let mine = world.member("a@example.com").await["tokens"].clone();
    let theirs = world.member("b@example.com").await["tokens"].clone();
    let access = mine["access"].as_str().unwrap();
    let input = json!({ "refresh_token": theirs["refresh"] });
    assert_eq!(
        told(world.run_with(access, "session.sign_out", input).await),
        "token_invalid on refresh_token"
    );
    assert!(world.is_live(&theirs["access"]).await && world.is_live(&mine["access"]).await);
}

#[tokio::test]
async fn an_access_token_outlives_the_sign_out_only_where_the_app_says_so() {
    let world = World::with(|app| {
        app.tokens = TokenPolicy::Jwt {
            access: AccessPolicy { lifetime: 300, outlives_sign_out: true },
            refresh: RefreshPolicy { idle: 14 * DAY, absolute: 90 * DAY, rotates: true },
        };
    })
    .await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    world.run("session.sign_out", json!({ "refresh_token": tokens["refresh"] })).await.unwrap();
    assert!(world.is_live(&tokens["access"]).await);
    assert_eq!(told(world.refresh(&tokens["refresh"]).await), "token_revoked on refresh_token");
    world.clock.advance(300 + 5);
    assert!(!world.is_live(&tokens["access"]).await);

    let tokens = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    let input = json!({ "account": "a@example.com" });
    world.run_as(world.operator(), "account.end_sessions", input).await.unwrap();
    assert!(!world.is_live(&tokens["access"]).await, "what an operator ends is over");
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_by_their_member_only() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let stranger = world.member("b@example.com").await["tokens"].clone();
    world.clock.advance(60);
    let second = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    let access = second["access"].as_str().unwrap();
    let listed = world.run_with(access, "session.list", json!({})).await.unwrap()["sessions"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[0]["current"], &listed[1]["current"]), (&json!(true), &json!(false)));
    assert_eq!((&listed[0]["address"], &listed[0]["user_agent"]), (&json!("192.0.2.7"), &json!("test/1")));

    let theirs = stranger["access"].as_str().unwrap();
    let id = json!({ "id": listed[1]["id"] });
    assert_eq!(told(world.run_with(theirs, "session.revoke", id.clone()).await), "not_found on id");
    world.run_with(access, "session.revoke", id.clone()).await.unwrap();
    assert!(!world.is_live(&first["access"]).await);
    assert_eq!(told(world.run_with(access, "session.revoke", id).await), "not_found on id");
    let input = json!({ "id": "nonsense" });
    assert_eq!(told(world.run_with(access, "session.revoke", input).await), "not_found on id");
    let left = world.run_with(access, "session.list", json!({})).await.unwrap();
    assert_eq!(left["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_opaque_session_lives_while_it_is_used() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let used = world.member("used@example.com").await["tokens"]["access"].clone();
    let unused = world.member("unused@example.com").await["tokens"]["access"].clone();
    assert_eq!(used.as_str().unwrap().len(), 40);
    assert!(used.as_str().unwrap().bytes().all(|byte| byte.is_ascii_hexdigit()));
    for _ in 0..3 {
        world.clock.advance(60 * DAY);
        assert!(world.is_live(&used).await);
    }
    assert!(!world.is_live(&unused).await, "ninety days without use");
    for _ in 0..3 {
        world.clock.advance(61 * DAY);
        assert!(world.is_live(&used).await);
    }
    world.clock.advance(2 * DAY);
    assert!(!world.is_live(&used).await, "a year after the sign-in");
}

#[tokio::test]
async fn an_opaque_token_is_kept_as_a_digest_and_ends_with_the_sign_out() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let token = world.member("a@example.com").await["tokens"]["access"].clone();
    let text = token.as_str().unwrap();
    let reader = &mut world.daemun.db.reader();
    let kept = daemun_store::sessions::find_joined_by_digest(reader, world.app.id, text).await.unwrap();
    assert!(kept.is_none());
    world.run_with(text, "session.sign_out", json!({})).await.unwrap();
    assert!(!world.is_live(&token).await);
    for nonsense in ["", "x", &"0".repeat(40), &"é".repeat(20)] {
        assert!(world.with_token(nonsense).await.is_err());
    }
}

#[tokio::test]
async fn an_access_token_expires_with_a_leeway_of_five_seconds() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    world.clock.advance(1800 + 4);
    assert!(world.is_live(&tokens["access"]).await);
    world.clock.advance(1);
    assert!(!world.is_live(&tokens["access"]).await);
}

#[tokio::test]
async fn operations_for_callers_refuse_nobody_and_operations_for_operators_refuse_members() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    assert_eq!(world.refusal("account.show", json!({})).await, "unauthenticated");
    let access = tokens["access"].as_str().unwrap();
    let input = json!({ "account": "a@example.com" });
    assert_eq!(told(world.run_with(access, "account.suspend", input).await), "forbidden");
    world.clock.advance(HOUR);
    assert!(world.with_token(access).await.is_err());
}

#[tokio::test]
async fn no_secret_lies_in_the_database() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let Some(path) = world.database.url().strip_prefix("sqlite://").map(std::path::PathBuf::from) else {
        return; // Where a file can be looked into, it is.
    };
    let access = world.member("a@example.com").await["tokens"]["access"].as_str().unwrap().to_owned();
    let jwt = world.through(&world.serve(shop_of("jwt")).await).member("a@example.com").await;
    world
        .run("session.sign_in", json!({ "email": "a@example.com", "password": "wrong password" }))
        .await
        .unwrap_err();
    world.daemun.db.close().await;

    let mut bytes = std::fs::read(&path).unwrap();
    let wal = path.with_file_name(format!("{}-wal", path.file_name().unwrap().to_str().unwrap()));
    bytes.extend(std::fs::read(wal).unwrap_or_default());
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("a@example.com"), "this is the file");
    let refresh = jwt["tokens"]["refresh"].as_str().unwrap();
    let signature = refresh.rsplit('.').next().unwrap();
    for secret in [PASSWORD, "wrong password", &access, signature] {
        assert!(!holds(secret));
    }
}

fn shop_of(name: &str) -> daemun_model::App {
    daemun_model::App { name: name.to_owned(), ..crate::world::shop() }
}
