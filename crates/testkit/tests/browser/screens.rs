//! Pictures of the screens, for the guide and for whoever changes one: `scripts/screens`.

use std::path::PathBuf;

use daemun_model::Role;
use daemun_operations::seed::{self, Wanted};
use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Answered, Browser, Setup, TestServer};

const PASSWORD: &str = "correct horse battery";
/// Whose applicants wait, and whose members there are.
const CLUB: &str = "mobile";
const SHOP: &str = "solgik";

fn call(server: &TestServer, app: &str) -> Call {
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    Call { operator: Some(Operator::cli()), ..Call::new(server.app(app), client, "request-1") }
}

/// A server as it is after a while.
async fn lived_in() -> TestServer {
    let server = Setup::default().app(CLUB).app(SHOP).app("campus").start().await;
    let daemun = server.daemun();
    seed::apply(daemun, &call(&server, CLUB), PASSWORD, 12, |_| {}).await.unwrap();
    let wanted = Wanted { accounts: 400, points: 4_000 };
    seed::seed(
        daemun,
        &call(&server, SHOP),
        daemun_crypto::password_rules::check(PASSWORD, &[]).unwrap(),
        wanted,
        |_| {},
    )
    .await
    .unwrap();
    server
}

/// The path of a link on the page that is open.
async fn path_of(browser: &Browser, selector: &str) -> String {
    let found = browser
        .run(&format!("return document.querySelector({selector:?})?.getAttribute('href') ?? ''"))
        .await;
    let found = found.as_str().unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    assert!(!found.is_empty(), "there is no {selector}");
    found
}

/// Makes a picture of each screen, at both widths, in both languages, light and dark; only of those that
/// `DAEMUN_SCREENS_ONLY` names, where it is set: `accounts-1280-en-light accounts-390-ko-dark …`.
#[tokio::test]
#[ignore = "makes pictures and proves nothing: scripts/screens"]
async fn pictures_of_the_screens() {
    let folder = PathBuf::from(std::env::var_os("DAEMUN_SCREENS").expect("DAEMUN_SCREENS is a folder"));
    let only = std::env::var_os("DAEMUN_SCREENS_ONLY").unwrap_or_default();
    let only = only.to_string_lossy();
    let server = lived_in().await;
    let owner = server.administrator(Role::Owner).await;
    for width in [1280, 390] {
        let Some(browser) = Browser::open(width, 860).await else { return };
        browser.resize(width, 860).await;
        browser.go(&server.url("/healthz")).await;
        browser.set_cookie("daemun-console", &owner.cookie).await;
        browser.go(&server.url(&format!("/console/{SHOP}/accounts"))).await;
        let account = path_of(&browser, "td.lead a").await;
        browser.go(&server.url(&format!("/console/{CLUB}/approvals"))).await;
        let applicant = path_of(&browser, ".decide .rows a").await;
        let screens = [
            ("overview", "/console/".to_owned()),
            ("accounts", format!("/console/{SHOP}/accounts")),
            ("accounts-none", format!("/console/{SHOP}/accounts?q=nobody-is-called-so")),
            ("account", account.clone()),
            ("account-edit", format!("{account}/edit")),
            ("account-suspend", format!("{account}/suspend")),
            ("account-applicant", applicant.replace("approvals", "accounts")),
            ("approvals", format!("/console/{CLUB}/approvals")),
            ("approvals-rejected", format!("/console/{CLUB}/approvals?status=rejected")),
            ("missing", "/console/nothing".to_owned()),
        ];
        for (name, path) in screens {
            for (language, scheme) in [("en", "light"), ("ko", "light"), ("en", "dark"), ("ko", "dark")] {
                let file = format!("{name}-{width}-{language}-{scheme}");
                if !only.is_empty() && !only.split_whitespace().any(|wanted| wanted == file) {
                    continue;
                }
                browser.prefer(scheme).await;
                let separator = if path.contains('?') { '&' } else { '?' };
                browser.go(&server.url(&format!("{path}{separator}lang={language}"))).await;
                let picture = browser.picture(width, if only.is_empty() { 1_800 } else { 860 }).await;
                std::fs::write(folder.join(format!("{file}.png")), picture).unwrap();
            }
        }
    }
    assert_eq!(server.get("/healthz").answer().await.status, 200);
    server.stop().await;
}
