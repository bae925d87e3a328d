//! The page on which an API is read and tried.

use daemun_testkit::{Answered, Browser, TestServer};
use serde_json::json;

const CONTRACT: &str = r#"contract: members
title: Members
version: 1.0.0
language: en
accepts: [json, form]

policy:
  sign_in: [email]

tokens:
  access: { format: jwt, lifetime: 15m }
  refresh: { format: jwt, idle: 14d, absolute: 90d, rotates: true }
  carried_in: [{ header: Authorization, scheme: Bearer }]

errors:
  body: { error: "{{ error.code }}" }

routes:
  POST /members:
    summary: Sign up
    does: account.sign_up
    takes: { email: body.email, password: body.password }
    gives: { status: 201, body: { id: "{{ account.id }}" } }

  POST /sessions:
    summary: Sign in
    does: session.sign_in
    takes: { email: body.email, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }

  GET /me:
    summary: The own account
    does: account.show
    gives: { body: { email: "{{ account.email }}" } }
"#;

/// Opens the "try it" of a route, fills its body where there is one, and sends it.
async fn send(browser: &Browser, route: &str, body: Option<&str>) {
    browser.run(&format!("document.querySelector('#{route} .try').open = true")).await;
    if let Some(body) = body {
        browser.fill(&format!("#{route} [data-part=body]"), body).await;
    }
    browser.click(&format!("#{route} button[type=submit]")).await;
}

#[tokio::test]
async fn an_api_is_tried_from_sign_up_to_the_own_profile() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    let server = TestServer::with_contract("members", CONTRACT).await;
    browser.go(&server.url("/members/docs?lang=en")).await;
    let member = r#"{ "email": "a@example.com", "password": "correct horse battery" }"#;

    send(&browser, "get-me", None).await;
    assert_eq!(browser.text("#get-me .result .status").await, "401");

    send(&browser, "post-members", Some(member)).await;
    assert_eq!(browser.text("#post-members .result .status").await, "201");

    send(&browser, "post-sessions", Some(member)).await;
    assert_eq!(browser.text("#post-sessions .result .status.good").await, "200");
    browser.click("#post-sessions .result .quiet-button").await;

    send(&browser, "get-me", None).await;
    assert_eq!(browser.text("#get-me .result .status.good").await, "200");
    assert_eq!(browser.text("#get-me .result pre").await, "{\n  \"email\": \"a@example.com\"\n}");

    // The one refusal that was asked for, and none by the content security policy.
    let console = browser.console().await;
    assert_eq!(console.iter().filter(|line| !line.contains("401 (Unauthorized)")).count(), 0, "{console:?}");
    assert_eq!(
        browser.run("return [localStorage.length, sessionStorage.length, document.cookie]").await,
        json!([0, 0, ""])
    );
}

#[tokio::test]
async fn the_page_fits_a_telephone_and_a_desk() {
    let server = TestServer::with_contract("members", CONTRACT).await;
    for (width, folded) in [(500, true), (1280, false)] {
        let Some(browser) = Browser::open(width, 900).await else { return };
        browser.go(&server.url("/members/docs?lang=ko")).await;
        let seen = browser
            .run("return [document.documentElement.scrollWidth <= innerWidth, !document.querySelector('nav details').open]")
            .await;
        assert_eq!(seen, json!([true, folded]), "{width}");
        assert_eq!(browser.run("return document.documentElement.lang").await, "ko");
        assert_eq!(browser.console().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_page_and_all_it_loads_come_from_the_server_under_a_strict_policy() {
    let server = TestServer::with_contract("members", CONTRACT).await;
    let page = server.get("/members/docs").header("accept-language", "ko").answer().await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("<html lang=\"ko\">"));
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"),
        "{policy}"
    );

    let loaded: Vec<&str> =
        page.text().split("\"docs/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(loaded.len(), 3, "{loaded:?}");
    for name in loaded {
        assert_eq!(server.get(&format!("/members/docs/{name}")).answer().await.status, 200, "{name}");
    }
    let document = server.get("/members/openapi.json").answer().await;
    assert_eq!((document.status, document.json()["openapi"].as_str()), (200, Some("3.1.0")));
    assert_eq!(server.get("/members/docs/").answer().await.header("location"), "../docs");
    assert_eq!(server.get("/members/docs/other").answer().await.status, 404);
}
