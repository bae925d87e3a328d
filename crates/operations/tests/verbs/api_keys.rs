//! `api_key.*`, and what a key opens.

use std::sync::Arc;

use daemun_model::{Failure, Permission, Permissions};
use daemun_operations::idempotency::{Claim, Known, Once, begin, run_once};
use daemun_operations::{Call, Operator, api_key, find};
use daemun_store::audit::Actor;
use daemun_store::sql;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::world::{DAY, HOUR, World, shop, told};

async fn make(world: &World, permissions: &[&str]) -> (String, String) {
    let input = json!({ "name": "Reports", "permissions": permissions });
    let answer = world.run_as(world.operator(), "api_key.create", input).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["api_key"]["id"]), text(&answer["secret"]))
}

async fn shown(world: &World, secret: &str) -> String {
    world.clock.tick();
    match api_key::authenticate(&world.daemun, &world.call(), secret).await {
        Ok(operator) => format!("{}: {}", operator.name, operator.may.to_text()),
        Err(failure) => told(Err(failure)),
    }
}

fn acting(world: &World, permissions: &[Permission]) -> Call {
    let may = permissions.iter().copied().collect::<Permissions>();
    Call { operator: Some(Operator { name: "api-key:1".to_owned(), may }), ..world.call() }
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_what_it_was_given() {
    let world = World::new().await;
    let (id, secret) = make(&world, &["points:write", "accounts:read"]).await;
    assert_eq!(secret.len(), "daemun_".len() + 16 + 1 + 64);
    assert_eq!(shown(&world, &secret).await, format!("api-key:{id}: accounts:read points:write"));
    let entry = world.audit().await.remove(0);
    assert_eq!(entry.act, "api_key.create");
    assert_eq!(entry.detail, Some(format!("{id}: accounts:read points:write")));

    let listed = world.run_as(world.operator(), "api_key.list", json!({})).await.unwrap();
    let key = &listed["api_keys"][0];
    assert_eq!((&key["id"], &key["state"], &key["created_by"]), (&json!(id), &json!("live"), &json!("cli")));
    let (_, part) = secret.rsplit_once('_').unwrap();
    assert!(!listed.to_string().contains(part), "the secret is not kept");
    assert!(!format!("{:?}", world.audit().await).contains(part));
}

#[tokio::test]
async fn a_key_that_is_wrong_revoked_expired_or_of_another_app_is_refused_at_once() {
    let world = World::new().await;
    let (id, secret) = make(&world, &["accounts:read"]).await;
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    assert_eq!(shown(&world.through(&other), &secret).await, "unauthenticated");
    let mut wrong = secret.clone();
    let last = wrong.pop().unwrap();
    wrong.push(if last == '0' { '1' } else { '0' });
    for wrong in ["", "daemun_", "x", &wrong, &secret[1..], &secret.to_uppercase(), &format!("{secret}0")] {
        assert_eq!(shown(&world, wrong).await, "unauthenticated", "{wrong}");
    }

    let node = world.second_node().await;
    assert!(shown(&node, &secret).await.starts_with("api-key:"));
    let revoked = node.run_as(node.operator(), "api_key.revoke", json!({ "id": id })).await.unwrap();
    assert_eq!(revoked["api_key"]["state"], "revoked");
    assert_eq!(shown(&world, &secret).await, "unauthenticated");
    assert_eq!(node.last_act().await, "api_key.authenticate unauthenticated");
    assert!(
        node.run_as(node.operator(), "api_key.revoke", json!({ "id": id })).await.is_ok(),
        "a second time"
    );
    let unknown = node.run_as(node.operator(), "api_key.revoke", json!({ "id": "0" })).await;
    assert_eq!(told(unknown), "not_found on id");

    let (_, secret) = make(&world, &["accounts:read"]).await;
    world.clock.advance(365 * DAY);
    assert_eq!(shown(&world, &secret).await, "unauthenticated");
}

#[tokio::test]
async fn wrong_keys_are_limited_by_address_and_right_ones_are_not() {
    let world = World::new().await;
    let (_, secret) = make(&world, &["accounts:read"]).await;
    for _ in 0..30 {
        assert_eq!(shown(&world, "daemun_wrong").await, "unauthenticated");
    }
    let lines = world.audit().await.len();
    assert!(shown(&world, "daemun_wrong").await.starts_with("too_many_requests"));
    assert_eq!(world.audit().await.len(), lines, "who is over the limit writes nothing");
    assert_eq!(shown(&world.from("192.0.2.8"), "daemun_wrong").await, "unauthenticated");
    assert!(shown(&world, &secret).await.starts_with("api-key:"));
    world.clock.advance(HOUR);
    assert_eq!(shown(&world, "daemun_wrong").await, "unauthenticated");
}

#[tokio::test]
async fn the_last_use_is_noted_hourly() {
    let world = World::new().await;
    let (_, secret) = make(&world, &["accounts:read"]).await;
    let used = async || {
        let listed = world.run_as(world.operator(), "api_key.list", json!({})).await.unwrap();
        listed["api_keys"][0]["last_used_at"].clone()
    };
    assert_eq!(used().await, Value::Null);
    shown(&world, &secret).await;
    let first = used().await;
    assert!(first.is_string());
    world.clock.advance(HOUR - 1);
    shown(&world, &secret).await;
    assert_eq!(used().await, first);
    world.clock.advance(2);
    shown(&world, &secret).await;
    assert_ne!(used().await, first);
}

#[tokio::test]
async fn what_a_key_may_not_do_is_forbidden_and_nobody_gives_away_what_they_lack() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let reader = acting(&world, &[Permission::AccountsRead]);
    assert!(world.run_as(reader.clone(), "account.find", json!({ "account": "1" })).await.is_ok());
    for name in ["account.suspend", "account.erase", "account.end_sessions", "api_key.list", "api_key.create"]
    {
        assert_eq!(
            told(world.run_as(reader.clone(), name, json!({ "account": "1" })).await),
            "forbidden",
            "{name}"
        );
        assert_eq!(world.refusal(name, json!({ "account": "1" })).await, "forbidden", "{name}");
    }
    let maker = acting(&world, &[Permission::ApiKeysWrite, Permission::AccountsRead]);
    let key = |permission: &str| json!({ "name": "x", "permissions": [permission] });
    assert!(world.run_as(maker.clone(), "api_key.create", key("accounts:read")).await.is_ok());
    assert_eq!(told(world.run_as(maker, "api_key.create", key("points:write")).await), "forbidden");
    let input =
        json!({ "name": " ", "permissions": ["accounts:rule", "api_keys:write"], "expires_in_days": 0 });
    assert_eq!(
        told(world.run_as(world.operator(), "api_key.create", input).await),
        "invalid (name: blank, permissions: not_a_choice, expires_in_days: out_of_range)"
    );
    assert_eq!(
        told(world.run_as(world.operator(), "api_key.create", json!({})).await),
        "invalid (name: required, permissions: required)"
    );
}

