//! Limits as clients meet them: what is told, and what is not.

use daemun_testkit::{Answer, Answered, Setup, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{self, PASSWORD};

/// Where the member is known.
const HOME: &str = "192.0.2.1";
const MEMBER: &str = "a@example.com";
const STRANGER: &str = "b@example.com";

/// A server behind a proxy, so that a test can come from anywhere.
async fn behind_a_proxy(app: &str) -> TestServer {
    let server = Setup::default().app(app).server("trusted_proxies = [\"127.0.0.1\"]").start().await;
    let (path, body) = match app {
        "welt" => {
            ("/welt/auth/accounts/register", json!({ "email": MEMBER, "password": PASSWORD, "name": "Ada" }))
        }
        _ => ("/energyboost/users/signup/", accounts::energyboost_sign_up(MEMBER)),
    };
    let answer = post(&server, HOME, path, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(sign_in(&server, app, HOME, MEMBER, PASSWORD).await.status, 200);
    server
}

async fn post(server: &TestServer, from: &str, path: &str, body: Value) -> Answer {
    let request = server.request(Method::POST, path).header("x-forwarded-for", from);
    request.json(&body).answer().await
}

/// Where members of an app sign in.
fn door(app: &str) -> &'static str {
    match app {
        "welt" => "/welt/auth/login",
        _ => "/energyboost/users/login/",
    }
}

async fn sign_in(server: &TestServer, app: &str, from: &str, email: &str, password: &str) -> Answer {
    post(server, from, door(app), json!({ "email": email, "password": password })).await
}

/// All of an answer but what differs from request to request.
fn bytes(answer: &Answer) -> String {
    let mut lines: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    format!("{}\n{}\n\n{}", answer.status, lines.join("\n"), answer.text())
}

#[tokio::test]
async fn wrong_unknown_delayed_and_closed_are_one_answer_to_the_last_byte() {
    for app in ["welt", "energyboost"] {
        let server = behind_a_proxy(app).await;
        let wrong = sign_in(&server, app, HOME, MEMBER, "wrong password").await;
        let expected = bytes(&wrong);
        let unknown = sign_in(&server, app, HOME, STRANGER, PASSWORD).await;
        assert_eq!(bytes(&unknown), expected, "{app}: an unknown name");

        for _ in 0..4 {
            sign_in(&server, app, HOME, MEMBER, "wrong password").await;
        }
        let delayed = sign_in(&server, app, HOME, MEMBER, PASSWORD).await;
        assert_eq!(bytes(&delayed), expected, "{app}: too soon");

        for number in 0..100 {
            let from = format!("198.51.100.{number}");
            sign_in(&server, app, &from, MEMBER, "wrong password").await;
        }
        let closed = sign_in(&server, app, "203.0.113.1", MEMBER, PASSWORD).await;
        assert_eq!(bytes(&closed), expected, "{app}: closed to strangers");
        server.advance(5);
        let known = sign_in(&server, app, HOME, MEMBER, PASSWORD).await;
        assert_eq!(known.status, 200, "{app}: open to the address of the sign-in");
        server.stop().await;
    }
}

#[tokio::test]
async fn an_address_with_thirty_failures_is_told_when_to_come_back() {
    let server = behind_a_proxy("welt").await;
    for number in 0..30 {
        let email = format!("{number}@example.com");
        assert_eq!(sign_in(&server, "welt", "203.0.113.9", &email, PASSWORD).await.status, 401);
    }
    let member = sign_in(&server, "welt", "203.0.113.9", MEMBER, PASSWORD).await;
    let stranger = sign_in(&server, "welt", "203.0.113.9", STRANGER, PASSWORD).await;
    assert_eq!((member.status, member.header("retry-after")), (429, "600"));
    assert_eq!(bytes(&member), bytes(&stranger));
    // What a client writes in front of what the proxy saw changes nothing.
    let forged = sign_in(&server, "welt", "1.2.3.4, 203.0.113.9", MEMBER, PASSWORD).await;
    assert_eq!(forged.status, 429);
    assert_eq!(sign_in(&server, "welt", "203.0.113.8", MEMBER, PASSWORD).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_second_mail_within_a_minute_is_refused_whoever_it_is_for() {
    let server = behind_a_proxy("welt").await;
    let mut answers = Vec::new();
    for email in [MEMBER, STRANGER] {
        let ask =
            || post(&server, "203.0.113.9", "/welt/auth/accounts/reset/request", json!({ "email": email }));
        answers.push([bytes(&ask().await), bytes(&ask().await)]);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][0].starts_with("20"), "{}", answers[0][0]);
    assert!(answers[0][1].starts_with("429\n"), "{}", answers[0][1]);
    assert!(answers[0][1].contains("retry-after: 60"), "{}", answers[0][1]);
    let mails = server.messages().await;
    assert_eq!(mails.iter().filter(|mail| mail.link.is_some() && mail.code.is_some()).count(), 1);
    server.stop().await;
}
