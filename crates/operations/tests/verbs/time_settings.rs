//! `time_setting.*`: whole minutes that fit together.

use serde_json::{Value, json};

use crate::world::{World, at_once, told, two_nodes};

#[tokio::test]
async fn a_time_setting_is_made_shown_changed_and_deleted() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let b = world.access_of("b@example.com").await;
    let run =
        async |verb: &str, input: Value| world.run_with(&a, &format!("time_setting.{verb}"), input).await;
    assert_eq!(told(run("show", json!({})).await), "not_found");
    assert_eq!(told(run("update", json!({ "total": 5 })).await), "not_found");
    assert_eq!(told(run("delete", json!({})).await), "not_found");
    let made = run("create", json!({ "total": 120, "work": 50, "break": 10 })).await.unwrap();
    assert_eq!(made, json!({ "time_setting": { "id": 1, "total": 120, "work": 50, "break": 10 } }));
    assert_eq!(run("show", json!({})).await.unwrap(), made);
    assert_eq!(told(run("create", json!({ "total": 60, "work": 50, "break": 10 })).await), "already_exists");
    let changed = run("update", json!({ "break": 70 })).await.unwrap();
    assert_eq!(changed, json!({ "time_setting": { "id": 1, "total": 120, "work": 50, "break": 70 } }));
    assert_eq!(run("update", json!({})).await.unwrap(), changed);
    assert_eq!(told(world.run_with(&b, "time_setting.show", json!({})).await), "not_found", "one's own only");
    assert_eq!(run("delete", json!({})).await.unwrap(), changed);
    assert_eq!(told(run("show", json!({})).await), "not_found");
    let next = run("create", json!({ "total": 2, "work": 1, "break": 1 })).await.unwrap();
    assert!(next["time_setting"]["id"].as_i64().unwrap() > 1, "no number comes twice");
    assert_eq!(world.refusal("time_setting.show", json!({})).await, "unauthenticated");
}

#[tokio::test]
async fn minutes_that_do_not_fit_are_refused() {
    let world = World::new().await;
    let a = world.access_of("a@example.com").await;
    let create = async |input: Value| told(world.run_with(&a, "time_setting.create", input).await);
    assert_eq!(create(json!({})).await, "invalid (total: required, work: required, break: required)");
    assert_eq!(
        create(json!({ "total": 1441, "work": 0, "break": -1 })).await,
        "invalid (total: out_of_range, work: out_of_range, break: out_of_range)"
    );
    assert_eq!(
        create(json!({ "total": 59, "work": 50, "break": 10 })).await,
        "invalid (total: out_of_range)"
    );
    let most = json!({ "total": i64::MAX, "work": i64::MAX, "break": i64::MAX });
    assert!(create(most).await.starts_with("invalid (total: out_of_range"));
    world.run_with(&a, "time_setting.create", json!({ "total": 60, "work": 50, "break": 10 })).await.unwrap();
    let update = async |input: Value| told(world.run_with(&a, "time_setting.update", input).await);
    assert_eq!(update(json!({ "work": 51 })).await, "invalid (total: out_of_range)");
    assert_eq!(
        update(json!({ "work": null, "break": 0 })).await,
        "invalid (work: required, break: out_of_range)"
    );
    let shown = world.run_with(&a, "time_setting.show", json!({})).await.unwrap();
    assert_eq!(shown["time_setting"], json!({ "id": 1, "total": 60, "work": 50, "break": 10 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_the_same_moment_fit_together_all_the_same() {
    let nodes = two_nodes().await;
    let a = nodes[0].access_of("a@example.com").await;
    let made = json!({ "total": 100, "work": 50, "break": 10 });
    let calls = (0..10).map(|_| (a.clone(), "time_setting.create", made.clone()));
    let made = at_once(&nodes, calls).await;
    assert_eq!(made.iter().filter(|answer| answer.is_ok()).count(), 1);
    let calls = (0..20).map(|n| {
        let input = if n % 2 == 0 { json!({ "work": 90 }) } else { json!({ "break": 50 }) };
        (a.clone(), "time_setting.update", input)
    });
    at_once(&nodes, calls).await;
    let shown = nodes[0].run_with(&a, "time_setting.show", json!({})).await.unwrap();
    let minutes = |name: &str| shown["time_setting"][name].as_i64().unwrap();
    assert!(minutes("work") + minutes("break") <= minutes("total"), "{shown}");
}