async fn once(world: &World, call: Call, key: &str, name: &str, input: Value) -> Result<Value, Failure> {
    let input: Map<String, Value> = input.as_object().unwrap().clone();
    let once = Once { key: key.to_owned(), keep: DAY };
    run_once(world.daemun.clone(), call, find(name).unwrap(), input, once).await
}

#[tokio::test]
async fn a_request_with_a_key_of_its_own_is_done_once() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let call = acting(&world, &[Permission::AccountsWrite]);
    let suspend = |key: &'static str, account: &'static str| {
        once(&world, call.clone(), key, "account.suspend", json!({ "account": account }))
    };
    let first = suspend("k1", "1").await.unwrap();
    world.run_as(world.operator(), "account.restore", json!({ "account": "1" })).await.unwrap();
    assert_eq!(suspend("k1", "1").await.unwrap(), first, "the answer of then");
    assert_eq!(world.last_act().await, "account.restore done", "and nothing else happened");
    assert_eq!(told(suspend("k1", "2").await), "idempotency_key_reused");
    assert_eq!(told(suspend("k2", "2").await), "account_not_found on account");
    assert_eq!(told(suspend("k2", "2").await), "account_not_found on account");
    let other =
        Call { operator: Some(Operator { name: "api-key:2".to_owned(), ..Operator::cli() }), ..call.clone() };
    let theirs = once(&world, other, "k1", "account.suspend", json!({ "account": "2" })).await;
    assert_eq!(told(theirs), "account_not_found on account", "another operator's k1 is another key");
    world.clock.advance(DAY);
    assert_eq!(told(suspend("k1", "2").await), "account_not_found on account", "forgotten after a day");
    for (key, told_of) in [("", "blank"), ("a b", "malformed"), ("ü", "malformed")] {
        assert_eq!(told(suspend(key, "1").await), format!("invalid (idempotency_key: {told_of})"));
    }
}

/// Claims a request as a node does that dies before it can write down what came of it.
async fn claimed(world: &World, call: &Call, name: &str, input: &Map<String, Value>) -> Arc<Claim> {
    let once = Once { key: "k".to_owned(), keep: DAY };
    match begin(&world.daemun, call, find(name).unwrap(), input, &once).await.unwrap() {
        Known::Mine(claim) => claim,
        Known::Before(ended) => panic!("it was run before: {ended:?}"),
    }
}

