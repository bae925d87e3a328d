//! `statistics.overview` and the job that counts; `account.export`, `audit.export`.

use std::sync::Arc;

use daemun_operations::statistics::count::{LAG, count};
use daemun_store::sql;
use serde_json::{Value, json};

use crate::world::{DAY, HOUR, PASSWORD, World, shop, told};

async fn overview(world: &World, input: Value) -> Value {
    world.run_as(world.operator(), "statistics.overview", input).await.unwrap()
}

async fn counted(world: &World) -> u64 {
    count(&world.daemun, &world.app).await.unwrap()
}

/// What happened in the periods that are not empty, as `start: sign-ups sign-ins refused codes`.
fn lines(answer: &Value) -> Vec<String> {
    let period = |period: &Value| {
        let n = |name: &str| period[name].as_i64().unwrap();
        let (ups, ins, refused, codes) =
            (n("sign_ups"), n("sign_ins"), n("refused_sign_ins"), n("codes_sent"));
        let start = period["start"].as_str().unwrap();
        (ups + ins + refused + codes > 0).then(|| format!("{start}: {ups} {ins} {refused} {codes}"))
    };
    answer["periods"].as_array().unwrap().iter().filter_map(period).collect()
}

/// Sign-ups, sign-ins and refusals over three days; it begins at half past midnight of the 21st in Seoul.
async fn story() -> World {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.clock.advance(HOUR);
    world.sign_in("a@example.com", PASSWORD).await.unwrap();
    world.sign_in("a@example.com", "wrong password").await.unwrap_err();
    world.sign_in("nobody@example.com", "wrong password").await.unwrap_err();
    world.clock.advance(DAY);
    world.member("b@example.com").await;
    world.run("password.request_reset", json!({ "email": "b@example.com" })).await.unwrap();
    world.run("password.request_reset", json!({ "email": "nobody@example.com" })).await.unwrap();
    world.clock.advance(DAY);
    world.run_as(world.operator(), "account.erase", json!({ "account": "2" })).await.unwrap();
    world
}

const DAYS: [&str; 2] = ["2026-11-21T00:00: 1 1 2 0", "2026-11-22T00:00: 1 0 0 1"];

#[tokio::test]
async fn what_happened_is_told_by_hour_day_week_and_month_in_the_time_zone_of_the_app() {
    let world = story().await;
    // First what comes after the mark is counted for the answer, then all of it by the job.
    while counted(&world).await > 0 {}
    let days = overview(&world, json!({})).await;
    assert_eq!(lines(&days), DAYS);
    assert_eq!(
        (&days["timezone"], &days["to"], &days["complete"]),
        (&json!("Asia/Seoul"), &json!("2026-11-23"), &json!(true))
    );
    assert_eq!(days["periods"].as_array().unwrap().len(), 30);
    assert_eq!(
        days["total"],
        json!({ "sign_ups": 2, "sign_ins": 1, "refused_sign_ins": 2, "codes_sent": 1, "approvals": 0, "rejections": 0, "deletions": 1 })
    );
    assert_eq!(days["accounts"], json!({ "pending": 0, "approved": 1, "rejected": 0, "suspended": 0 }));
    let hours = overview(&world, json!({ "by": "hour", "from": "2026-11-21", "to": "2026-11-21" })).await;
    assert_eq!(lines(&hours), ["2026-11-21T00:00: 1 0 0 0", "2026-11-21T01:00: 0 1 2 0"]);
    assert_eq!(hours["periods"].as_array().unwrap().len(), 24);
    let weeks = overview(&world, json!({ "by": "week", "from": "2026-11-21" })).await;
    assert_eq!(lines(&weeks), ["2026-11-16T00:00: 2 1 2 1"]);
    assert_eq!(weeks["periods"].as_array().unwrap().len(), 2, "the 23rd is a Monday");
    let months = overview(&world, json!({ "by": "month" })).await;
    assert_eq!(lines(&months), ["2026-11-01T00:00: 2 1 2 1"]);
    assert_eq!(months["periods"].as_array().unwrap().len(), 12);
    let one = overview(&world, json!({ "from": "2026-11-22", "to": "2026-11-22" })).await;
    assert_eq!((lines(&one), &one["total"]["sign_ins"]), (vec![DAYS[1].to_owned()], &json!(0)));
}

