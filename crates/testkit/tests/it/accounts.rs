//! Members of the two companies' APIs, made as their clients make them.

use std::net::{IpAddr, Ipv4Addr};

use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Answer, Answered, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// A password that every member here has until it is changed.
pub const PASSWORD: &str = "correct horse battery";

/// The tokens of somebody who signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    pub access: String,
    pub refresh: String,
}

impl Signed {
    /// Reads the tokens of an answer.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |names: [&str; 2]| match names.iter().find_map(|name| body[*name].as_str()) {
            Some(text) => text.to_owned(),
            None => panic!("no {names:?} in {}", answer.text()),
        };
        Self { access: text(["accessToken", "access"]), refresh: text(["refreshToken", "refresh"]) }
    }
}

/// What energyboost asks of a new member.
pub fn energyboost_sign_up(email: &str) -> Value {
    json!({
        "name": "김에너지", "email": email, "password1": PASSWORD, "password2": PASSWORD,
        "mobile": "01012345678", "date_of_birth": "1990-01-01", "gender": "female",
    })
}

/// A new member of energyboost, signed in.
pub async fn energyboost(server: &TestServer, email: &str) -> Signed {
    let answer = server.post("/energyboost/users/signup/").json(&energyboost_sign_up(email)).answer().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    Signed::of(&answer)
}

/// A new member of welt, signed in.
pub async fn welt(server: &TestServer, email: &str) -> Signed {
    let member = json!({ "email": email, "password": PASSWORD, "name": "John Doe" });
    let answer = server.post("/welt/auth/accounts/register").json(&member).answer().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    welt_sign_in(server, email, PASSWORD).await
}

/// A further session of a member of welt.
pub async fn welt_sign_in(server: &TestServer, email: &str, password: &str) -> Signed {
    let answer =
        server.post("/welt/auth/login").json(&json!({ "email": email, "password": password })).answer().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Signed::of(&answer)
}

/// A request of somebody who is signed in.
pub async fn call(
    server: &TestServer,
    method: Method,
    path: &str,
    access: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = server.request(method, path).bearer_auth(access);
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.answer().await
}

/// The status of the own profile at welt: 200 for a live token, 401 for a dead one.
pub async fn welt_profile(server: &TestServer, access: &str) -> u16 {
    call(server, Method::GET, "/welt/auth/accounts/profile", access, None).await.status
}

/// A refresh at welt.
pub async fn welt_refresh(server: &TestServer, refresh: &str) -> Answer {
    server.post("/welt/auth/token/refresh").json(&json!({ "refreshToken": refresh })).answer().await
}

/// The token in the last reset mail to somebody.
pub async fn reset_token(server: &TestServer, email: &str) -> String {
    let link = server.last_message_to(email).await.link.unwrap();
    let link = url::Url::parse(&link).unwrap();
    let token = link.query_pairs().find(|(name, _)| name == "token").map(|(_, value)| value.into_owned());
    token.unwrap()
}

/// What an operator does at the command line: one of the operations on accounts.
pub async fn operate(server: &TestServer, app: &str, operation: &str, account: &str) -> Value {
    operate_with(server, app, operation, json!({ "account": account })).await
}

/// What an operator does at the command line.
pub async fn operate_with(server: &TestServer, app: &str, operation: &str, input: Value) -> Value {
    let app = server.app(app);
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(app, client, "test") };
    let operation = daemun_operations::find(operation).unwrap();
    operation.run(server.daemun().clone(), call, input.as_object().cloned().unwrap()).await.unwrap()
}
