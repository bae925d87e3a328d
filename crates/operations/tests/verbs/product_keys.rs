//! `product_key.*` and `account.find_email`: each key is one account's.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::world::{HOUR, World, at_once, told, two_nodes};

async fn generate(world: &World, count: i64) -> Vec<String> {
    let made =
        world.run_as(world.operator(), "product_key.generate", json!({ "count": count })).await.unwrap();
    serde_json::from_value(made["product_keys"].clone()).unwrap()
}

async fn check(world: &World, key: &str) -> String {
    match world.run("product_key.check", json!({ "product_key": key })).await {
        Ok(answer) => answer["state"].as_str().unwrap().to_owned(),
        Err(failure) => told(Err(failure)),
    }
}

async fn register(world: &World, access: &str, key: &str) -> String {
    match world.run_with(access, "product_key.register", json!({ "product_key": key })).await {
        Ok(answer) => answer["product_key"]["key"].as_str().unwrap().to_owned(),
        Err(failure) => told(Err(failure)),
    }
}

async fn find(world: &World, key: &str) -> String {
    match world.run("account.find_email", json!({ "product_key": key })).await {
        Ok(answer) => answer["email"].as_str().unwrap().to_owned(),
        Err(failure) => told(Err(failure)),
    }
}

#[tokio::test]
async fn a_key_is_made_checked_registered_and_finds_its_owner() {
    let world = World::new().await;
    let a = world.access_of("hong@example.com").await;
    let b = world.access_of("b@example.com").await;
    let key = generate(&world, 1).await.remove(0);
    assert_eq!(world.last_act().await, "product_key.generate done");
    assert!(daemun_model::ProductKey::parse(&key).unwrap().checks());
    let spelt = key.replace('-', "").to_lowercase();
    assert_eq!((check(&world, &key).await, check(&world, &spelt).await), ("free".into(), "free".into()));
    assert_eq!(find(&world, &key).await, "product_key_unknown on product_key", "nobody's");

    assert_eq!(register(&world, &a, &spelt).await, key, "as it is printed");
    assert_eq!(world.last_act().await, "product_key.register done");
    assert_eq!(check(&world, &key).await, "used");
    assert_eq!(register(&world, &a, &key).await, key, "one's own, again");
    assert_eq!(register(&world, &b, &key).await, "product_key_used on product_key");
    assert_eq!(world.last_act().await, "product_key.register product_key_used");
    assert_eq!(find(&world, &spelt).await, "hong@example.com");
    assert_eq!(world.last_act().await, "account.find_email done");
}

#[tokio::test]
async fn whoever_registers_another_key_moves_to_it() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let b = world.access_of("b@example.com").await;
    let keys = generate(&world, 3).await;
    register(&world, &a, &keys[0]).await;
    register(&world, &b, &keys[1]).await;
    assert_eq!(register(&world, &a, &keys[1]).await, "product_key_used on product_key");
    assert_eq!(check(&world, &keys[0]).await, "used", "what was refused changes nothing");
    assert_eq!(register(&world, &a, &keys[2]).await, keys[2]);
    assert_eq!(
        (check(&world, &keys[0]).await, check(&world, &keys[2]).await),
        ("free".into(), "used".into())
    );
    assert_eq!(register(&world, &b, &keys[0]).await, keys[0]);
}

#[tokio::test]
async fn a_key_is_free_again_when_its_account_is_deleted() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let key = generate(&world, 1).await.remove(0);
    register(&world, &a, &key).await;
    world.run_with(&a, "account.delete", json!({})).await.unwrap();
    assert_eq!(check(&world, &key).await, "free");
    assert_eq!(find(&world, &key).await, "product_key_unknown on product_key");
    let again = world.access_of("a@example.com").await;
    assert_eq!(register(&world, &again, &key).await, key);
}

#[tokio::test]
async fn what_is_no_key_is_unknown() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    for typed in ["", " ", "-", "0000-0000-0000-0000", "' OR '1'='1", "%", "../../etc", "키", &"x".repeat(65)]
    {
        assert_eq!(check(&world, typed).await, "unknown", "{typed}");
        assert_eq!(find(&world, typed).await, "product_key_unknown on product_key");
        assert_eq!(register(&world, &a, typed).await, "product_key_unknown on product_key");
    }
    assert_eq!(world.refusal("product_key.check", json!({})).await, "invalid (product_key: required)");
    assert_eq!(world.refusal("product_key.register", json!({ "product_key": "x" })).await, "unauthenticated");
}

#[tokio::test]
async fn the_address_is_shown_in_part_where_the_policy_says_so() {
    let world = World::with(|app| app.policy.find_email_masked = true).await;
    let a = world.access_of("hong@example.com").await;
    let key = generate(&world, 1).await.remove(0);
    register(&world, &a, &key).await;
    assert_eq!(find(&world, &key).await, "ho***@example.com");
}

#[tokio::test]
async fn an_address_asks_about_so_many_keys_an_hour() {
    let world = World::limited(|limits| limits.product_keys.most = 4).await;
    let a = world.access_of("a@example.com").await;
    let key = generate(&world, 1).await.remove(0);
    register(&world, &a, &key).await;
    check(&world, "1").await;
    find(&world, "2").await;
    find(&world, &key).await;
    assert_eq!(check(&world, &key).await, "used");
    assert_eq!(check(&world, &key).await, "too_many_requests");
    assert_eq!(find(&world, &key).await, "too_many_requests", "both count");
    assert_eq!(check(&world.from("198.51.100.1"), &key).await, "used", "others are not held up");
    world.clock.advance(HOUR);
    assert_eq!(find(&world, &key).await, "a@example.com");
}

