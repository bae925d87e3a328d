//! The console through the HTTP surface.

mod accounts;
mod approvals;
mod enter;
mod every;
mod frame;
mod hostile;
mod roles;
mod screens;
mod written;

use daemun_testkit::{Answered, TestServer};
use serde_json::{Value, json};

use crate::MEMBERS;

const PASSWORD: &str = "correct horse battery";

/// A club that looks at who wants to join: a public portrait, private papers, and every field that members fill in.
const CLUB: &str = r#"contract: club
title: Club
version: 1.0.0
language: en

tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]

policy:
  sign_in: [email]
  approval: required
  uploads:
    portrait: { path: "images/portraits/portrait_{random}.{ext}", public: true, picture: true }
    paper: { path: "images/papers/paper_{random}.{ext}", most: 3, types: [image/png] }

attributes:
  motto: { type: string, max: 200 }

errors:
  body: { error: "{{ error.code }}", fields: "{{ error.fields }}" }

routes:
  POST /members:
    summary: Sign up
    does: account.sign_up
    takes:
      email: body.email
      password: body.password
      preferred_username: body.username
      name: body.name
      given_name: body.given_name
      family_name: body.family_name
      nickname: body.nickname
      picture: body.picture
      attributes.motto: body.motto
    gives: { status: 201, body: { id: "{{ account.id }}" } }

  POST /sessions:
    summary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }
"#;

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