/// What would be done twice if it were asked twice, the permission that it needs, and a table that it fills.
fn repeatable() -> [(&'static str, Permission, Value, &'static str); 6] {
    let named = json!({ "name": "Seoul High" });
    [
        ("product_key.generate", Permission::ProductKeysWrite, json!({ "count": 3 }), "product_keys"),
        (
            "product_key.import",
            Permission::ProductKeysWrite,
            json!({ "keys": ["A-1", "B-2"] }),
            "product_keys",
        ),
        ("account.import", Permission::AccountsImport, json!({ "email": "b@example.com" }), "accounts"),
        ("organization.save", Permission::OrganizationsWrite, named.clone(), "organizations"),
        (
            "organization.import",
            Permission::OrganizationsWrite,
            json!({ "organizations": [named] }),
            "organizations",
        ),
        (
            "catalog.save",
            Permission::CatalogWrite,
            json!({ "kind": "interests", "items": [{ "name": "Reading" }] }),
            "catalog_items",
        ),
    ]
}

async fn rows(world: &World, table: &'static str) -> i64 {
    let text = match table {
        "product_keys" => "SELECT count(*) FROM product_keys",
        "accounts" => "SELECT count(*) FROM accounts",
        "organizations" => "SELECT count(*) FROM organizations",
        "catalog_items" => "SELECT count(*) FROM catalog_items",
        other => panic!("{other}"),
    };
    sql(text).one(&mut world.daemun.db.reader()).await.unwrap()
}

#[tokio::test]
async fn the_answer_is_kept_with_the_work_so_that_a_node_that_dies_after_it_leaves_nothing_to_repeat() {
    for (name, permission, input, table) in repeatable() {
        let world = World::new().await;
        let call = acting(&world, &[permission]);
        let given: Map<String, Value> = input.as_object().unwrap().clone();
        let claim = claimed(&world, &call, name, &given).await;
        let first = Call { once: Some(claim), ..call.clone() };
        let answer = find(name).unwrap().run(world.daemun.clone(), first, given).await.unwrap();
        let there = rows(&world, table).await;
        let again = once(&world, call.clone(), "k", name, input.clone()).await;
        assert_eq!(again.unwrap(), answer, "{name}");
        assert_eq!(rows(&world, table).await, there, "{name}");
    }
}

#[tokio::test]
async fn a_run_that_another_took_over_does_nothing() {
    for (name, permission, input, table) in repeatable() {
        let world = World::new().await;
        let call = acting(&world, &[permission]);
        let given: Map<String, Value> = input.as_object().unwrap().clone();
        let late = Call { once: Some(claimed(&world, &call, name, &given).await), ..call.clone() };
        assert_eq!(told(once(&world, call.clone(), "k", name, input.clone()).await), "request_in_progress");
        world.clock.advance(121);
        let answer = once(&world, call.clone(), "k", name, input.clone()).await.unwrap();
        let there = rows(&world, table).await;
        let refused = find(name).unwrap().run(world.daemun.clone(), late, given).await;
        let refused = told(refused);
        // A name that the other run took is told as taken.
        assert!(
            ["request_in_progress", "email_taken on email"].contains(&refused.as_str()),
            "{name}: {refused}"
        );
        assert_eq!(rows(&world, table).await, there, "{name}");
        assert_eq!(once(&world, call, "k", name, input).await.unwrap(), answer, "{name}");
    }
}

#[tokio::test]
async fn what_was_invalid_may_be_tried_again_with_the_same_key() {
    let world = World::new().await;
    world.member("a@example.com").await;
    let call = acting(&world, &[Permission::AccountsWrite]);
    let long = json!({ "account": "1", "reason": "x".repeat(501) });
    assert_eq!(
        told(once(&world, call.clone(), "k", "account.suspend", long).await),
        "invalid (reason: too_long)"
    );
    assert!(once(&world, call, "k", "account.suspend", json!({ "account": "1" })).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_requests_with_one_key_one_is_done() {
    let world = World::new().await;
    let node = world.second_node().await;
    let call = acting(&world, &[Permission::ApiKeysWrite, Permission::AccountsRead]);
    let input = json!({ "name": "x", "permissions": ["accounts:read"] });
    let calls = (0..50).map(|index| {
        let world = if index % 2 == 0 { &world } else { &node };
        once(world, call.clone(), "k", "api_key.create", input.clone())
    });
    let answers = join_all(calls).await.into_iter().map(told).collect::<Vec<_>>();
    let (waits, done): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| *answer == "request_in_progress");
    assert!(!done.is_empty() && done.iter().all(|answer| *answer == done[0]), "{done:?} {}", waits.len());
    let listed = world.run_as(world.operator(), "api_key.list", json!({})).await.unwrap();
    assert_eq!(listed["api_keys"].as_array().unwrap().len(), 1);
    assert_eq!(
        world.audit().await.iter().filter(|entry| entry.actor == Actor::Operator("api-key:1".into())).count(),
        1
    );
}

/// A key of the server, made as the command line makes one.
async fn make_for_server(world: &World, permissions: &[&str]) -> (String, String) {
    let input = json!({ "name": "Watcher", "permissions": permissions, "of": "server" });
    let answer = world.run_as(world.operator(), "api_key.create", input).await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["api_key"]["id"]), text(&answer["secret"]))
}