#[tokio::test]
async fn an_answer_has_what_is_not_counted_yet() {
    let world = World::new().await;
    world.member("a@example.com").await;
    assert_eq!(lines(&overview(&world, json!({})).await), ["2026-11-21T00:00: 1 0 0 0"], "before the job");
    assert_eq!(counted(&world).await, 1, "what may come late is left");
    assert_eq!(lines(&overview(&world, json!({})).await), ["2026-11-21T00:00: 1 0 0 0"]);
    world.clock.advance(LAG);
    world.sign_in("a@example.com", PASSWORD).await.unwrap();
    counted(&world).await;
    let answer = overview(&world, json!({})).await;
    assert_eq!(
        (lines(&answer), &answer["complete"]),
        (vec!["2026-11-21T00:00: 1 1 0 0".to_owned()], &json!(true))
    );
    world.clock.advance(LAG + 1);
    counted(&world).await;
    assert_eq!(lines(&overview(&world, json!({})).await), ["2026-11-21T00:00: 1 1 0 0"]);
}

#[tokio::test]
async fn what_two_nodes_count_at_the_same_time_is_counted_once() {
    let world = Arc::new(story().await);
    let second = Arc::new(world.second_node().await);
    world.clock.advance(HOUR);
    let tasks = (0..20).map(|n| {
        let node = Arc::clone(if n % 2 == 0 { &world } else { &second });
        tokio::spawn(async move { while counted(&node).await > 0 {} })
    });
    for ended in futures_util::future::join_all(tasks.collect::<Vec<_>>()).await {
        ended.unwrap();
    }
    while counted(&world).await > 0 {}
    assert_eq!(lines(&overview(&world, json!({})).await), DAYS);
    // What is counted is kept when the audit is forgotten.
    let forget = async |tx: &mut daemun_store::Tx| Ok(sql("DELETE FROM audit").execute(tx).await?);
    world.daemun.db.write(forget).await.unwrap();
    assert_eq!(lines(&overview(&world, json!({})).await), DAYS);
}

#[tokio::test]
async fn an_app_sees_its_own_numbers_and_a_long_absence_is_told() {
    let world = story().await;
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    let answer = overview(&world.through(&other), json!({})).await;
    assert_eq!((lines(&answer), &answer["complete"]), (vec![], &json!(true)));
    // Nothing was ever counted, and the audit goes back for days.
    assert_eq!(overview(&world, json!({})).await["complete"], false);
}

#[tokio::test]
async fn a_stretch_that_makes_no_sense_is_refused() {
    let world = World::new().await;
    for (input, expected) in [
        (json!({ "by": "minute" }), "invalid (by: not_a_choice)"),
        (json!({ "from": "x", "to": "2026-02-30" }), "invalid (to: malformed, from: malformed)"),
        (json!({ "from": "2026-11-22", "to": "2026-11-21" }), "invalid (from: out_of_range)"),
        (json!({ "by": "hour", "from": "2026-01-01" }), "invalid (from: out_of_range)"),
        (json!({ "from": "2000-01-01" }), "invalid (from: out_of_range)"),
        (json!({ "by": "month", "from": "0001-01-01" }), "invalid (from: out_of_range)"),
    ] {
        let refused = told(world.run_as(world.operator(), "statistics.overview", input.clone()).await);
        assert_eq!(refused, expected, "{input}");
    }
    assert_eq!(world.refusal("statistics.overview", json!({})).await, "forbidden");
}

async fn file(world: &World, name: &str, mut input: Value) -> String {
    let mut whole = String::new();
    loop {
        let part = world.run_as(world.operator(), name, input.clone()).await.unwrap();
        whole.push_str(part["text"].as_str().unwrap());
        if part["page"]["next"].is_null() {
            return whole;
        }
        input["cursor"] = part["page"]["next"].clone();
    }
}

