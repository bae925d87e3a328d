//! The contract `campus` beyond its examples.

use daemun_testkit::{Answer, Answered, Setup, TestServer};
use serde_json::{Value, json};

const APP: &str = "name = \"campus\"\ndemo_rows = true\n";

async fn post(server: &TestServer, path: &str, body: &Value) -> Answer {
    server.post(&format!("/campus/users/{path}")).json(body).answer().await
}

/// Signs a student up, from the mailed code to the account.
async fn sign_up(server: &TestServer, name: &str) {
    let email = format!("{name}@example.ac.kr");
    let asked = json!({ "organization_id": "1", "email": email });
    assert_eq!(post(server, "organization/send_auth_email", &asked).await.status, 200);
    let code = server.last_message_to(&email).await.code.unwrap();
    let checked = json!({ "email": email, "code": code });
    assert_eq!(post(server, "organization/check_auth_code", &checked).await.status, 200);
    let student =
        json!({ "username": name, "password": "walks in May", "email": email, "organization": "1" });
    assert_eq!(post(server, "signup", &student).await.json(), json!({ "status": 0, "error_msg": "" }));
}

/// An answer without what differs from one request to the next.
fn told(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mine = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !mine.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (answer.status, headers.collect(), answer.body.to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_learns_nothing_from_a_reset() {
    let server = Setup::default().app_toml(APP).start().await;
    sign_up(&server, "student").await;
    let of = |who: &str| json!({ "email": format!("{who}@example.ac.kr"), "code": "000000", "password": "walks in June" });
    for path in [
        "reset-password/send_auth_mail",
        // Too soon, alike.
        "reset-password/send_auth_mail",
        "reset-password/check_auth_code",
        "reset-password/set_password",
    ] {
        let (member, nobody) =
            (post(&server, path, &of("student")).await, post(&server, path, &of("nobody")).await);
        assert_eq!(told(&member), told(&nobody), "{path}");
    }
    let to_nobody = server.messages().await.into_iter().filter(|mail| mail.to.starts_with("nobody"));
    assert_eq!(to_nobody.count(), 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_the_reset_mail_leads_to_a_page_that_sets_a_password() {
    let server = Setup::default().app_toml(APP).start().await;
    sign_up(&server, "student").await;
    let asked = json!({ "email": "student@example.ac.kr" });
    post(&server, "reset-password/send_auth_mail", &asked).await;
    let mail = server.last_message_to("student@example.ac.kr").await;
    let text = mail.text.unwrap();
    assert!(text.contains(mail.code.as_deref().unwrap()), "{text}");
    let link = mail.link.unwrap();
    assert!(text.contains(&link), "{text}");
    let path = link.strip_prefix(&server.url("")).unwrap();
    let page = server.get(path).answer().await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_have_every_failure_with_the_status_200() {
    let lines = format!("{APP}options = {{ envelope_http = \"always_200\" }}");
    let server = Setup::default().app_toml(&lines).start().await;
    for (path, body, status) in [
        ("login", json!({ "username": "nobody", "password": "string" }), 1),
        ("login", json!({ "refresh": "string" }), 2),
        ("signup", json!({}), 1),
        ("organization/emails", json!({ "org_id": "string" }), 1),
        ("nowhere", json!({}), 1),
    ] {
        let answer = post(&server, path, &body).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)), "{path} {body}");
        assert!(!answer.json()["error_msg"].as_str().unwrap().is_empty());
    }
    server.stop().await;
}
