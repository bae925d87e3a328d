//! An owner sets the server up, signs in, invites a moderator and is asked again: in a real browser, with JavaScript and
//! without.

use daemun_crypto::Totp;
use daemun_operations::administrator::{self, links};
use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Browser, TestServer};

const PASSWORD: &str = "walks in May";
const OWNER: &str = "ann@example.com";

/// The link that the command line would print, at this server.
async fn set_up_link(server: &TestServer) -> String {
    let client = Client { address: "127.0.0.1".parse().unwrap(), user_agent: None };
    let call = administrator::call(server.daemun(), client, "request-1");
    let call = Call { operator: Some(Operator::cli()), ..call };
    let url = links::set_up_link(server.daemun(), &call).await.unwrap().unwrap().url;
    here(server, &url)
}

/// A link of the console at the server's own address.
fn here(server: &TestServer, url: &str) -> String {
    let (_, path) = url.split_once("/console/").unwrap();
    server.url(&format!("/console/{path}"))
}

/// What the app shows that was given the key of the page.
async fn scan(browser: &Browser) -> Totp {
    let secret = browser.text(".secret").await.replace(' ', "");
    Totp::from_seed(&data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap()
}

fn code(server: &TestServer, totp: &Totp) -> String {
    totp.code(server.now().seconds().div_euclid(30))
}

/// Presses the button, and waits for the page that the title names.
async fn press(browser: &Browser, selector: &str, title: &str) {
    browser.click(selector).await;
    for _ in 0..600 {
        // Between two pages there is no heading.
        if browser.run("return document.querySelector('h1')?.textContent.trim() ?? ''").await == title {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{title} is not shown, but {}", browser.text("body").await);
}

async fn choose_password_and_app(server: &TestServer, browser: &Browser) -> Totp {
    let totp = scan(browser).await;
    browser.fill("#password", PASSWORD).await;
    browser.fill("#password_again", PASSWORD).await;
    browser.fill("#code", &code(server, &totp)).await;
    press(browser, "form.card button.primary", "Keep these recovery codes").await;
    totp
}

/// The first owner comes in by the set-up link, and signs out.
async fn set_up(server: &TestServer, browser: &Browser) -> Totp {
    browser.go(&format!("{}&lang=en", set_up_link(server).await)).await;
    browser.fill("#email", OWNER).await;
    browser.fill("#name", "Ann").await;
    let totp = choose_password_and_app(server, browser).await;
    press(browser, "a.button.primary", "Overview").await;
    browser.go(&server.url("/console/me")).await;
    press(browser, "form[action='/console/me/recovery-codes'] button", "Keep these recovery codes").await;
    browser.go(&server.url("/console/me")).await;
    totp
}

/// Signs out and, on the way to a page, in again.
async fn sign_in(server: &TestServer, browser: &Browser, totp: &Totp, page: &str) {
    browser.run("document.querySelectorAll('details').forEach(menu => menu.open = true)").await;
    browser.run("[...document.querySelectorAll(\"form[action='/console/sign-out']\")].pop().submit()").await;
    press(browser, "body", "Sign in").await;
    server.advance(60);
    browser.go(&server.url(page)).await;
    browser.fill("#email", OWNER).await;
    browser.fill("#password", PASSWORD).await;
    press(browser, "form.card button.primary", "Second factor").await;
    browser.fill("#code", &code(server, totp)).await;
    press(browser, "form.card button.primary", "Invite").await;
    assert_eq!(browser.run("return location.pathname").await, page);
}

/// Invites somebody; the link that is shown.
async fn invite(server: &TestServer, browser: &Browser) -> String {
    browser.fill("#email", "bob@example.com").await;
    browser.fill("#name", "Bob").await;
    press(browser, "form.card button.primary", "Link").await;
    here(server, &browser.text(".secret").await)
}

async fn whole_way(browser: Browser) {
    let server = TestServer::with_app("welt").await;
    let totp = set_up(&server, &browser).await;
    sign_in(&server, &browser, &totp, "/console/administrators/invite").await;
    let link = invite(&server, &browser).await;

    server.advance(11 * 60);
    browser.go(&server.url("/console/me/second-factor")).await;
    browser.fill("#password", PASSWORD).await;
    browser.fill("#code", &code(&server, &totp)).await;
    press(&browser, "form.card button.primary", "Another authenticator app").await;

    // Bob opens his link in the same browser: he is in as himself then.
    browser.go(&link).await;
    choose_password_and_app(&server, &browser).await;
    press(&browser, "a.button.primary", "Overview").await;
    browser.go(&server.url("/console/me")).await;
    let page = browser.text("main").await;
    assert!(page.contains("bob@example.com") && page.contains("Moderator"), "{page}");
    assert_eq!(browser.run("return document.cookie").await, "", "no script reads a cookie");
    // Nothing was refused by the policy, but for the icon that is none.
    let refused = browser.console().await;
    assert_eq!(refused.iter().filter(|line| !line.contains("'data:,'")).count(), 0, "{refused:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_comes_in_and_invites_a_moderator() {
    let Some(browser) = Browser::open(1280, 900).await else { return };
    whole_way(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_is_on_a_phone_without_scripts() {
    let Some(browser) = Browser::open_without_scripts(500, 844).await else { return };
    whole_way(browser).await;
}
