//! What the log and the answers tell: nothing that is a secret, and everything that an operator needs.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use daemun_testkit::{Answered, TestServer};
use reqwest::Method;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use super::server;
use crate::accounts::{Signed, call, reset_token, welt_refresh};

/// The log lines of this process, as the server writes them, from the loudest filter on.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn start() -> Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        let started = || {
            let lines = Self::default();
            daemun_server::logging::start_json("trace", lines.clone()).unwrap();
            lines
        };
        LINES.get_or_init(started).clone()
    }

    /// What was written so far.
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

const EMAIL: &str = "log-secret-mail@example.com";
const PASSWORD: &str = "log secret password";
const NEW_PASSWORD: &str = "log secret new password";
const NAME: &str = "Log Secret Name";
const REQUEST_ID: &str = "log-secret-test-4711";

/// A life with everything that is secret in it; the tokens that came up.
async fn life(server: &TestServer) -> Vec<String> {
    let member = json!({ "email": EMAIL, "password": PASSWORD, "name": NAME });
    let post =
        |path: &str, body: Value| server.post(path).header("x-request-id", REQUEST_ID).json(&body).answer();
    assert_eq!(post("/welt/auth/accounts/register", member.clone()).await.status, 201);
    assert_eq!(post("/welt/auth/accounts/register", member.clone()).await.status, 400);
    let signed = Signed::of(&post("/welt/auth/login", member).await);
    let wrong = json!({ "email": EMAIL, "password": "log secret wrong password" });
    assert_eq!(post("/welt/auth/login", wrong).await.status, 401);
    let next = Signed::of(&welt_refresh(server, &signed.refresh).await);
    let query = format!("/welt/auth/accounts/profile?token={}", next.access);
    assert_eq!(call(server, Method::GET, &query, &next.access, None).await.status, 200);
    assert_eq!(post("/welt/auth/accounts/reset/request", json!({ "email": EMAIL })).await.status, 200);
    let token = reset_token(server, EMAIL).await;
    assert_eq!(server.get(&format!("/welt/pages/reset?token={token}")).answer().await.status, 200);
    let reset = json!({ "email": EMAIL, "newPassword": NEW_PASSWORD, "token": token });
    assert_eq!(post("/welt/auth/accounts/reset", reset.clone()).await.status, 200);
    assert_eq!(post("/welt/auth/accounts/reset", reset).await.status, 400);
    let nowhere = format!("/welt/nowhere/{}", next.refresh);
    assert_eq!(server.get(&nowhere).answer().await.status, 404);
    let mobile = crate::accounts::energyboost(server, EMAIL).await;
    vec![signed.access, signed.refresh, next.access, next.refresh, token, mobile.access, mobile.refresh]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_holds_a_secret_and_each_request_has_its_line() {
    let lines = Lines::start();
    let server = server().await;
    let tokens = life(&server).await;
    server.stop().await;
    let text = lines.text();
    let secrets =
        [EMAIL, "log-secret-mail", PASSWORD, NEW_PASSWORD, "log secret wrong", NAME, "1012345678", "$argon2"];
    for secret in secrets.into_iter().chain(tokens.iter().map(String::as_str)) {
        let found = text.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret}: {}", found.unwrap_or_default());
    }
    let mine: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["request_id"] == REQUEST_ID && line["message"] == "answered")
        .collect();
    let told: Vec<String> = mine
        .iter()
        .map(|line| {
            format!("{} {} {} {}", line["method"], line["route"], line["status"], line["code"])
                .replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "POST /auth/accounts/register 201 -",
            "POST /auth/accounts/register 400 email_taken",
            "POST /auth/login 200 -",
            "POST /auth/login 401 wrong_credentials",
            "POST /auth/accounts/reset/request 200 -",
            "POST /auth/accounts/reset 200 -",
            "POST /auth/accounts/reset 400 token_invalid",
        ]
    );
    assert!(mine.iter().all(|line| line["app"] == "welt" && line["micros"].is_u64()), "{mine:?}");
}
