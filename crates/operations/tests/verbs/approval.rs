//! `approval.list`, `approval.approve`, `approval.reject`, `approval.reopen`, and what a waiting account may do.

use daemun_model::message::Channel;
use daemun_operations::{CallerRule, registry};
use daemun_store::audit::Actor;
use serde_json::{Value, json};

use crate::club::{NUMBER, apply, club, member, operate};
use crate::world::{World, told};

async fn decide(world: &World, act: &str, account: &Value) -> String {
    let decided = operate(world, act, json!({ "account": account })).await;
    told(decided.map(|answer| answer["account"]["status"].clone()))
}

#[tokio::test]
async fn an_applicant_waits_is_let_in_and_told() {
    let world = club().await;
    let applied = apply(&world, NUMBER).await;
    assert_eq!(applied["account"]["status"], "pending");
    let uuid = &applied["account"]["uuid"];
    assert!(world.messages().await.is_empty());
    let reason = json!({ "account": uuid, "reason": "known to us" });
    let answer = operate(&world, "approval.approve", reason).await.unwrap();
    assert_eq!(answer["account"]["status"], "approved");
    let message = world.last_message().await;
    assert_eq!((message.channel, message.to.as_str()), (Channel::Sms, NUMBER));
    let text = "[Corner Shop] Your Corner Shop account was approved. You can sign in now.";
    assert_eq!(message.text.as_deref(), Some(text));
    let line = world.audit().await.remove(0);
    assert_eq!((line.act.as_str(), line.detail.as_deref()), ("approval.approve", Some("known to us")));
    assert_eq!(line.actor, Actor::Operator("cli".to_owned()));
    let access = applied["tokens"]["access"].as_str().unwrap();
    assert!(world.run_with(access, "session.list", json!({})).await.is_ok(), "the session is a member's now");
}

#[tokio::test]
async fn who_is_rejected_is_told_why_and_signed_out() {
    let world = club().await;
    let input = json!({ "phone_number": NUMBER, "name": "A", "locale": "ko", "open_session": true });
    let applied = world.run("account.sign_up", input).await.unwrap();
    let input = json!({ "account": applied["account"]["id"].to_string(), "reason": "사진이 흐립니다." });
    assert_eq!(operate(&world, "approval.reject", input).await.unwrap()["account"]["status"], "rejected");
    let text = "[Corner Shop] Corner Shop 가입이 승인되지 않았습니다. 사유: 사진이 흐립니다.";
    assert_eq!(world.last_message().await.text.as_deref(), Some(text));
    assert!(!world.is_live(&applied["tokens"]["access"]).await);
    let refreshed = world.refresh(&applied["tokens"]["refresh"]).await;
    assert_eq!(told(refreshed), "token_revoked on refresh_token");
}

#[tokio::test]
async fn an_applicant_without_a_number_is_told_by_mail() {
    let world = World::with(|app| app.policy.approval = daemun_model::app::Approval::Required).await;
    let uuid = world.member("a@example.com").await["account"]["uuid"].clone();
    assert_eq!(decide(&world, "approval.approve", &uuid).await, "\"approved\"");
    let message = world.last_message().await;
    assert_eq!((message.channel, message.to.as_str()), (Channel::Email, "a@example.com"));
    assert_eq!(message.subject.as_deref(), Some("Your Corner Shop account was approved"));
}