#[tokio::test]
async fn keys_are_imported_listed_and_exported() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let operator = async |name: &str, input: Value| world.run_as(world.operator(), name, input).await;
    let keys = json!(["SOLGIK-2020-A", "solgik2020a", "b", "-c-"]);
    let imported = operator("product_key.import", json!({ "keys": keys })).await.unwrap();
    assert_eq!(imported, json!({ "imported": 3, "known": 1 }));
    let again = operator("product_key.import", json!({ "keys": keys })).await.unwrap();
    assert_eq!(again, json!({ "imported": 0, "known": 4 }));
    let bad = operator("product_key.import", json!({ "keys": ["d", "a b", "-"] })).await;
    assert_eq!(told(bad), "invalid (keys.1: malformed, keys.2: malformed)");
    assert_eq!(check(&world, "d").await, "unknown", "nothing of it");
    assert_eq!(told(operator("product_key.import", json!({ "keys": [] })).await), "invalid (keys: required)");
    register(&world, &a, "B").await;

    let listed = operator("product_key.list", json!({ "limit": 2 })).await.unwrap();
    assert_eq!(
        listed["product_keys"][0],
        json!({
            "key": "b", "state": "used", "account": 1,
            "registered_at": listed["product_keys"][0]["registered_at"],
            "created_at": listed["product_keys"][0]["created_at"]
        })
    );
    let key = |answer: &Value, n: usize| answer["product_keys"][n]["key"].clone();
    assert_eq!((key(&listed, 1), &listed["page"]["next"]), (json!("-c-"), &json!("C")));
    let rest = operator("product_key.list", json!({ "cursor": "C" })).await.unwrap();
    assert_eq!((key(&rest, 0), &rest["page"]["next"]), (json!("SOLGIK-2020-A"), &Value::Null));
    let free = operator("product_key.export", json!({ "state": "free" })).await.unwrap();
    assert_eq!((key(&free, 0), key(&free, 1)), (json!("-c-"), json!("SOLGIK-2020-A")));
    let used = operator("product_key.export", json!({ "state": "used" })).await.unwrap();
    assert_eq!(used["product_keys"].as_array().unwrap().len(), 1);
    assert_eq!(
        told(operator("product_key.list", json!({ "state": "x", "limit": 101 })).await),
        "invalid (state: not_a_choice, limit: out_of_range)"
    );
    assert_eq!(
        told(operator("product_key.generate", json!({ "count": 0 })).await),
        "invalid (count: out_of_range)"
    );
    for name in ["generate", "import", "list", "export"] {
        let name = format!("product_key.{name}");
        assert_eq!(told(world.run_with(&a, &name, json!({ "keys": ["x"] })).await), "forbidden");
    }
}

#[tokio::test]
async fn more_keys_than_one_transaction_holds_are_made() {
    let world = World::new().await;
    let keys = generate(&world, 1203).await;
    assert_eq!(keys.len(), 1203);
    assert_eq!(keys.iter().collect::<std::collections::HashSet<_>>().len(), 1203);
    assert_eq!(check(&world, &keys[1202]).await, "free");
}

#[tokio::test]
async fn a_key_of_one_app_is_unknown_in_another() {
    let world = World::new().await;
    let key = generate(&world, 1).await.remove(0);
    let mut other = (*world.app).clone();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    assert_eq!(check(&other, &key).await, "unknown");
    let a = other.access_of("a@example.com").await;
    assert_eq!(register(&other, &a, &key).await, "product_key_unknown on product_key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_registrations_of_one_key_one_wins() {
    let nodes = two_nodes().await;
    let world = Arc::clone(&nodes[0]);
    let key = generate(&world, 1).await.remove(0);
    let mut members = Vec::new();
    for n in 0..50 {
        members.push(world.access_of(&format!("{n}@example.com")).await);
    }
    let calls =
        members.into_iter().map(|access| (access, "product_key.register", json!({ "product_key": key })));
    let answers = at_once(&nodes, calls).await;
    let winner = answers.iter().position(Result::is_ok).unwrap();
    for (n, answer) in answers.into_iter().enumerate().filter(|(n, _)| *n != winner) {
        assert_eq!(told(answer), "product_key_used on product_key", "{n}");
    }
    assert_eq!(find(&world, &key).await, format!("{winner}@example.com"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_keys_that_one_account_registers_at_the_same_moment_it_has_one() {
    let nodes = two_nodes().await;
    let world = Arc::clone(&nodes[0]);
    let a = world.access_of("a@example.com").await;
    let keys = generate(&world, 20).await;
    let calls = keys.iter().map(|key| (a.clone(), "product_key.register", json!({ "product_key": key })));
    assert!(at_once(&nodes, calls.collect::<Vec<_>>()).await.iter().all(Result::is_ok));
    let used = world.run_as(world.operator(), "product_key.list", json!({ "state": "used" })).await.unwrap();
    assert_eq!(used["product_keys"].as_array().unwrap().len(), 1);
}
