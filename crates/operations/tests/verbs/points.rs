//! Points: the ledger, its totals, and who may see what.

use std::sync::Arc;

use daemun_operations::point::check;
use daemun_operations::purge::purge;
use daemun_store::sql;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{DAY, World, told};

async fn grant(world: &World, input: Value) -> Result<Value, daemun_model::Failure> {
    world.run_as(world.operator(), "point.grant", input).await
}

async fn give(world: &World, account: &str, amount: i64) -> i64 {
    let input = json!({ "account": account, "amount": amount, "reason": "walked" });
    grant(world, input).await.unwrap()["balance"].as_i64().unwrap()
}

async fn ledger(world: &World, input: Value) -> Value {
    world.run_as(world.operator(), "point.ledger", input).await.unwrap()
}

/// `name points` of everybody in a ranking.
async fn ranking(world: &World, access: &str, period: &str) -> Vec<String> {
    let input = json!({ "period": period });
    let found = world.run_with(access, "account.search", input).await.unwrap();
    let line = |account: &Value| format!("{} {}", account["name"].as_str().unwrap(), account["points"]);
    found["accounts"].as_array().unwrap().iter().map(line).collect()
}

async fn member(world: &World, name: &str) -> String {
    let email = format!("{name}@example.com");
    let input =
        json!({ "email": email, "password": crate::world::PASSWORD, "name": name, "open_session": true });
    let signed_up = world.run("account.sign_up", input).await.unwrap();
    signed_up["tokens"]["access"].as_str().unwrap().to_owned()
}

async fn is_right(world: &World) {
    let checked = check::check(&world.daemun, &world.app, |_| ()).await.unwrap();
    assert!(checked.is_right(), "{checked:?}");
}

#[tokio::test]
async fn points_are_lines_of_a_ledger_and_what_they_add_up_to() {
    let world = World::new().await;
    member(&world, "ann").await;
    let input = json!({ "account": "ann@example.com", "amount": 120, "reason": "  Read a book " });
    let first = grant(&world, input).await.unwrap();
    assert_eq!(first["balance"], 120);
    assert_eq!(world.last_act().await, "point.grant done");
    assert_eq!(world.audit().await[0].detail.as_deref(), Some("+120"));
    assert_eq!(give(&world, "ann@example.com", -20).await, 100);
    let listed = ledger(&world, json!({ "account": "ann@example.com" })).await;
    let lines = listed["entries"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["amount"], &lines[0]["balance"]), (&json!(-20), &json!(100)));
    assert_eq!(lines[1], first["entry"]);
    assert_eq!(first["entry"]["reason"], "Read a book");
    assert_eq!((&first["entry"]["by"], &first["entry"]["line"]), (&json!("cli"), &json!(1)));
    assert_eq!((&listed["balance"], &listed["page"]["next"]), (&json!(100), &Value::Null));
    is_right(&world).await;
}

#[tokio::test]
async fn what_cannot_be_granted_leaves_nothing() {
    let world = World::new().await;
    let access = member(&world, "ann").await;
    give(&world, "1", 5).await;
    for (input, refusal) in [
        (json!({}), "invalid (account: required, amount: required, reason: required)"),
        (json!({ "account": "1", "amount": 0, "reason": "r" }), "invalid (amount: out_of_range)"),
        (json!({ "account": "1", "amount": 1_000_000_001, "reason": "r" }), "invalid (amount: out_of_range)"),
        (json!({ "account": "1", "amount": -6, "reason": "r" }), "invalid (amount: out_of_range)"),
        (json!({ "account": "1", "amount": 1, "reason": " " }), "invalid (reason: blank)"),
        (json!({ "account": "9", "amount": 1, "reason": "r" }), "account_not_found on account"),
    ] {
        assert_eq!(told(grant(&world, input).await), refusal);
    }
    let input = json!({ "account": "1", "amount": 1, "reason": "r" });
    assert_eq!(told(world.run_with(&access, "point.grant", input.clone()).await), "forbidden");
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..crate::world::shop() }).await;
    assert_eq!(told(grant(&world.through(&other), input).await), "account_not_found on account");
    assert_eq!(ledger(&world, json!({ "account": "1" })).await["entries"].as_array().unwrap().len(), 1);
    is_right(&world).await;
}

#[tokio::test]
async fn one_key_is_one_grant_with_one_answer() {
    let world = World::new().await;
    member(&world, "ann").await;
    let input = json!({ "account": "1", "amount": 7, "reason": "r", "idempotency_key": "order-1" });
    let first = grant(&world, input.clone()).await.unwrap();
    give(&world, "1", 100).await;
    assert_eq!(grant(&world, input.clone()).await.unwrap(), first);
    let mut other = input.clone();
    other["amount"] = json!(8);
    assert_eq!(told(grant(&world, other).await), "already_exists on idempotency_key");
    assert_eq!(ledger(&world, json!({ "account": "1" })).await["balance"], 107);
    is_right(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_grants_at_once_are_fifty_and_fifty_with_one_key_are_one() {
    let world = Arc::new(World::new().await);
    member(&world, "ann").await;
    let second = Arc::new(world.second_node().await);
    let run = |input: fn(i64) -> Value| {
        let tasks = (0..50).map(|n| {
            let world = Arc::clone(if n % 2 == 0 { &world } else { &second });
            tokio::spawn(async move { grant(&world, input(n)).await })
        });
        join_all(tasks.collect::<Vec<_>>())
    };
    let all = run(|n| json!({ "account": "1", "amount": n + 1, "reason": "r" })).await;
    assert!(all.into_iter().all(|granted| granted.unwrap().is_ok()));
    let one = run(|_| json!({ "account": "1", "amount": 3, "reason": "r", "idempotency_key": "k" })).await;
    let mut answers: Vec<Value> = one.into_iter().map(|granted| granted.unwrap().unwrap()).collect();
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["balance"], 1275 + 3);
    is_right(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_that_take_the_last_points_one_wins() {
    let world = Arc::new(World::new().await);
    member(&world, "ann").await;
    give(&world, "1", 10).await;
    let tasks = (0..50).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            grant(&world, json!({ "account": "1", "amount": -10, "reason": "r" })).await.is_ok()
        })
    });
    let won =
        join_all(tasks.collect::<Vec<_>>()).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
    is_right(&world).await;
}

