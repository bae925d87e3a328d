//! What members and other administrators write, wherever the console shows it or writes it into a file or a mail: it is
//! never markup, never a script, never a formula.

use daemun_model::Role;
use daemun_testkit::{Administrator, Answered, Setup, TestServer};
use serde_json::{Value, json};

use super::PASSWORD;

/// What would be markup, were it not escaped; and what a table would calculate.
const SCRIPTS: [&str; 2] = ["<img src=x onerror=alert(1)>", "=HYPERLINK(\"https://evil.example\";\"x\")"];

/// What no page may hold.
const BROKEN_OUT: [&str; 3] = ["<img src=x", "onerror=alert(1)>", "href=\"https://evil"];

/// Signs somebody up whose names are a script, and gives the token.
async fn sign_up(server: &TestServer, email: &str, script: &str) -> String {
    let body = json!({
        "email": email, "password1": PASSWORD, "password2": PASSWORD, "last_name": script, "first_name": script,
        "gender": 1, "birth_date": "1990-01-01",
    });
    let request = server.post("/solgik/rest-auth/signup/").header("user-agent", script).json(&body);
    let answer = request.answer().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

async fn send(server: &TestServer, token: &str, path: &str, body: &Value) {
    let request = server.post(&format!("/solgik{path}")).header("authorization", format!("Token {token}"));
    let answer = request.json(body).answer().await;
    assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text());
}

/// A member's page, below the console.
async fn path_of(server: &TestServer, owner: &Administrator, email: &str) -> String {
    let found = owner.see(server, &format!("/solgik/accounts?q={email}")).await;
    let path = found.text().split("<a href=\"/console").find(|rest| rest.starts_with("/solgik/accounts/"));
    path.and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

/// Writes the script wherever an administrator can write, too.
async fn administrators_write(server: &TestServer, owner: &Administrator, account: &str, script: &str) {
    let uuid = account.rsplit('/').next().unwrap();
    for (path, fields) in [
        ("/solgik/organizations/new", vec![("name", script), ("region", script)]),
        ("/solgik/catalogs/interests/new", vec![("name", script), ("image", script)]),
        (
            "/solgik/points/grant",
            vec![("account", uuid), ("amount", "5"), ("reason", script), ("idempotency_key", script)],
        ),
        (
            "/solgik/api-keys/new",
            vec![("name", script), ("permissions", "accounts:read"), ("expires_in_days", "30")],
        ),
        (
            "/administrators/invite",
            vec![("email", "b@example.com"), ("name", script), ("role", "auditor"), ("language", "en")],
        ),
        (&format!("{account}/suspend"), vec![("reason", script)]),
        (&format!("{account}/restore"), vec![("reason", script)]),
    ] {
        let done = owner.act(server, path, &fields).await;
        assert!(matches!(done.status, 200 | 303 | 400), "{path}: {} {}", done.status, done.text());
        for broken_out in BROKEN_OUT {
            assert!(!done.text().contains(broken_out), "{path}: {}", done.text());
        }
    }
}

#[tokio::test]
async fn whoever_writes_it_and_wherever_it_is_shown() {
    let server = Setup::default().app("solgik").start().await;
    let owner = server.administrator(Role::Owner).await;
    for (number, script) in SCRIPTS.into_iter().enumerate() {
        let email = format!("a{number}@example.com");
        let token = sign_up(&server, &email, script).await;
        let friend = sign_up(&server, &format!("f{number}@example.com"), script).await;
        send(&server, &token, "/rooms/", &json!({ "name": script, "description": script })).await;
        let account = path_of(&server, &owner, &email).await;
        let other = path_of(&server, &owner, &format!("f{number}@example.com")).await;
        let id = |page: &str| {
            page.split("<span>#").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned()
        };
        let (own, theirs) = (owner.see(&server, &account).await, owner.see(&server, &other).await);
        send(&server, &token, &format!("/accounts/friend/{}/", id(theirs.text())), &json!({})).await;
        send(&server, &friend, &format!("/accounts/friend/{}/accept/", id(own.text())), &json!({})).await;
        administrators_write(&server, &owner, &account, script).await;

        let uuid = account.rsplit('/').next().unwrap().to_owned();
        let pages = [
            "/",
            "/solgik/accounts",
            &account,
            &format!("{account}/edit"),
            &format!("{account}/delete"),
            &other,
            "/solgik/organizations",
            "/solgik/catalogs/interests",
            "/solgik/messages",
            "/solgik/audit",
            "/server-audit",
            "/solgik/api-keys",
            "/administrators",
            "/me",
            "/system",
            "/apps/solgik",
            "/solgik/product-keys",
            &format!("/solgik/points?account={uuid}"),
            &format!("/solgik/messages?account={uuid}"),
        ];
        let mut seen = 0;
        for path in pages {
            let page = owner.see(&server, path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            for broken_out in BROKEN_OUT {
                assert!(!page.text().contains(broken_out), "{path} has {broken_out}: {}", page.text());
            }
            seen += page.text().matches("&lt;img src=x").count() + page.text().matches("=HYPERLINK(").count();
        }
        assert!(seen > 10, "what was written is shown: {seen}");
    }
    server.stop().await;
}

/// The cells of a table in text.
fn cells(table: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for one in table.trim_start_matches('\u{feff}').chars() {
        match one {
            '"' => quoted = !quoted,
            '\r' if !quoted => {}
            ',' | '\n' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(one),
        }
    }
    cells
}

#[tokio::test]
async fn no_cell_of_a_table_that_is_taken_out_is_a_formula() {
    let server = Setup::default().app("solgik").start().await;
    let owner = server.administrator(Role::Owner).await;
    for (number, formula) in ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", " =1+1"].into_iter().enumerate() {
        let email = format!("a{number}@example.com");
        sign_up(&server, &email, formula).await;
        let account = path_of(&server, &owner, &email).await;
        administrators_write(&server, &owner, &account, formula).await;
        let keys = [("keys", "-1\n-A1")];
        owner.act(&server, "/solgik/product-keys/import", &keys).await;
    }
    let mut held = 0;
    for path in [
        "/solgik/accounts/export",
        "/solgik/audit/export",
        "/server-audit/export",
        "/solgik/organizations/export",
        "/solgik/product-keys/export",
    ] {
        let table = owner.see(&server, path).await;
        assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"), "{path}");
        assert!(table.header("content-disposition").starts_with("attachment; filename=\""), "{path}");
        for cell in cells(table.text()) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{path} has the cell {cell}");
            held += usize::from(cell.starts_with('\''));
        }
    }
    assert!(held > 5, "formulas are there, with an apostrophe before them: {held}");
    server.stop().await;
}
