//! A sixth API is a sixth file: contracts that the code has never seen run as the language's text says, and those
//! that do not check are refused with the place and a sentence that helps.
//!
//! `documents` plays the examples of those in `tests/contracts`; here is what examples cannot say.

mod refused;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daemun_testkit::{Answered, Setup, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{PASSWORD, call, operate};

fn contract(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/contracts/{name}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A contract from the folder twice: as an app of its own name, and as `own` with these lines of configuration.
async fn configured(name: &str, lines: &str) -> TestServer {
    let own = format!("name = \"own\"\ncontract = \"./{name}.yaml\"\n{lines}");
    Setup::default().contract(name, &contract(name)).app_toml(&own).start().await
}

#[tokio::test]
async fn an_operator_turns_the_switches_of_a_contract_for_each_app() {
    let server = configured("atelier", "options = { legacy_http = \"real\", names = \"korean\" }").await;
    let painter =
        json!({ "user_name": "kim_01", "pass1": PASSWORD, "pass2": PASSWORD, "given": "민", "family": "김" });
    for (app, status, full) in [("atelier", 200, "민 김"), ("own", 401, "김민")] {
        let refused = server.get(&format!("/{app}/legacy/me")).answer().await;
        assert_eq!(refused.text(), r#"{"status":2,"error_msg":"로그인이 필요합니다"}"#);
        assert_eq!(refused.status, status, "{app}");
        let joined = server.post(&format!("/{app}/join")).json(&painter).answer().await;
        assert_eq!(joined.json()["result"]["painter"]["name"]["full"], full, "{}", joined.text());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_switch_that_a_contract_does_not_have_stops_the_start() {
    for (lines, told) in [
        ("options = { legacy_htp = \"real\" }", "options.legacy_htp"),
        ("options = { legacy_http = \"maybe\" }", "it can be real or always_200"),
    ] {
        let app = format!("name = \"own\"\ncontract = \"./atelier.yaml\"\n{lines}");
        let setup = Setup::default().contract("atelier", &contract("atelier")).app_toml(&app);
        let error = setup.try_start().await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(told), "{error}");
    }
}

#[tokio::test]
async fn an_operator_changes_the_policy_of_a_contract() {
    let lines = "policy = { fields = { preferred_username = { min = 8 } }, \
                 required = [\"preferred_username\", \"password\", \"email\"] }";
    let server = configured("atelier", lines).await;
    let painter = json!({ "user_name": "kim_01", "pass1": PASSWORD, "pass2": PASSWORD, "given": "Min" });
    assert_eq!(server.post("/atelier/join").json(&painter).answer().await.status, 201);
    let refused = server.post("/own/join").json(&painter).answer().await;
    let fields = refused.json()["error"]["fields"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((refused.status, fields), (422, vec!["user_name".to_owned(), "e_mail".to_owned()]));
    server.stop().await;
}

/// Registers with the clinic, and gives the answer's body.
async fn patient(server: &TestServer, email: &str) -> Value {
    let mail = json!({ "mail": email });
    assert_eq!(server.post("/clinic/v1/proofs").json(&mail).answer().await.status, 202);
    let code = server.last_message_to(email).await.code.unwrap();
    let proof = json!({ "mail": email, "code": code });
    assert_eq!(server.post("/clinic/v1/proofs/check").json(&proof).answer().await.status, 200);
    let patient = json!({ "mail": email, "secret": PASSWORD, "person": { "name": "Lee" } });
    let answer = server.post("/clinic/v1/patients?login=on").json(&patient).answer().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn access_tokens_carry_the_claims_of_the_contract_and_refresh_tokens_do_not() {
    let server = TestServer::with_contract("clinic", &contract("clinic")).await;
    let registered = patient(&server, "lee@example.com").await;
    let claims = |token: &Value| -> Value {
        let part = token.as_str().unwrap().split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let mut access = claims(&registered["session"]["access"]);
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 300);
    assert_eq!(access["sub"], registered["patient"]["id"]);
    for own in ["iss", "aud", "sub", "sid", "jti", "iat", "exp"] {
        assert!(access.as_object_mut().unwrap().remove(own).is_some(), "{own}");
    }
    let wanted = json!({
        "user_id": 1, "role": "patient", "display": "Lee <lee@example.com>", "verified": true, "phone": null,
        "tags": ["a", "approved"],
    });
    assert_eq!(access, wanted);
    let refresh = claims(&registered["session"]["refresh"]);
    assert_eq!(refresh["exp"].as_i64().unwrap() - refresh["iat"].as_i64().unwrap(), 7 * 24 * 3600);
    assert!(refresh.get("user_id").is_none());
    server.stop().await;
}

#[tokio::test]
async fn expressions_meet_whatever_a_client_sends() {
    let server = TestServer::with_contract("clinic", &contract("clinic")).await;
    let long = "x".repeat(9_000);
    for mail in [json!(null), json!(5), json!([]), json!({}), json!(true), json!(long), json!("\u{0}")] {
        let body = json!({ "mail": mail, "secret": PASSWORD, "grant": mail });
        let answer = server.post("/clinic/v1/token").json(&body).answer().await;
        assert_eq!((answer.status, answer.json()["problems"].clone()), (400, json!(["mail"])), "{mail:.40}");
    }
    server.stop().await;
}

/// What is left out everywhere has its default; members wait for approval, and tokens live longer than sessions.
const GUILD: &str = r#"contract: guild
title: Guild
version: 2
timezone: UTC
policy: { approval: required }
tokens:
  access: { format: jwt, lifetime: 5m, outlives_sign_out: true }
errors:
  http: 200
  body: { status: "{{ error.status }}", code: "{{ error.code }}", "...": "{{ error.fields }}" }
routes:
  POST /:
    does: account.sign_up
    takes: { email: body.email, password: body.password, open_session: { value: true } }
    gives: { body: { state: "{{ account.status }}", token: "{{ tokens.access }}", refresh: "{{ tokens.refresh }}" } }
  PUT /:
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { "...": "{{ tokens }}" } }
  GET /:
    does: account.show
    gives: { body: { state: "{{ account.status }}", of: "{{ account.created_at | local_datetime }}" } }
  DELETE /:
    does: session.sign_out
    caller: required
    gives: { body: null }
  PUT /password:
    does: password.change
    takes: { password: body.password }
    gives: { body: {} }
  PATCH /{anything:text}:
    does: session.verify
    takes: { token: path.anything }
    gives: { status: 205 }
"#;

#[tokio::test]
async fn what_a_contract_does_not_say_has_its_default() {
    let server = TestServer::with_contract("guild", GUILD).await;
    let member = json!({ "email": "a@example.com", "password": PASSWORD });
    let joined = server.post("/guild").json(&member).answer().await.json();
    assert_eq!(joined["state"], "pending");
    let refused = server.request(Method::PUT, "/guild/").json(&member).answer().await;
    assert_eq!((refused.status, refused.json()["status"].clone()), (200, json!(403)), "{}", refused.text());
    assert_eq!(refused.json()["code"], "account_pending");
    let missing = server.post("/guild/").json(&json!({})).answer().await.json();
    let keys: Vec<&String> = missing.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["status", "code", "email", "password"]);
    let nowhere = server.get("/guild/nowhere/at/all").answer().await;
    assert_eq!((nowhere.status, nowhere.text()), (200, r#"{"status":404,"code":"route_not_found"}"#));
    server.stop().await;
}

#[tokio::test]
async fn a_token_that_outlives_its_session_ends_with_its_time_or_its_account() {
    let text = GUILD.replace("approval: required", "approval: none");
    let server = TestServer::with_contract("guild", &text).await;
    let member = json!({ "email": "a@example.com", "password": PASSWORD });
    let joined = server.post("/guild").json(&member).answer().await.json();
    let access = joined["token"].as_str().unwrap().to_owned();
    let shows = async || call(&server, Method::GET, "/guild/", &access, None).await.json();
    assert_eq!(shows().await, json!({ "state": "approved", "of": "2026-01-02T03:04:05+00:00" }));
    assert_eq!(call(&server, Method::DELETE, "/guild/", &access, None).await.text(), "null");
    assert_eq!(shows().await["state"], "approved", "until it expires");
    let refresh = format!("/guild/{}", joined["refresh"].as_str().unwrap());
    let checked = call(&server, Method::PATCH, &refresh, "", None).await;
    assert_eq!(checked.json()["code"], "route_not_found", "a parameter has at most 256 bytes");
    operate(&server, "guild", "account.suspend", "a@example.com").await;
    assert_eq!(shows().await["code"], "unauthenticated");
    operate(&server, "guild", "account.restore", "a@example.com").await;
    assert_eq!(shows().await["code"], "unauthenticated", "the suspension ended what the sign-out had left");
    server.stop().await;
}

#[tokio::test]
async fn a_token_that_outlives_its_session_does_not_outlive_the_password() {
    let text = GUILD.replace("approval: required", "approval: none");
    let server = TestServer::with_contract("guild", &text).await;
    let member = json!({ "email": "a@example.com", "password": PASSWORD });
    let token = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
    let old = token(&server.post("/guild").json(&member).answer().await.json(), "token");
    let sign_in = server.request(Method::PUT, "/guild").json(&member);
    let new = token(&sign_in.answer().await.json(), "access");
    assert_eq!(call(&server, Method::DELETE, "/guild/", &old, None).await.text(), "null");
    let status = async |access: &str| {
        call(&server, Method::GET, "/guild/", access, None).await.json()["status"].clone()
    };
    assert_eq!(status(&old).await, Value::Null, "a profile has no status");
    let refused = call(&server, Method::PUT, "/guild/password", &old, Some(member)).await;
    assert_eq!(refused.json()["status"], 401, "it reads; it changes no password");
    let changed = json!({ "password": "another horse battery" });
    assert_eq!(call(&server, Method::PUT, "/guild/password", &new, Some(changed)).await.text(), "{}");
    assert_eq!((status(&old).await, status(&new).await), (json!(401), Value::Null));
    server.stop().await;
}

/// Addresses that must be verified before the first sign-in, in an API that knows nothing but forms.
const POST_OFFICE: &str = r#"contract: post-office
title: 우체국
version: 1.0.0
language: ko
accepts: [form]
policy: { verify_email: required, sign_in: email }
errors:
  email_not_proven: { status: 428, message: 메일을 확인해 주세요, headers: { Link: "</help>; rel=help" } }
routes:
  POST /register:
    does: account.sign_up
    takes: { email: "body['e-mail']", password: body.비밀번호, open_session: { from: body.now, default: true } }
    gives: { status: 201, body: { 번호: "{{ account.id }}", waits: "{{ tokens is none }}" } }
  POST /enter:
    does: session.sign_in
    takes: { email: body.e-mail, password: body.비밀번호 }
    gives: { body: "{{ tokens.expires_in }}" }
  POST /verify:
    does: email.verify
    takes: { token: query.token }
    gives: { status: 303, headers: { Location: /welcome } }
"#;

#[tokio::test]
async fn an_address_that_must_be_verified_is_verified_by_the_link_of_the_mail() {
    let server = TestServer::with_contract("post-office", POST_OFFICE).await;
    let form = [("e-mail", "a@example.com"), ("비밀번호", PASSWORD)];
    let json =
        server.post("/post-office/register").json(&json!({ "e-mail": "a@example.com" })).answer().await;
    assert_eq!((json.status, json.json()["error"].clone()), (415, json!("unsupported_media_type")));
    let joined = server.post("/post-office/register").form(&form).answer().await;
    assert_eq!((joined.status, joined.text()), (201, r#"{"번호":1,"waits":true}"#), "no session yet");
    let refused = server.post("/post-office/enter").form(&form).answer().await;
    assert_eq!((refused.status, refused.header("link")), (428, "</help>; rel=help"));
    assert_eq!(refused.json()["message"], "메일을 확인해 주세요");
    let wrong = server.post("/post-office/enter").form(&[("e-mail", "a@example.com"), ("비밀번호", "x")]);
    assert_eq!(wrong.answer().await.status, 401, "only who knows the password is told");
    let link = server.last_message_to("a@example.com").await.link.unwrap();
    let link = url::Url::parse(&link).unwrap();
    let token = link.query_pairs().find(|(name, _)| name == "token").map(|(_, value)| value.into_owned());
    let verify = server.post(&format!("/post-office/verify?token={}", token.unwrap()));
    let verified = verify.answer().await;
    assert_eq!((verified.status, verified.header("location"), verified.body.len()), (303, "/welcome", 0));
    let entered = server.post("/post-office/enter").form(&form).answer().await;
    assert_eq!((entered.status, entered.text()), (200, "900"));
    server.stop().await;
}
