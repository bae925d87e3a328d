//! Tokens that are not the caller's, not an access token, not ours, or not any more.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daemun_testkit::{Answer, Answered, TestServer};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{EMAIL, answered, assert_told, server, targets};
use crate::accounts::{PASSWORD, Signed, call, energyboost, welt, welt_profile, welt_refresh};

const UNAUTHORIZED: &str = r#"{"status":401,"code":40100,"message":"Unauthorized","detail":""}"#;
const NO_RIGHT: &str = r#"{"detail":"API 사용 권한이 없습니다"}"#;

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The parts of a token: header, claims, signature.
fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut next = || parts.next().unwrap().to_owned();
    (decoded(&next()), decoded(&next()), next())
}

/// A value with one member changed.
fn with(value: &Value, name: &str, member: Value) -> Value {
    let mut value = value.clone();
    value[name] = member;
    value
}

/// A token signed with HS256 and this key, as libraries accept that let the token choose the algorithm.
fn hs256(header: &Value, claims: &Value, key: &[u8]) -> String {
    let message = format!("{}.{}", encoded(&with(header, "alg", json!("HS256"))), encoded(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Tokens made from a good one that must all be worth nothing.
fn forgeries(token: &str, jwks: &Value) -> Vec<(&'static str, String)> {
    let (header, claims, signature) = parts(token);
    let (first, second) = (token.rsplit_once('.').unwrap().0, &jwks["keys"][0]);
    let public = URL_SAFE_NO_PAD.decode(second["x"].as_str().unwrap()).unwrap();
    let signed =
        |header: &Value, claims: &Value| format!("{}.{}.{signature}", encoded(header), encoded(claims));
    let unsigned =
        |alg: &str| format!("{}.{}.", encoded(&with(&header, "alg", json!(alg))), encoded(&claims));
    vec![
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg none, signed", signed(&with(&header, "alg", json!("none")), &claims)),
        ("no signature", format!("{first}.")),
        ("no signature and no dot", first.to_owned()),
        ("HS256 with the public key", hs256(&header, &claims, &public)),
        (
            "HS256 with the public key as text",
            hs256(&header, &claims, second["x"].as_str().unwrap().as_bytes()),
        ),
        ("HS256 with the key as JSON", hs256(&header, &claims, second.to_string().as_bytes())),
        ("HS256 with nothing", hs256(&header, &claims, b"")),
        (
            "another subject",
            signed(&header, &with(&claims, "sub", json!("01a1fc96-f8ef-7d19-a0d2-b05b3d1a1949"))),
        ),
        ("a longer life", signed(&header, &with(&claims, "exp", json!(99_999_999_999_i64)))),
        ("another type", signed(&with(&header, "typ", json!("JWT")), &claims)),
        ("another key", signed(&with(&header, "kid", json!("x")), &claims)),
        ("a key of its own", signed(&with(&header, "jwk", second.clone()), &claims)),
        ("a critical extension", signed(&with(&header, "crit", json!(["exp"])), &claims)),
        ("a cut signature", token[..token.len() - 2].to_owned()),
        ("a longer signature", format!("{token}AA")),
        ("padding", format!("{token}==")),
        ("a flipped letter", flipped(token)),
        ("a part more", format!("{token}.{signature}")),
        ("a space within", token.replacen('.', ". ", 1)),
        ("quotes around it", format!("\"{token}\"")),
        ("dots", "..".to_owned()),
        ("nothing", String::new()),
        ("a long text", "x".repeat(9_000)),
        ("a letter beyond ASCII", "é.é.é".to_owned()),
    ]
}

/// The token with another letter in the middle of its signature.
fn flipped(token: &str) -> String {
    let at = token.len() - 40;
    let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

fn bearer(request: RequestBuilder, token: &str) -> RequestBuilder {
    request.header(AUTHORIZATION, HeaderValue::from_bytes(format!("Bearer {token}").as_bytes()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_ours_to_the_letter_is_refused_on_every_route() {
    let server = server().await;
    for app in super::APPS {
        let signed = match app {
            "welt" => welt(&server, EMAIL).await,
            _ => energyboost(&server, EMAIL).await,
        };
        let jwks = server.get(&format!("/{app}/.well-known/jwks.json")).answer().await.json();
        let mut tokens = forgeries(&signed.access, &jwks);
        tokens.push(("the refresh token", signed.refresh.clone()));
        for target in targets().iter().filter(|target| target.app == app && target.needs_caller) {
            for (what, token) in &tokens {
                let what = format!("{}: {what}", target.name());
                let request = bearer(server.request(target.method.clone(), &target.path), token);
                let answer = answered(request.json(&target.good()), &what).await;
                assert_told(app, &answer, &what);
                assert_eq!(answer.text(), if app == "welt" { UNAUTHORIZED } else { NO_RIGHT }, "{what}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_works_in_another_app_or_in_anothers_place() {
    let server = server().await;
    let (one, other) = (welt(&server, EMAIL).await, energyboost(&server, EMAIL).await);
    assert_eq!(welt_profile(&server, &one.access).await, 200);
    for token in [&other.access, &other.refresh, &one.refresh] {
        assert_eq!(welt_profile(&server, token).await, 401);
    }
    for token in [&other.access, &other.refresh, &one.access] {
        let answer = welt_refresh(&server, token).await;
        assert_eq!(answer.text(), r#"{"status":401,"code":40100,"message":"Invalid token","detail":""}"#);
    }
    for (token, status) in
        [(&one.access, 401), (&one.refresh, 401), (&other.access, 200), (&other.refresh, 200)]
    {
        let request = server.post("/energyboost/users/token/verify/").json(&json!({ "token": token }));
        assert_eq!(request.answer().await.status, status);
    }
    for path in ["/energyboost/users/token/refresh/"] {
        for token in [&one.access, &one.refresh, &other.access] {
            let answer = server.post(path).json(&json!({ "refresh": token })).answer().await;
            assert_eq!((answer.status, answer.text()), (401, NO_RIGHT));
        }
    }
    assert_eq!(welt_refresh(&server, &one.refresh).await.status, 200, "nothing of it cost the session");
    server.stop().await;
}

async fn user(server: &TestServer, headers: &[(&str, String)]) -> u16 {
    let request = server.get("/energyboost/users/user/");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    let answer: Answer = request.answer().await;
    if answer.status != 200 {
        assert_eq!((answer.status, answer.text()), (401, NO_RIGHT));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    answer.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_stands_in_either_header_and_two_must_be_one() {
    let server = server().await;
    let access = energyboost(&server, EMAIL).await.access;
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let other = Signed::of(&server.post("/energyboost/users/login/").json(&body).answer().await).access;
    let (mine, yours) = (format!("Bearer {access}"), format!("Bearer {other}"));
    let csrf = "X-CSRFToken";
    let auth = "Authorization";
    for (headers, status) in [
        (vec![(auth, mine.clone())], 200),
        (vec![(auth, format!("bEaReR {access}"))], 200),
        (vec![(auth, format!("Bearer   {access}"))], 200),
        (vec![(csrf, access.clone())], 200),
        (vec![(auth, mine.clone()), (csrf, access.clone())], 200),
        (vec![(auth, mine.clone()), (auth, mine.clone())], 200),
        (vec![(auth, "Basic dTpw".to_owned()), (csrf, access.clone())], 200),
        (vec![(auth, mine.clone()), (csrf, other.clone())], 401),
        (vec![(auth, mine.clone()), (csrf, "nonsense".to_owned())], 401),
        (vec![(auth, "Bearer nonsense".to_owned()), (csrf, access.clone())], 401),
        (vec![(auth, mine.clone()), (auth, yours)], 401),
        (vec![(csrf, mine)], 401),
        (vec![(auth, access.clone())], 401),
        (vec![(auth, format!("Token {access}"))], 401),
        (vec![(auth, "Bearer".to_owned())], 401),
        (vec![(csrf, String::new())], 401),
        (vec![("Cookie", format!("access={access}"))], 401),
        (vec![], 401),
    ] {
        let what: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value:.20}")).collect();
        assert_eq!(user(&server, &headers).await, status, "{what:?}");
    }
    let query = server.get(&format!("/energyboost/users/user/?access_token={access}&token={access}"));
    assert_eq!(query.answer().await.status, 401, "a token in a URL would stand in every log");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_it_says_so() {
    let server = server().await;
    let signed = welt(&server, EMAIL).await;
    let (_, claims, _) = parts(&signed.access);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 30 * 60);
    server.advance(life + 4);
    assert_eq!(welt_profile(&server, &signed.access).await, 200, "clocks may differ by five seconds");
    server.advance(2);
    assert_eq!(welt_profile(&server, &signed.access).await, 401);
    // The refresh token lives on, until it is not used for 14 days.
    let next = Signed::of(&welt_refresh(&server, &signed.refresh).await);
    server.advance(14 * 24 * 3600 + 6);
    assert_eq!(welt_refresh(&server, &next.refresh).await.status, 401);
    // A token from before the server's time is no better.
    server.advance(-20 * 24 * 3600);
    assert_eq!(welt_profile(&server, &next.access).await, 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_token_on_a_public_route_is_ignored() {
    let server = server().await;
    let signed = welt(&server, EMAIL).await;
    assert_eq!(call(&server, Method::POST, "/welt/auth/logout", &signed.access, None).await.status, 200);
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    for token in [signed.access.as_str(), "nonsense", ""] {
        let answer = call(&server, Method::POST, "/welt/auth/login", token, Some(body.clone())).await;
        assert_eq!(answer.status, 200, "{token}: {}", answer.text());
    }
    server.stop().await;
}
