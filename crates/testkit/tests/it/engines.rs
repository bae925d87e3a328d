//! SQLite and PostgreSQL side by side: one session, to the byte the same but for what is random.

use daemun_testkit::{Answer, Answered, Setup, TestServer};
use daemun_testpg::TestDatabase;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{PASSWORD, Signed, energyboost_sign_up, operate, reset_token};

const EMAIL: &str = "Ada.Lovelace@Example.com";
const NEW: &str = "another horse battery";

/// A server and everything that it answered.
struct Tape {
    server: TestServer,
    lines: Vec<String>,
}

impl Tape {
    async fn send(&mut self, method: Method, path: &str, access: &str, body: Value) -> Answer {
        let mut request = self.server.request(method.clone(), path);
        if !access.is_empty() {
            request = request.bearer_auth(access);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.answer().await;
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| !["date", "x-request-id", "content-length"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        self.note(&format!(
            "{method} {path}\n  {}\n  {}\n  {}",
            answer.status,
            headers.join("\n  "),
            answer.text()
        ));
        answer
    }

    async fn get(&mut self, path: &str, access: &str) -> Answer {
        self.send(Method::GET, path, access, Value::Null).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, "", body).await
    }

    /// Notes a text without what is random in it: tokens, ids, the port.
    fn note(&mut self, text: &str) {
        let random = regex::Regex::new(
            r"eyJ[\w-]+\.[\w-]+\.[\w-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(token|uid)=[\w-]+|127\.0\.0\.1:\d+",
        );
        self.lines.push(random.unwrap().replace_all(text, "…").into_owned());
    }

    async fn operate(&mut self, app: &str, operation: &str, account: &str) {
        let mut done = operate(&self.server, app, operation, account).await;
        // Times differ by as many microseconds as the engine looks at the clock.
        for time in ["created_at", "last_sign_in_at"] {
            if let Some(Value::String(moment)) = done["account"].get_mut(time) {
                moment.truncate("2026-01-02T03:04:05".len());
            }
        }
        self.note(&format!("{operation} {account}\n  {done}"));
    }

    async fn messages(&mut self) {
        for message in self.server.messages().await {
            let sent = message.sent_at.is_some();
            self.note(&format!("to {}: {:?} sent {sent}\n{:?}", message.to, message.subject, message.text));
        }
    }
}

/// Every route of welt, well and badly used.
async fn welt(tape: &mut Tape) {
    let member = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ada 에이다 🧮" });
    let second = welt_sessions(tape, &member).await;
    welt_passwords(tape, &second).await;
    welt_end(tape, &member).await;
}

async fn welt_sessions(tape: &mut Tape, member: &Value) -> Signed {
    tape.post("/welt/auth/accounts/register", member.clone()).await;
    tape.post("/welt/auth/accounts/register", json!({ "email": EMAIL.to_uppercase(), "password": "short" }))
        .await;
    tape.post("/welt/auth/login", json!({ "email": EMAIL, "password": "wrong" })).await;
    let first = Signed::of(&tape.post("/welt/auth/login", member.clone()).await);
    let second = Signed::of(&tape.post("/welt/auth/login", member.clone()).await);
    tape.get("/welt/auth/accounts/profile", &first.access).await;
    let refresh = |signed: &Signed| json!({ "refreshToken": signed.refresh });
    let next = Signed::of(&tape.post("/welt/auth/token/refresh", refresh(&first)).await);
    tape.post("/welt/auth/token/refresh", refresh(&first)).await;
    tape.server.advance(11);
    tape.post("/welt/auth/token/refresh", refresh(&first)).await;
    tape.post("/welt/auth/token/refresh", refresh(&next)).await;
    tape.get("/welt/auth/accounts/profile", &next.access).await;
    second
}

async fn welt_passwords(tape: &mut Tape, second: &Signed) {
    let verify = "/welt/auth/accounts/password/verify";
    tape.send(Method::POST, verify, &second.access, json!({ "email": EMAIL, "password": PASSWORD })).await;
    tape.send(
        Method::POST,
        verify,
        &second.access,
        json!({ "email": "x@example.com", "password": PASSWORD }),
    )
    .await;
    let change = json!({ "email": EMAIL, "password": PASSWORD, "newPassword": NEW });
    tape.send(Method::PATCH, "/welt/auth/accounts/password", &second.access, change.clone()).await;
    tape.send(Method::PATCH, "/welt/auth/accounts/password", &second.access, change).await;
    tape.post("/welt/auth/accounts/reset/request", json!({ "email": EMAIL })).await;
    tape.post("/welt/auth/accounts/reset/request", json!({ "email": "nobody@example.com" })).await;
    let token = reset_token(&tape.server, "Ada.Lovelace@example.com").await;
    let reset = json!({ "email": EMAIL, "newPassword": PASSWORD, "token": token });
    tape.post("/welt/auth/accounts/reset", reset.clone()).await;
    tape.post("/welt/auth/accounts/reset", reset).await;
}

async fn welt_end(tape: &mut Tape, member: &Value) {
    tape.operate("welt", "account.suspend", EMAIL).await;
    tape.post("/welt/auth/login", member.clone()).await;
    tape.operate("welt", "account.restore", EMAIL).await;
    let last = Signed::of(&tape.post("/welt/auth/login", member.clone()).await);
    tape.operate("welt", "account.find", EMAIL).await;
    tape.send(
        Method::DELETE,
        "/welt/auth/accounts",
        &last.access,
        json!({ "email": EMAIL, "password": "x" }),
    )
    .await;
    tape.send(Method::DELETE, "/welt/auth/accounts", &last.access, member.clone()).await;
    tape.get("/welt/auth/accounts/profile", &last.access).await;
    tape.post("/welt/auth/accounts/register", member.clone()).await;
}

/// What energyboost has beyond that.
async fn energyboost(tape: &mut Tape) {
    let answer = tape.post("/energyboost/users/signup/", energyboost_sign_up(EMAIL)).await;
    let signed = Signed::of(&answer);
    tape.post("/energyboost/users/signup/", energyboost_sign_up(EMAIL)).await;
    tape.post("/energyboost/users/signup/", json!({})).await;
    for changes in [
        json!({ "name": "İstanbul ﬁ Ω", "mobile": "+82 2-312-3456", "gender": null }),
        json!({ "date_of_birth": null, "name": "e\u{301}" }),
        json!({ "name": null, "date_of_birth": "2100-01-01", "gender": "x", "mobile": 5 }),
        json!({}),
    ] {
        tape.send(Method::PATCH, "/energyboost/users/user/", &signed.access, changes).await;
    }
    tape.get("/energyboost/users/user/", &signed.access).await;
    for token in [&signed.access, &signed.refresh, "nonsense"] {
        tape.post("/energyboost/users/token/verify/", json!({ "token": token })).await;
    }
    tape.send(Method::POST, "/energyboost/users/logout/", &signed.access, Value::Null).await;
    tape.post("/energyboost/users/token/verify/", json!({ "token": signed.refresh })).await;
    tape.operate("energyboost", "account.find", EMAIL).await;
}

async fn transcript(database: TestDatabase) -> Vec<String> {
    let server = Setup::default().app("welt").app("energyboost").database(database).start().await;
    let mut tape = Tape { server, lines: Vec::new() };
    welt(&mut tape).await;
    energyboost(&mut tape).await;
    tape.messages().await;
    let Tape { server, lines } = tape;
    server.stop().await;
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_answer_the_same() {
    let Some(postgres) = daemun_testpg::database() else { return };
    let (sqlite, postgres) = (transcript(TestDatabase::sqlite()).await, transcript(postgres).await);
    for (one, other) in sqlite.iter().zip(&postgres) {
        assert_eq!(one, other, "SQLite left, PostgreSQL right");
    }
    assert_eq!(sqlite.len(), postgres.len());
    assert!(sqlite.iter().filter(|line| line.contains("\n  200\n")).count() > 10, "{sqlite:#?}");
}
