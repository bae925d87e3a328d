//! What operators do: `account.find`, `account.suspend`, `account.restore`, `account.end_sessions`, `account.erase`.

use daemun_model::ids;
use daemun_store::audit::Actor;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World, told};

async fn run(world: &World, name: &str, account: &str) -> String {
    told(world.run_as(world.operator(), name, json!({ "account": account })).await)
}

#[tokio::test]
async fn an_account_is_found_by_number_uuid_short_uuid_and_address() {
    let world = World::new().await;
    let member = world.member("a@example.com").await;
    let uuid = member["account"]["uuid"].as_str().unwrap();
    let short = ids::to_short(uuid.parse().unwrap());
    for name in ["1", uuid, &short, "A@EXAMPLE.com", " 1 "] {
        assert!(run(&world, "account.find", name).await.contains(uuid), "{name}");
    }
    for name in ["2", "b@example.com", "nonsense", &ids::to_short(uuid::Uuid::nil())] {
        assert_eq!(run(&world, "account.find", name).await, "account_not_found on account");
    }
    let missing = world.run_as(world.operator(), "account.find", json!({})).await;
    assert_eq!(told(missing), "invalid (account: required)");
}

#[tokio::test]
async fn a_suspended_account_is_out_until_it_is_restored() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let input = json!({ "account": "1", "reason": "spam" });
    let answer = world.run_as(world.operator(), "account.suspend", input).await.unwrap();
    assert_eq!(answer["account"]["status"], "suspended");
    assert!(!world.is_live(&tokens["access"]).await);
    let entry = world.audit().await.remove(0);
    assert_eq!((entry.act.as_str(), entry.detail.as_deref()), ("account.suspend", Some("spam")));
    assert_eq!(entry.actor, Actor::Operator("cli".to_owned()));
    let lines = world.audit().await.len();
    assert!(run(&world, "account.suspend", "1").await.contains("suspended"), "a second time changes nothing");
    assert_eq!(world.audit().await.len(), lines);

    let answer: Value = serde_json::from_str(&run(&world, "account.restore", "1").await).unwrap();
    assert_eq!(answer["account"]["status"], "approved");
    assert_eq!(world.last_act().await, "account.restore done");
    assert!(world.sign_in("a@example.com", PASSWORD).await.is_ok());
    assert_eq!(run(&world, "account.suspend", "9").await, "account_not_found on account");
    let long = json!({ "account": "1", "reason": "x".repeat(501) });
    assert_eq!(
        told(world.run_as(world.operator(), "account.suspend", long).await),
        "invalid (reason: too_long)"
    );
}

#[tokio::test]
async fn who_was_never_approved_is_not_suspended() {
    let world = World::with(|app| app.policy.approval = daemun_model::app::Approval::Required).await;
    world.member("a@example.com").await;
    assert_eq!(run(&world, "account.suspend", "1").await, "account_pending");
    assert_eq!(run(&world, "account.restore", "1").await, "account_pending");
}

#[tokio::test]
async fn every_session_of_an_account_can_be_ended() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let second = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    let answer: Value =
        serde_json::from_str(&run(&world, "account.end_sessions", "a@example.com").await).unwrap();
    assert_eq!(answer["ended"], 2);
    assert!(!world.is_live(&first["access"]).await && !world.is_live(&second["access"]).await);
    assert_eq!(world.last_act().await, "account.end_sessions done");
}

#[tokio::test]
async fn one_session_can_be_ended_and_the_others_stay() {
    let world = World::new().await;
    let first = world.member("a@example.com").await["tokens"].clone();
    let second = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    world.member("b@example.com").await;
    let sessions = world.run_as(world.operator(), "account.list_sessions", json!({ "account": "1" })).await;
    let latest = sessions.unwrap()["sessions"][0]["id"].clone();
    let end = async |account: &str, session: &Value| {
        let input = json!({ "account": account, "session": session });
        told(world.run_as(world.operator(), "account.end_sessions", input).await)
    };
    assert!(end("2", &latest).await.contains("\"ended\":0"), "it is not one of this account");
    assert!(world.is_live(&second["access"]).await);
    assert!(end("1", &latest).await.contains("\"ended\":1"));
    assert!(world.is_live(&first["access"]).await && !world.is_live(&second["access"]).await);
    assert_eq!(world.audit().await[0].detail.as_deref(), latest.as_str());
    assert!(end("1", &latest).await.contains("\"ended\":0"));
    assert_eq!(end("1", &json!("x")).await, "invalid (session: malformed)");
}

#[tokio::test]
async fn an_account_is_shown_with_what_was_decided_about_it_and_whether_it_has_a_password() {
    let world = World::with(|app| app.policy.approval = daemun_model::app::Approval::Required).await;
    world.member("a@example.com").await;
    let show =
        async || world.run_as(world.operator(), "account.find", json!({ "account": "1" })).await.unwrap();
    let shown = show().await;
    assert_eq!((&shown["has_password"], &shown["approval"]), (&json!(true), &Value::Null));
    let decision = json!({ "account": "1", "reason": "known to us" });
    world.run_as(world.operator(), "approval.approve", decision).await.unwrap();
    let approval = show().await["approval"].clone();
    assert_eq!((&approval["by"], &approval["reason"]), (&json!("cli"), &json!("known to us")));
}

#[tokio::test]
async fn an_operator_deletes_an_account() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    assert!(run(&world, "account.erase", "a@example.com").await.contains("a@example.com"));
    assert!(!world.is_live(&tokens["access"]).await);
    assert_eq!(world.last_act().await, "account.erase done");
    assert_eq!(run(&world, "account.erase", "1").await, "account_not_found on account");
}