#[tokio::test]
async fn a_decision_is_made_once_and_can_be_taken_back() {
    let world = club().await;
    let uuid = apply(&world, NUMBER).await["account"]["uuid"].clone();
    assert_eq!(decide(&world, "approval.reopen", &uuid).await, "already_decided");
    assert_eq!(decide(&world, "approval.reject", &uuid).await, "\"rejected\"");
    assert_eq!(decide(&world, "approval.reject", &uuid).await, "already_decided");
    assert_eq!(decide(&world, "approval.approve", &uuid).await, "already_decided");
    assert_eq!(world.last_act().await, "approval.approve already_decided");
    assert_eq!(decide(&world, "approval.reopen", &uuid).await, "\"pending\"");
    assert_eq!(decide(&world, "approval.approve", &uuid).await, "\"approved\"");
    assert_eq!(decide(&world, "account.suspend", &uuid).await, "\"suspended\"");
    for act in ["approval.approve", "approval.reject", "approval.reopen"] {
        assert_eq!(decide(&world, act, &uuid).await, "account_suspended");
    }
    assert_eq!(decide(&world, "approval.approve", &json!("99")).await, "account_not_found on account");
    let nobody = world.run("approval.approve", json!({ "account": uuid })).await;
    assert_eq!(told(nobody), "forbidden");
    assert_eq!(world.messages().await.len(), 2, "one for each decision that was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_decisions_on_two_nodes_one_counts() {
    let world = club().await;
    let uuid = apply(&world, NUMBER).await["account"]["uuid"].clone();
    let second = world.second_node().await;
    let tasks: Vec<_> = (0..50)
        .map(|call| {
            let node = if call % 2 == 0 { &world } else { &second };
            let (node, uuid) = (node.through(&world.app), uuid.clone());
            let act = if call % 3 == 0 { "approval.reject" } else { "approval.approve" };
            tokio::spawn(async move { decide(&node, act, &uuid).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap().as_str() {
            "already_decided" => {}
            _ => won += 1,
        }
    }
    assert_eq!((won, world.messages().await.len()), (1, 1));
}

#[tokio::test]
async fn the_list_has_those_who_wait_longest_first_a_page_at_a_time() {
    let world = club().await;
    member(&world, "01011110000").await;
    for number in 1..=3 {
        apply(&world, &format!("0101111000{number}")).await;
    }
    let page = |after: Value| {
        let world = &world;
        async move { operate(world, "approval.list", json!({ "cursor": after, "limit": 2 })).await.unwrap() }
    };
    let numbers = |page: &Value| -> Vec<i64> {
        let all = page["applications"].as_array().unwrap();
        all.iter().map(|one| one["account"]["id"].as_i64().unwrap()).collect()
    };
    let first = page(Value::Null).await;
    assert_eq!((numbers(&first), &first["total"]), (vec![2, 3], &json!(3)));
    let second = page(first["page"]["next"].clone()).await;
    assert_eq!((numbers(&second), &second["page"]["next"]), (vec![4], &Value::Null));
    operate(&world, "approval.reject", json!({ "account": "3", "reason": "no" })).await.unwrap();
    let rejected = operate(&world, "approval.list", json!({ "status": "rejected" })).await.unwrap();
    let one = &rejected["applications"][0];
    assert_eq!((&one["decided_by"], &one["reason"]), (&json!("cli"), &json!("no")));
    let wrong = operate(&world, "approval.list", json!({ "status": "gone", "limit": 0 })).await;
    assert_eq!(told(wrong), "invalid (status: not_a_choice, limit: out_of_range)");
}

#[tokio::test]
async fn a_waiting_account_may_see_to_itself_and_nothing_else() {
    let world = club().await;
    let applied = apply(&world, NUMBER).await;
    let access = applied["tokens"]["access"].as_str().unwrap();
    let other = member(&world, "01022223333").await["account"]["id"].clone();
    let run = |name: &'static str, input: Value| {
        let world = &world;
        async move { told(world.run_with(access, name, input).await) }
    };
    assert!(run("account.show", json!({})).await.contains("pending"));
    assert!(run("account.update", json!({ "name": "새 이름" })).await.contains("새 이름"));
    assert_eq!(run("account.show", json!({ "id": other })).await, "account_not_found on id");
    let may = [
        "account.show",
        "account.update",
        "account.delete",
        "session.sign_out",
        "email.request_verification",
    ];
    for operation in registry() {
        let asks = match operation.caller {
            CallerRule::Required => true,
            CallerRule::Optional => operation.pending_caller,
            CallerRule::Nobody | CallerRule::Administrator => false,
        };
        if asks && !may.contains(&operation.name) {
            assert_eq!(run(operation.name, json!({})).await, "account_pending", "{}", operation.name);
        }
    }
    let refreshed = world.refresh(&applied["tokens"]["refresh"]).await.unwrap();
    let refresh = json!({ "refresh_token": refreshed["tokens"]["refresh"] });
    assert_eq!(world.refusal("session.sign_out", refresh).await, "{}");
    let again = apply_again(&world).await;
    assert!(told(world.run_with(&again, "account.delete", json!({})).await).contains("pending"));
    apply(&world, "01033334444").await;
}

async fn apply_again(world: &World) -> String {
    apply(world, "01033334444").await["tokens"]["access"].as_str().unwrap().to_owned()
}
