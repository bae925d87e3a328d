//! Health, readiness.

use daemun_testkit::{Answered, Setup, TestServer};
use serde_json::json;

use crate::MEMBERS;

#[tokio::test]
async fn a_server_that_answers_is_alive_and_ready() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    let alive = server.get("/healthz").answer().await;
    assert_eq!((alive.status, alive.json()), (200, json!({ "status": "alive" })));
    assert_eq!(alive.header("cache-control"), "no-store");
    let ready = server.get("/readyz").answer().await;
    assert_eq!((ready.status, ready.json()), (200, json!({ "status": "ready" })));
    server.stop().await;
}

#[tokio::test]
async fn a_server_without_its_database_is_alive_and_not_ready() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    server.daemun().db.close().await;
    assert_eq!(server.get("/healthz").answer().await.status, 200);
    let ready = server.get("/readyz").answer().await;
    assert_eq!(
        (ready.status, ready.json()),
        (503, json!({ "status": "unavailable", "reason": "database_unreachable" }))
    );
}

#[tokio::test]
async fn probes_take_no_other_method_and_win_over_any_app() {
    let server = Setup::default()
        .contract("root", MEMBERS)
        .app_toml("name = \"x\"\ncontract = \"./root.yaml\"\nmount = \"/\"")
        .start()
        .await;
    assert_eq!(server.get("/healthz").answer().await.status, 200);
    let answer = server.post("/healthz").answer().await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
    server.stop().await;
}
