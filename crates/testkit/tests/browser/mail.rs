//! A password is forgotten, and the link of the mail, read in a real inbox, is opened in a real browser.

use daemun_testkit::{Answered, Browser, Setup, TestServer};
use daemun_testmail::{Inbox, Security};
use serde_json::{Value, json};

const EMAIL: &str = "student@example.ac.kr";

/// The status of HTTP and of the body.
async fn ask(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = server.post(&format!("/campus/users/{path}")).json(&body).answer().await;
    (answer.status, answer.json()["status"].clone())
}

fn done() -> (u16, Value) {
    (200, json!(0))
}

/// Signs a student up with the code of the first mail.
async fn sign_up(server: &TestServer, inbox: &Inbox) {
    let proof = json!({ "organization_id": "1", "email": EMAIL });
    assert_eq!(ask(server, "organization/send_auth_email", proof).await, done());
    let proof = json!({ "email": EMAIL, "code": inbox.last_to(EMAIL, 1).await.code() });
    assert_eq!(ask(server, "organization/check_auth_code", proof).await, done());
    let student =
        json!({ "username": "student", "password": "walks in May", "email": EMAIL, "organization": "1" });
    assert_eq!(ask(server, "signup", student).await, done());
}

async fn choose(browser: &Browser, password: &str, again: &str) {
    browser.fill("#password", password).await;
    browser.fill("#password_again", again).await;
    browser.click("button").await;
}

async fn follow_the_link(browser: Browser) {
    let Some(inbox) = Inbox::open(Security::StartTls) else { return };
    let setup = Setup::default().app_toml("name = \"campus\"\ndemo_rows = true\ncolor = \"#0a7d4b\"\n");
    let server = setup.email(&inbox.settings()).start().await;
    sign_up(&server, &inbox).await;
    browser.go(&server.url("/campus/pages/forgot?lang=ko")).await;
    browser.fill("#email", EMAIL).await;
    browser.click("button").await;
    assert_eq!(browser.text("h1").await, "인증 코드 입력");
    let mail = inbox.last_to(EMAIL, 2).await;
    assert!(mail.html.contains("bgcolor=\"#0a7d4b\""), "the mail has the app's colour: {}", mail.html);
    browser.go(mail.link()).await;
    assert_eq!(browser.text("h1").await, "새 비밀번호 설정");
    choose(&browser, "walks in June", "walks in May").await;
    assert_eq!(browser.text(".fault li:first-child a").await, "두 비밀번호가 서로 다릅니다.");
    choose(&browser, "walks in June", "walks in June").await;
    assert_eq!(browser.text("h1").await, "비밀번호를 변경했습니다");
    inbox.last_to(EMAIL, 3).await;
    let login = |password| json!({ "username": "student", "password": password });
    assert_eq!(ask(&server, "login", login("walks in May")).await, (401, json!(1)));
    assert_eq!(ask(&server, "login", login("walks in June")).await, done());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_mail_is_followed_on_a_phone() {
    let Some(browser) = Browser::open(390, 844).await else { return };
    follow_the_link(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_mail_is_followed_without_scripts() {
    let Some(browser) = Browser::open_without_scripts(1280, 900).await else { return };
    follow_the_link(browser).await;
}