#[tokio::test]
async fn a_period_counts_what_was_earned_in_it_and_ends_by_itself() {
    let world = World::new().await;
    // Saturday 2026-11-21 00:30 in Seoul.
    let ann = member(&world, "ann").await;
    member(&world, "bob").await;
    give(&world, "1", 10).await;
    world.clock.advance(2 * DAY);
    // Monday: a new day and a new week.
    give(&world, "2", 4).await;
    let ann = {
        drop(ann);
        world.sign_in("ann@example.com", crate::world::PASSWORD).await.unwrap()["tokens"]["access"].clone()
    };
    let ann = ann.as_str().unwrap();
    assert_eq!(ranking(&world, ann, "all").await, ["ann 10", "bob 4"]);
    assert_eq!(ranking(&world, ann, "year").await, ["ann 10", "bob 4"]);
    assert_eq!(ranking(&world, ann, "month").await, ["ann 10", "bob 4"]);
    assert_eq!(ranking(&world, ann, "week").await, ["bob 4", "ann 0"]);
    assert_eq!(ranking(&world, ann, "day").await, ["bob 4", "ann 0"]);
    is_right(&world).await;
    world.clock.advance(3 * DAY);
    purge(&world.daemun).await.unwrap();
    let kept: i64 =
        sql("SELECT COUNT(*) FROM point_totals").one(&mut world.daemun.db.reader()).await.unwrap();
    assert_eq!(
        kept, 8,
        "all, year, month of both, week and day of the second; the first's week and day are over"
    );
    is_right(&world).await;
}

#[tokio::test]
async fn who_is_suspended_or_gone_is_not_ranked_but_the_ledger_stays() {
    let world = World::new().await;
    let ann = member(&world, "ann").await;
    member(&world, "bob").await;
    member(&world, "eve").await;
    for (account, amount) in [("1", 1), ("2", 5), ("3", 9)] {
        give(&world, account, amount).await;
    }
    let run = async |name: &str| {
        world.run_as(world.operator(), name, json!({ "account": "2" })).await.unwrap();
    };
    run("account.suspend").await;
    give(&world, "2", 100).await;
    assert_eq!(ranking(&world, &ann, "month").await, ["eve 9", "ann 1"]);
    is_right(&world).await;
    run("account.restore").await;
    assert_eq!(ranking(&world, &ann, "month").await, ["bob 105", "eve 9", "ann 1"]);
    is_right(&world).await;
    run("account.erase").await;
    assert_eq!(ranking(&world, &ann, "all").await, ["eve 9", "ann 1"]);
    let lines: i64 = sql("SELECT COUNT(*) FROM point_entries WHERE account = 2")
        .one(&mut world.daemun.db.reader())
        .await
        .unwrap();
    assert_eq!(lines, 2);
    is_right(&world).await;
}

#[tokio::test]
async fn the_check_names_the_total_that_the_ledger_does_not_add_up_to() {
    let world = World::new().await;
    member(&world, "ann").await;
    member(&world, "bob").await;
    give(&world, "2", 5).await;
    world
        .daemun
        .db
        .write(async |tx| {
            let text = "UPDATE point_totals SET points = 6 WHERE account = 2 AND period = 0";
            sql(text).execute(tx).await?;
            Ok(())
        })
        .await
        .unwrap();
    let checked = check::check(&world.daemun, &world.app, |_| ()).await.unwrap();
    let found: Vec<_> = checked.differences.iter().map(|d| (d.account, d.period, d.ledger, d.kept)).collect();
    assert_eq!(found, [(2, 0, 5, Some(6))]);
    assert_eq!(checked.misplaced, [(2, 0)]);
}

#[tokio::test]
async fn a_ledger_is_read_a_page_at_a_time() {
    let world = World::new().await;
    member(&world, "ann").await;
    for amount in 1..=5 {
        give(&world, "1", amount).await;
    }
    let (mut cursor, mut seen) = (Value::Null, Vec::new());
    loop {
        let page = ledger(&world, json!({ "account": "1", "limit": 2, "cursor": cursor })).await;
        seen.extend(
            page["entries"].as_array().unwrap().iter().map(|entry| entry["amount"].as_i64().unwrap()),
        );
        cursor = page["page"]["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let refused = |input| world.run_as(world.operator(), "point.ledger", input);
    assert_eq!(told(refused(json!({ "account": "1", "cursor": "x" })).await), "invalid (cursor: malformed)");
    assert_eq!(told(refused(json!({ "account": "1", "limit": 0 })).await), "invalid (limit: out_of_range)");
}
