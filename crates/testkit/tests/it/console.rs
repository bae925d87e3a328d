//! The console through the HTTP surface.

mod accounts;
mod approvals;
mod enter;
mod every;
mod frame;
mod hostile;
mod pictures;
mod roles;
mod screens;
mod written;

use daemun_testkit::{Answered, TestServer};
use serde_json::{Value, json};

use crate::MEMBERS;

const PASSWORD: &str = "correct horse battery";

async fn server() -> TestServer {
    TestServer::with_contract("members", MEMBERS).await
}

/// A member, as the contract shows it.
async fn member(server: &TestServer, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD });
    let signed_up = server.post("/members/members").json(&body).answer().await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.text());
    signed_up.json()
}

async fn signs_in(server: &TestServer, email: &str) -> bool {
    let body = json!({ "email": email, "password": PASSWORD });
    server.post("/members/sessions").json(&body).answer().await.status == 200
}

/// The path, below the console, of the first account that a search finds.
async fn path_of(server: &TestServer, who: &daemun_testkit::Administrator, sought: &str) -> String {
    let found = who.see(server, &format!("/members/accounts?q={sought}")).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let text = found.text().replace("&#x2f;", "/");
    let path = text.split("<a href=\"/console").find(|rest| rest.starts_with("/members/accounts/"));
    path.and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("nobody: {}", found.text()))
        .to_owned()
}
