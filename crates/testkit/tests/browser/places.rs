//! The screens of the console, for tests and pictures that look at all of them.

use daemun_model::Role;
use daemun_operations::seed::{self, Wanted};
use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Administrator, Answered, Browser, Setup, TestServer};
use serde_json::json;

const PASSWORD: &str = "correct horse battery";
/// Whose applicants wait, and whose members there are.
pub const CLUB: &str = "mobile";
pub const SHOP: &str = "solgik";
const NONE: &str = "welt";

/// A call by the operator at the command line.
fn call(server: &TestServer, app: &str) -> Call {
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    Call { operator: Some(Operator::cli()), ..Call::new(server.app(app), client, "request-1") }
}

/// A server as it is after a while, with so many members, and an owner.
pub async fn lived_in(accounts: i64, applicants: i64) -> (TestServer, Administrator) {
    let server = Setup::default().app(CLUB).app(SHOP).app("campus").app(NONE).start().await;
    let daemun = server.daemun();
    seed::apply(daemun, &call(&server, CLUB), PASSWORD, applicants, |_| {}).await.unwrap();
    let password = daemun_crypto::password_rules::check(PASSWORD, &[]).unwrap();
    let wanted = Wanted { accounts, points: accounts * 10 };
    seed::seed(daemun, &call(&server, SHOP), password, wanted, |_| {}).await.unwrap();
    let phone = "Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36";
    for (password, times) in [(PASSWORD, 2), ("not this one", 6)] {
        for _ in 0..times {
            let body = json!({ "email": format!("member{accounts}@seed.example"), "password": password });
            server.post("/solgik/rest-auth/login/").header("user-agent", phone).json(&body).answer().await;
        }
    }
    let body = json!({ "email": format!("member{accounts}@seed.example") });
    server.post("/solgik/rest-auth/password/reset/").json(&body).answer().await;
    let owner = server.administrator(Role::Owner).await;
    (server, owner)
}

/// The path that an attribute of the page at `page` holds.
async fn path_of(server: &TestServer, browser: &Browser, page: &str, attribute: (&str, &str)) -> String {
    browser.go(&server.url(page)).await;
    let (selector, name) = attribute;
    let script = format!("return document.querySelector({selector:?})?.getAttribute({name:?}) ?? ''");
    let found = browser.run(&script).await;
    let found = found.as_str().unwrap_or_default().split(['?', '#']).next().unwrap_or_default().to_owned();
    assert!(!found.is_empty(), "there is no {selector} at {page}");
    found
}

/// Every screen with its name, for who is signed in at the browser: those that list, those that show one thing, forms,
/// and what is empty, wrong, refused or not there.
pub async fn all(server: &TestServer, browser: &Browser) -> Vec<(&'static str, String)> {
    let list = format!("/console/{SHOP}/accounts");
    let account = path_of(server, browser, &list, ("td.lead a", "href")).await;
    let queue = format!("/console/{CLUB}/approvals");
    let applicant = path_of(server, browser, &queue, ("form[action$=approve]", "action")).await;
    let applicant = applicant.replace("/approve", "");
    let message = path_of(server, browser, &format!("/console/{SHOP}/messages"), ("td.lead a", "href")).await;
    let organizations = "/console/campus/organizations";
    let mut screens = vec![
        ("overview", "/console/".to_owned()),
        ("overview-month", "/console/?by=month".to_owned()),
        ("account", account.clone()),
        ("applicant", applicant.clone()),
        ("account-applicant", applicant.replace("approvals", "accounts")),
        ("message", message),
        ("accounts-found", format!("{list}?q=%EA%B9%80")),
        ("organizations", organizations.to_owned()),
    ];
    for (name, act) in [
        ("account-edit", "edit"),
        ("account-suspend", "suspend"),
        ("account-restore", "restore"),
        ("account-end-sessions", "end-sessions"),
        ("account-send-reset", "send-reset"),
        ("account-open-sign-in", "open-sign-in"),
        ("account-delete", "delete"),
    ] {
        screens.push((name, format!("{account}/{act}")));
    }
    for (name, path) in OF_THE_SERVER {
        screens.push((name, format!("/console/{path}")));
    }
    for (name, path) in OF_AN_APP {
        screens.push((name, format!("/console/{SHOP}/{path}")));
    }
    for (name, path) in OF_THE_CLUB {
        screens.push((name, format!("/console/{CLUB}/{path}")));
    }
    for (name, path) in OF_AN_EMPTY_APP {
        screens.push((name, format!("/console/{NONE}/{path}")));
    }
    screens
}

const OF_THE_SERVER: [(&str, &str); 13] = [
    ("apps", "apps"),
    ("app", "apps/solgik"),
    ("system", "system"),
    ("key-rotate", "system/keys/solgik/rotate"),
    ("server-audit", "server-audit"),
    ("server-keys", "server-keys"),
    ("administrators", "administrators"),
    ("invite", "administrators/invite"),
    ("me", "me"),
    ("second-factor", "me/second-factor"),
    ("confirm", "confirm?next=%2Fconsole%2Fme"),
    ("missing", "nothing"),
    ("set-up-dead", "set-up?token=x"),
];

const OF_AN_APP: [(&str, &str); 20] = [
    ("accounts", "accounts"),
    ("accounts-suspended", "accounts?status=suspended"),
    ("accounts-none", "accounts?q=nobody-is-called-so"),
    ("accounts-wrong", "accounts?cursor=x"),
    ("account-missing", "accounts/0190d6a0-0000-7000-8000-000000000000"),
    ("organization-new", "organizations/new"),
    ("organizations-import", "organizations/import"),
    ("product-keys", "product-keys"),
    ("product-keys-generate", "product-keys/generate"),
    ("product-keys-import", "product-keys/import"),
    ("points", "points"),
    ("points-one", "points?account=member1@seed.example"),
    ("points-wrong", "points?account=nobody"),
    ("messages", "messages"),
    ("messages-wrong", "messages?account=nobody"),
    ("audit", "audit"),
    ("audit-wrong", "audit?since=2026-13-45"),
    ("audit-none", "audit?act=nothing"),
    ("api-keys", "api-keys"),
    ("api-key-new", "api-keys/new"),
];

const OF_THE_CLUB: [(&str, &str); 5] = [
    ("approvals", "approvals"),
    ("approvals-rejected", "approvals?status=rejected"),
    ("catalog", "catalogs/interests"),
    ("catalog-professions", "catalogs/professions"),
    ("catalog-new", "catalogs/interests/new"),
];

const OF_AN_EMPTY_APP: [(&str, &str); 6] = [
    ("empty-accounts", "accounts"),
    ("empty-approvals", "approvals"),
    ("empty-organizations", "organizations"),
    ("empty-product-keys", "product-keys"),
    ("empty-catalog", "catalogs/interests"),
    ("empty-messages", "messages"),
];
