//! The hosted pages as members see them, with and without scripts.

use daemun_testkit::{Answered, Browser, TestServer};
use serde_json::json;

const CONTRACT: &str = r#"contract: members
title: Members
version: 1.0.0
language: ko

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
"#;

const EMAIL: &str = "a@example.com";

/// A password is forgotten and chosen anew, from the first page to the last.
async fn forget(browser: &Browser, server: &TestServer, new: &str) {
    browser.go(&server.url("/members/pages/forgot?lang=ko")).await;
    assert_eq!(browser.text("h1").await, "비밀번호 재설정");
    browser.click("nav a").await;
    assert_eq!(browser.text("h1").await, "Reset your password");
    browser.fill("#email", EMAIL).await;
    browser.click("button").await;
    assert_eq!(browser.text("h1").await, "Enter the code");
    let code = server.last_message_to(EMAIL).await.code.expect("the mail has a code");
    for (code, password, told) in [
        ("000000", "short", "It needs at least 8 characters."),
        ("000000", new, "This code is wrong or no longer works. Use the one from the latest mail."),
    ] {
        choose(browser, code, password).await;
        assert_eq!(browser.text(".fault li:first-child a").await, told);
    }
    choose(browser, &code, new).await;
    assert_eq!(browser.text("h1").await, "Your password is changed");
    let body = json!({ "email": EMAIL, "password": new });
    assert_eq!(server.post("/members/sessions").json(&body).answer().await.status, 200);
}

/// Fills in the page of the code, and sends it.
async fn choose(browser: &Browser, code: &str, password: &str) {
    browser.fill("#code", code).await;
    browser.fill("#password", password).await;
    browser.fill("#password_again", password).await;
    browser.click("button").await;
}

async fn member() -> TestServer {
    let server = TestServer::with_contract("members", CONTRACT).await;
    let body = json!({ "email": EMAIL, "password": "correct horse battery" });
    assert_eq!(server.post("/members/members").json(&body).answer().await.status, 201);
    server
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_on_a_phone() {
    let Some(browser) = Browser::open(390, 844).await else { return };
    let server = member().await;
    forget(&browser, &server, "staple battery horse").await;
    for page in ["forgot", "code", "reset", "resend", "nothing"] {
        for language in ["ko", "en"] {
            browser.go(&server.url(&format!("/members/pages/{page}?lang={language}"))).await;
            let wide = browser.run("return document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(wide, json!(false), "{page} in {language} is wider than the window");
            let unnamed = browser.run(UNNAMED).await;
            assert_eq!(unnamed, json!([]), "{page} in {language}");
            assert_eq!(browser.run("return document.documentElement.lang").await, json!(language));
        }
    }
    browser.go(&server.url("/members/pages/code")).await;
    assert_eq!(browser.run("return document.activeElement.id").await, json!("email"));
    let refused: Vec<_> =
        browser.console().await.into_iter().filter(|line| line.contains("Content Security Policy")).collect();
    assert_eq!(refused, Vec::<String>::new());
    server.stop().await;
}

/// The inputs without a label, and the small things that a thumb cannot hit.
const UNNAMED: &str = "return [...document.querySelectorAll('input:not([type=hidden]), button')]\
    .filter(one => (one.tagName === 'INPUT' && one.labels.length !== 1) || one.getBoundingClientRect().height < 44)\
    .map(one => one.outerHTML)";

#[tokio::test]
async fn it_works_without_scripts_too() {
    let Some(browser) = Browser::open_without_scripts(1280, 900).await else { return };
    let server = member().await;
    forget(&browser, &server, "horse staple battery").await;
    server.stop().await;
}
