//! Which app a request reaches.

use daemun_testkit::{Answered, Setup};
use serde_json::json;

use crate::MEMBERS;

fn two_apps() -> Setup {
    Setup::default()
        .contract("members", MEMBERS)
        .app_toml("name = \"other\"\ncontract = \"./members.yaml\"\nmount = \"/other\"\nhosts = [\"api.other.example\"]")
}

#[tokio::test]
async fn an_account_of_one_app_is_unknown_to_another() {
    let server = two_apps().start().await;
    let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
    assert_eq!(server.post("/members/members").json(&member).answer().await.status, 201);
    assert_eq!(server.post("/members/sessions").json(&member).answer().await.status, 200);
    assert_eq!(server.post("/other/sessions").json(&member).answer().await.status, 401);
    assert_eq!(server.post("/other/members").json(&member).answer().await.status, 201);
    server.stop().await;
}

#[tokio::test]
async fn a_host_serves_its_app_at_the_root_and_at_its_mount() {
    let server = two_apps().start().await;
    for path in ["/me", "/other/me", "/me/"] {
        let answer = server.get(path).header("host", "API.other.example:443").answer().await;
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (401, json!("unauthenticated")),
            "{path}"
        );
    }
    let elsewhere = server.get("/members/me").header("host", "api.other.example").answer().await;
    assert_eq!((elsewhere.status, elsewhere.json()["error"].clone()), (404, json!("route_not_found")));
    assert_eq!(server.get("/healthz").header("host", "api.other.example").answer().await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_path_outside_every_mount_is_a_small_404() {
    let server = two_apps().start().await;
    for path in ["/", "/membership/me", "/member", "/favicon.ico", "/%6dembers/me"] {
        let answer = server.get(path).answer().await;
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (404, json!("route_not_found")),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
    }
    server.stop().await;
}