#[tokio::test]
async fn accounts_are_written_into_a_file_that_no_spreadsheet_runs() {
    let world = World::new().await;
    for name in ["=1+1", "+1", "-1", "@x", "a \"b\", c"] {
        world.clock.advance(1);
        let input = json!({ "email": format!("m{}@example.com", name.len()), "name": name });
        let _ = world.run_as(world.operator(), "account.import", input.clone()).await;
    }
    let whole = file(&world, "account.export", json!({})).await;
    let in_parts = file(&world, "account.export", json!({ "limit": 1 })).await;
    assert_eq!(whole, in_parts);
    let rows: Vec<&str> = whole.split("\r\n").collect();
    assert!(rows[0].starts_with("id,uuid,status,email,email_verified,"), "{}", rows[0]);
    assert!(rows[1].contains(",\"a \"\"b\"\", c\","), "{}", rows[1]);
    assert!(rows[2].contains(",'+1,") && rows[3].contains(",'=1+1,"), "{whole}");
    assert_eq!((rows.len(), rows[4]), (5, ""), "the last line ends, too");
    let json_lines = file(&world, "account.export", json!({ "format": "jsonl", "limit": 2 })).await;
    let names: Vec<Value> =
        json_lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone()).collect();
    assert_eq!(names, ["a \"b\", c", "+1", "=1+1"]);
    let lines = world.audit().await;
    let exports: Vec<_> = lines.iter().filter(|line| line.act == "account.export").collect();
    assert_eq!(exports.len(), 3, "a file is noted once, not each part");
    assert_eq!(exports[0].detail.as_deref(), Some("jsonl"));
    let refusals = [
        (json!({ "format": "xls" }), "invalid (format: not_a_choice)"),
        (json!({ "limit": 1001 }), "invalid (limit: out_of_range)"),
        (json!({ "cursor": "x" }), "invalid (cursor: malformed)"),
    ];
    for (input, expected) in refusals {
        assert_eq!(told(world.run_as(world.operator(), "account.export", input).await), expected);
    }
    assert_eq!(world.refusal("account.export", json!({})).await, "forbidden");
}

#[tokio::test]
async fn the_audit_is_written_into_a_file() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let suspend = json!({ "account": "1", "reason": "=spam" });
    world.run_as(world.operator(), "account.suspend", suspend).await.unwrap();
    let csv = file(&world, "audit.export", json!({})).await;
    let rows: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(rows[0], "id,at,act,outcome,actor,account,address,request_id,detail");
    assert!(rows[1].contains(",account.suspend,done,cli,") && rows[1].ends_with(",'=spam"), "{}", rows[1]);
    assert_eq!(rows.len(), 4);
    assert_eq!(world.last_act().await, "audit.export done");
    let one = file(&world, "audit.export", json!({ "format": "jsonl", "act": "account.suspend" })).await;
    assert_eq!(serde_json::from_str::<Value>(one.trim_end()).unwrap()["detail"], "=spam");
}

#[tokio::test]
async fn a_grant_is_given_once_even_where_its_node_died_before_it_was_noted() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let input = json!({ "account": "1", "amount": 5, "reason": "r" });
    let grant = async || {
        let operation = daemun_operations::find("point.grant").unwrap();
        let once = daemun_operations::idempotency::Once { key: "k1".to_owned(), keep: DAY };
        let Value::Object(input) = input.clone() else { unreachable!("it is an object") };
        let call = world.operator();
        daemun_operations::idempotency::run_once(world.daemun.clone(), call, operation, input, once).await
    };
    let first = grant().await.unwrap();
    // As a node leaves it that dies between the two transactions, when its lease is over.
    let forget =
        async |tx: &mut daemun_store::Tx| Ok(sql("DELETE FROM idempotency_keys").execute(tx).await?);
    assert_eq!(world.daemun.db.write(forget).await.unwrap(), 1);
    assert_eq!(grant().await.unwrap(), first);
    let ledger = world.run_as(world.operator(), "point.ledger", json!({})).await.unwrap();
    assert_eq!((ledger["entries"].as_array().unwrap().len(), &ledger["balance"]), (1, &Value::Null));
}

