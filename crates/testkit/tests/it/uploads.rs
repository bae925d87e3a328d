//! Files that members upload: the permission, the file, whose it is, who sees it.

mod abuse;
mod races;
mod s3;
mod s3_faults;
mod story;

use daemun_operations::{Call, Client, Operator, find};
use daemun_testkit::{Answer, Answered, Setup, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// A contract with a public picture and private papers.
const GALLERY: &str = r#"contract: gallery
title: Gallery
version: 1.0.0
language: en

tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]

policy:
  sign_in: [email]
  required: [email]
  uploads:
    portrait: { path: "images/portraits/portrait_{random}.{ext}", public: true, picture: true }
    paper: { path: "images/papers/paper_{random}.{ext}", most: 3, types: [image/png] }
    badge: { path: "images/badges/badge_{random}.{ext}", public: true, max_bytes: 100 }

errors:
  body: { error: "{{ error.code }}", fields: "{{ error.fields }}" }

routes:
  POST /sign:
    summary: Ask for permission to upload
    does: upload.sign
    takes: { kind: body.kind, content_type: body.content_type, size: body.size }
    gives:
      body:
        method: "{{ upload.method }}"
        url: "{{ upload.url }}"
        headers: "{{ upload.headers }}"
        path: "{{ upload.path }}"
        expires_in: "{{ upload.expires_in }}"

  POST /members:
    summary: Sign up
    does: account.sign_up
    takes:
      email: body.email
      open_session: { value: true }
      uploads:
        - { from: body.portrait, kind: { value: portrait } }
        - { from: body.badge, kind: { value: badge } }
        - { each: body.papers, as: p, max: 10, default: [], item: { kind: { value: paper }, path: p.file, order: p.order } }
    gives:
      status: 201
      body:
        id: "{{ account.id }}"
        picture: "{{ account.picture | media_path }}"
        url: "{{ account.picture | media_url }}"
        token: "{{ tokens.access }}"

  PATCH /me:
    summary: Change the own profile
    does: account.update
    takes:
      uploads:
        - { from: body.portrait, kind: { value: portrait } }
        - { each: body.papers, as: p, max: 10, item: { kind: { value: paper }, path: p.file, order: p.order } }
    gives: { body: { picture: "{{ account.picture | media_path }}" } }

  DELETE /me:
    summary: Leave
    does: account.delete
    gives: { status: 204 }
"#;

/// Small, and a PNG as far as a beginning tells.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0 the picture of somebody";

async fn gallery() -> TestServer {
    Setup::default().contract("gallery", GALLERY).start().await
}

/// A permission, as `/sign` gives it.
async fn signed(server: &TestServer, ask: Value) -> Value {
    let answer = server.post("/gallery/sign").json(&ask).answer().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Sends a file as a permission says.
async fn put(server: &TestServer, permission: &Value, body: impl Into<reqwest::Body>) -> Answer {
    request(server, permission).body(body).answer().await
}

/// The request that a permission asks for, without its body.
fn request(server: &TestServer, permission: &Value) -> reqwest::RequestBuilder {
    let url = permission["url"].as_str().unwrap();
    let mut request = server.request(Method::PUT, url.strip_prefix(&server.url("")).unwrap());
    for (name, value) in permission["headers"].as_object().unwrap() {
        if name != "Content-Length" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    request
}

/// The path of a file that has arrived and that nobody has.
async fn uploaded(server: &TestServer, kind: &str) -> String {
    let permission = signed(server, json!({ "kind": kind, "content_type": "image/png" })).await;
    let answer = put(server, &permission, PNG).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    permission["path"].as_str().unwrap().to_owned()
}

async fn sign_up(server: &TestServer, app: &str, body: Value) -> Answer {
    server.post(&format!("/{app}/members")).json(&body).answer().await
}

/// What `/media/` answers for a path: the status.
async fn seen(server: &TestServer, path: &str) -> u16 {
    server.get(&format!("/media/{path}")).answer().await.status
}

/// Runs an operation as the command line does.
async fn operate(server: &TestServer, name: &str, input: Value) -> Result<Value, String> {
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call =
        Call { operator: Some(Operator::cli()), ..Call::new(server.app("gallery"), client, "request-1") };
    let Value::Object(input) = input else { panic!("an input is an object") };
    let running = find(name).unwrap().run(server.daemun().clone(), call, input);
    running.await.map_err(|failure| failure.to_string())
}

/// Every file in the folder of files.
fn kept(server: &TestServer) -> Vec<String> {
    let mut folders = vec![server.folder().join("data/files")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path.display().to_string()) }
        }
    }
    files
}

async fn tidy(server: &TestServer) -> daemun_operations::upload::Tidied {
    daemun_operations::upload::tidy(server.daemun()).await.unwrap()
}