#[tokio::test]
async fn a_key_of_the_server_opens_every_app_until_it_is_revoked_and_lives_for_ninety_days() {
    let world = World::new().await;
    let other = world.serve(daemun_model::App { name: "other".to_owned(), ..shop() }).await;
    let (id, secret) = make_for_server(&world, &["system:read", "audit:read"]).await;
    let may = format!("api-key:{id}: audit:read system:read");
    assert_eq!(shown(&world, &secret).await, may);
    assert_eq!(shown(&world.through(&other), &secret).await, may);

    let list = async |of: &str| {
        let listed = world.run_as(world.operator(), "api_key.list", json!({ "of": of })).await.unwrap();
        listed["api_keys"].as_array().unwrap().clone()
    };
    assert!(list("app").await.is_empty(), "it is no key of the app");
    let key = list("server").await.remove(0);
    assert_eq!((&key["id"], key["last_used_at"].is_string()), (&json!(id), true));
    let in_app = world.run_as(world.operator(), "api_key.revoke", json!({ "id": id })).await;
    assert_eq!(told(in_app), "not_found on id");

    let lines = world.run_as(world.operator(), "audit.search", json!({ "of": "server" })).await.unwrap();
    assert_eq!(lines["lines"][0]["act"], "api_key.create");
    assert_eq!(lines["lines"][0]["detail"], format!("{id}: audit:read system:read"));
    assert!(world.audit().await.is_empty(), "the app's audit has nothing of it");

    world.clock.advance(90 * DAY - 1);
    assert_eq!(shown(&world, &secret).await, may);
    world.clock.advance(1);
    assert_eq!(shown(&world, &secret).await, "unauthenticated");
    let (id, secret) = make_for_server(&world, &["system:read"]).await;
    let input = json!({ "id": id, "of": "server" });
    let revoked = world.run_as(world.operator(), "api_key.revoke", input).await.unwrap();
    assert_eq!(revoked["api_key"]["state"], "revoked");
    assert_eq!(shown(&world, &secret).await, "unauthenticated");
    let long = json!({ "name": "x", "permissions": ["system:read"], "expires_in_days": 366, "of": "server" });
    assert_eq!(
        told(world.run_as(world.operator(), "api_key.create", long).await),
        "invalid (expires_in_days: out_of_range)"
    );
}

#[tokio::test]
async fn no_key_of_an_app_has_what_reaches_beyond_it_and_none_reads_what_is_the_servers() {
    let world = World::new().await;
    for permission in Permission::ALL.into_iter().filter(|permission| !permission.suits_keys_of_apps()) {
        let input = json!({ "name": "x", "permissions": [permission.as_str()] });
        let refused = world.run_as(world.operator(), "api_key.create", input.clone()).await;
        assert_eq!(told(refused), "invalid (permissions: not_a_choice)", "{permission:?}");
    }
    let of_app: Vec<Permission> =
        Permission::ALL.into_iter().filter(|permission| permission.suits_keys_of_apps()).collect();
    let run = async |permissions: &[Permission], name: &str, input: Value| {
        let Value::Object(input) = input else { panic!("no object") };
        let call = acting(&world, permissions);
        told(find(name).unwrap().run(world.daemun.clone(), call, input).await)
    };
    for name in ["audit.search", "audit.export"] {
        assert_eq!(run(&of_app, name, json!({ "of": "server" })).await, "forbidden", "{name}");
        assert_eq!(run(&of_app, name, json!({ "of": "moon" })).await, "invalid (of: not_a_choice)");
    }
    let only_keys = [Permission::ApiKeysWrite];
    for name in ["api_key.list", "api_key.create", "api_key.revoke"] {
        assert_eq!(run(&only_keys, name, json!({ "of": "server" })).await, "forbidden", "{name}");
    }
    let keys = [Permission::ApiKeysWrite, Permission::SystemRead];
    let more = json!({ "name": "x", "permissions": ["administrators:write"], "of": "server" });
    assert_eq!(run(&keys, "api_key.create", more).await, "forbidden", "nobody gives what they lack");
}