#[tokio::test]
async fn the_ledger_of_an_app_holds_every_line_once_the_latest_first() {
    let world = World::new().await;
    for name in ["a", "b"] {
        world.member(&format!("{name}@example.com")).await;
    }
    for (n, account) in ["1", "2", "1", "2", "1"].into_iter().enumerate() {
        let input = json!({ "account": account, "amount": n + 1, "reason": "r" });
        world.run_as(world.operator(), "point.grant", input).await.unwrap();
    }
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "limit": 2, "cursor": cursor });
        let page = world.run_as(world.operator(), "point.ledger", input).await.unwrap();
        let entries = page["entries"].as_array().unwrap().clone();
        seen.extend(entries.iter().map(|entry| (entry["account"].clone(), entry["amount"].clone())));
        cursor = page["page"]["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let amounts: Vec<_> = seen.iter().map(|(_, amount)| amount.clone()).collect();
    assert_eq!(amounts, [5, 4, 3, 2, 1]);
    assert_eq!(seen[1].0, 2);
}

#[tokio::test]
async fn catalogues_are_put_in_order_and_product_keys_are_found_by_their_beginning() {
    let world = World::new().await;
    let operate = async |name: &str, input: Value| world.run_as(world.operator(), name, input).await;
    let items = json!([{ "id": "a", "name": "A" }, { "id": "b", "name": "B" }, { "id": "c", "name": "C" }]);
    operate("catalog.save", json!({ "kind": "interests", "items": items })).await.unwrap();
    let order =
        async |ids: Value| told(operate("catalog.order", json!({ "kind": "interests", "ids": ids })).await);
    assert!(order(json!(["c"])).await.contains("items"));
    let listed = operate("catalog.list", json!({ "kind": "interests" })).await.unwrap();
    let ids: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(ids, ["c", "a", "b"]);
    assert_eq!(order(json!(["x"])).await, "invalid (ids: unknown)");
    assert_eq!(told(operate("catalog.list", json!({ "kind": "x" })).await), "invalid (kind: not_a_choice)");

    operate("product_key.import", json!({ "keys": ["AB-12", "AB-34", "CD-56"] })).await.unwrap();
    let access = world.access_of("a@example.com").await;
    world.run_with(&access, "product_key.register", json!({ "product_key": "AB-34" })).await.unwrap();
    for (input, expected) in [
        (json!({ "key": "ab" }), vec!["AB-12", "AB-34"]),
        (json!({ "key": "ab-3" }), vec!["AB-34"]),
        (json!({ "key": "%" }), vec!["AB-12", "AB-34", "CD-56"]),
        (json!({ "account": "1" }), vec!["AB-34"]),
        (json!({ "account": "a@example.com", "state": "free" }), vec![]),
    ] {
        let listed = operate("product_key.list", input.clone()).await.unwrap();
        let keys: Vec<_> =
            listed["product_keys"].as_array().unwrap().iter().map(|key| key["key"].clone()).collect();
        assert_eq!(keys, expected, "{input}");
    }
    assert_eq!(
        told(operate("product_key.list", json!({ "account": "9" })).await),
        "account_not_found on account"
    );
}

#[tokio::test]
async fn the_server_tells_how_it_does() {
    let world = World::new().await;
    let shown = world.run_as(world.operator(), "system.show", json!({})).await.unwrap();
    assert!(shown["database"]["bytes"].as_i64().unwrap() > 0);
    assert_eq!(shown["database"]["pending_migrations"], json!([]));
    assert_eq!(
        (&shown["outbox"][0]["channel"], &shown["outbox"][0]["messages"]),
        (&json!("email"), &json!(0))
    );
    for name in ["system.show", "app.list", "app.show"] {
        assert_eq!(world.refusal(name, json!({})).await, "forbidden");
    }
    let missing = world.run_as(world.operator(), "app.show", json!({ "name": "none" })).await;
    assert_eq!(told(missing), "not_found on name");
}
