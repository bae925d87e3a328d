//! Every answer names its request.

use daemun_testkit::{Answered, TestServer};

use crate::MEMBERS;

#[tokio::test]
async fn every_answer_carries_a_request_id_and_a_valid_one_is_kept() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    for path in [
        "/healthz",
        "/readyz",
        "/nowhere",
        "/members/nowhere",
        "/members/me",
        "/members/pages/reset",
        "/members/openapi.json",
    ] {
        let new = server.get(path).answer().await;
        assert_eq!(new.header("x-request-id").len(), 32, "{path}");
        let kept = server.get(path).header("x-request-id", "proxy-4711.a").answer().await;
        assert_eq!(kept.header("x-request-id"), "proxy-4711.a", "{path}");
        let replaced = server.get(path).header("x-request-id", "no spaces, please").answer().await;
        assert_eq!(replaced.header("x-request-id").len(), 32, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_id_stands_in_the_body_of_a_failure() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    for path in ["/nowhere", "/members/nowhere"] {
        let answer = server.get(path).header("x-request-id", "proxy-4711.a").answer().await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["request_id"], "proxy-4711.a", "{path}");
    }
    server.stop().await;
}
