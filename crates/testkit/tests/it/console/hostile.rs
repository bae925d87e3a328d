//! An attacker with an account, who writes what browsers would run into everything that administrators look at.

use daemun_model::Role;
use daemun_testkit::{Administrator, Answered, CLUB, Setup, TestServer};
use serde_json::json;

use super::PASSWORD;

/// What breaks out of a text, of an attribute in either quotes, of a script and of a style; and a link that runs.
const SCRIPTS: [&str; 5] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' autofocus onfocus='alert(1)",
    "</title></textarea></style><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
];

/// The path, below the console, of the account with this number.
async fn path_of(server: &TestServer, owner: &Administrator, id: usize) -> String {
    let found = owner.see(server, &format!("/club/accounts?q={id}")).await;
    let path = found.text().split("<a href=\"/console").find(|rest| rest.starts_with("/club/accounts/"));
    path.and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

/// Signs somebody up who writes a script wherever one can write.
async fn sign_up(server: &TestServer, number: usize, script: &str) {
    let body = json!({
        "email": format!("a{number}@example.com"),
        "password": PASSWORD,
        "name": script,
        "given_name": script,
        "family_name": script,
        "nickname": format!("{number}{script}"),
        "username": format!("{number}{script}"),
        "picture": format!("https://evil.example/{script}"),
        "motto": script,
    });
    let signed_up = server.post("/club/members").header("user-agent", script).json(&body).answer().await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.text());
    assert_eq!(sign_in(server, number, script).await, 403, "who waits is refused, which the audit notes");
}

async fn sign_in(server: &TestServer, number: usize, script: &str) -> u16 {
    let session = json!({ "email": format!("a{number}@example.com"), "password": PASSWORD });
    server.post("/club/sessions").header("user-agent", script).json(&session).answer().await.status
}

/// Every page that shows something of members, and those that show what a link says.
async fn pages(server: &TestServer, owner: &Administrator) -> Vec<String> {
    let fixed = ["/", "/club/accounts", "/club/approvals", "/club/approvals?status=rejected"];
    let mut pages: Vec<_> = fixed.map(str::to_owned).into();
    for id in 1..=SCRIPTS.len() {
        let path = path_of(server, owner, id).await;
        for act in ["", "/edit", "/send-reset", "/suspend", "/end-sessions", "/delete"] {
            pages.push(format!("{path}{act}"));
        }
        pages.push(path.replace("accounts", "approvals"));
    }
    for script in SCRIPTS {
        let query: String = url::form_urlencoded::byte_serialize(script.as_bytes()).collect();
        pages.push(format!("/club/accounts?q={query}&status={query}&cursor="));
        pages.push(format!("/?done={query}&lang={query}"));
        pages.push(format!("/club/approvals?cursor={query}&decided={query}&verdict={query}&back={query}"));
        pages.push(format!("/{query}/{query}"));
    }
    pages
}

/// What a page must not hold: each would be markup or a template of the attacker's.
const BROKEN_OUT: [&str; 8] = [
    "<script>alert",
    "<img src=x",
    "onfocus='",
    "' autofocus",
    "<svg onload",
    "src=\"https://evil",
    "href=\"https://evil",
    ">49<",
];

#[tokio::test]
async fn what_members_write_is_shown_and_never_run() {
    let server = Setup::default().contract("club", CLUB).start().await;
    let owner = server.administrator(Role::Owner).await;
    for (number, script) in SCRIPTS.into_iter().enumerate() {
        sign_up(&server, number, script).await;
    }
    // One is let in and signs in with a program of such a name, one is turned away with such a reason.
    let decide = async |id: usize, verdict: &str, reason: &str| {
        let path = path_of(&server, &owner, id).await.replace("accounts", "approvals");
        let done = owner.act(&server, &format!("{path}/{verdict}"), &[("reason", reason)]).await;
        assert_eq!(done.status, 303, "{}", done.text());
    };
    decide(2, "approve", "").await;
    assert_eq!(sign_in(&server, 1, SCRIPTS[1]).await, 200);
    decide(1, "reject", SCRIPTS[0]).await;

    let mut seen = 0;
    for path in pages(&server, &owner).await {
        let page = owner.see(&server, &path).await;
        assert!(matches!(page.status, 200 | 303 | 400 | 404), "{path}: {} {}", page.status, page.text());
        for broken_out in BROKEN_OUT {
            assert!(!page.text().contains(broken_out), "{path} has {broken_out}: {}", page.text());
        }
        seen += page.text().matches("&lt;script&gt;alert(1)").count();
        seen += page.text().matches("{{ 7 * 7 }}").count();
    }
    assert!(seen > 20, "what was written is shown: {seen}");
    server.stop().await;
}
