//! The screens beside accounts and approvals: who may see them, what their acts do, and that nobody's text is markup.

use daemun_model::Role;
use daemun_testkit::{Administrator, Answered, TestServer};
use serde_json::json;

use super::{member, path_of, server};

const SCRIPT: &str = "<script>alert(1)</script>";

/// The lines of the audit with this act, as `audit.export` writes them.
async fn audited(server: &TestServer, who: &Administrator, act: &str) -> Vec<String> {
    let file = who.see(server, &format!("/members/audit/export?act={act}")).await;
    assert_eq!(file.status, 200, "{}", file.text());
    file.text().lines().skip(1).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_role_sees_its_screens_and_no_others() {
    let server = server().await;
    let screens = [
        "/members/organizations",
        "/members/organizations/new",
        "/members/product-keys",
        "/members/product-keys/generate",
        "/members/catalogs",
        "/members/catalogs/professions/new",
        "/members/points",
        "/members/messages",
        "/members/audit",
        "/members/audit/export",
        "/members/accounts/export",
        "/members/api-keys",
        "/members/api-keys/new",
        "/apps",
        "/apps/members",
        "/system",
        "/system/keys/members/rotate",
        "/administrators",
        "/server-audit",
        "/server-audit/export",
        "/server-keys",
        "/server-keys/new",
        "/members/organizations/export",
    ];
    let seen = [
        (Role::Owner, "y y y y y y y y y y y y y y y y y y y y y y y"),
        (Role::Operator, "y y y y y y y y y y y - - y y y - - y y - - y"),
        (Role::Moderator, "y - - - y - y - - - - - - - - - - - - - - - -"),
        (Role::Auditor, "y - y - y - y y y y - - - y y y - - y y - - -"),
    ];
    for (role, expected) in seen {
        let who = server.administrator(role).await;
        let home = who.see(&server, "/members/organizations").await;
        for (path, expected) in screens.iter().zip(expected.split(' ')) {
            let page = who.see(&server, path).await;
            let status = if expected == "y" { 200 } else { 403 };
            assert_eq!(page.status, status, "{role} {path}: {}", page.text());
            let is_section = path.matches('/').count() == if path.starts_with("/members") { 2 } else { 1 };
            if is_section {
                let link = format!("href=\"/console{path}\"");
                assert_eq!(home.text().contains(&link), status == 200, "{role} {path} in the navigation");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_act_without_its_permission_changes_nothing() {
    let server = server().await;
    member(&server, "a@example.com").await;
    let owner = server.administrator(Role::Owner).await;
    let acts: [(&str, &[(&str, &str)]); 8] = [
        ("/members/organizations/new", &[("name", "School")]),
        ("/members/organizations/import", &[("table", "name\nSchool"), ("do", "import")]),
        ("/members/product-keys/generate", &[("count", "2")]),
        ("/members/product-keys/import", &[("keys", "ABCD")]),
        ("/members/catalogs/interests/new", &[("name", "Golf")]),
        ("/members/points/grant", &[("account", "1"), ("amount", "5"), ("reason", "x")]),
        ("/members/api-keys/new", &[("name", "k"), ("permissions", "accounts:read")]),
        ("/system/keys/members/rotate", &[]),
    ];
    for role in [Role::Moderator, Role::Auditor] {
        let who = server.administrator(role).await;
        for (path, fields) in acts {
            assert_eq!(who.act(&server, path, fields).await.status, 403, "{role} {path}");
        }
    }
    for path in ["/members/organizations", "/members/product-keys", "/members/catalogs", "/members/api-keys"]
    {
        let page = owner.see(&server, path).await;
        assert!(!page.text().contains("<tbody>"), "{path}: {}", page.text());
    }
    let writes = ["organization.save", "product_key.generate", "catalog.save", "point.grant", "keys.rotate"];
    for act in writes {
        assert_eq!(audited(&server, &owner, act).await, [""; 0], "{act}");
    }
    server.stop().await;
}

#[tokio::test]
async fn product_keys_are_made_brought_in_and_taken_out() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    let none = operator.see(&server, "/members/product-keys").await;
    assert!(none.text().contains("No product keys yet"), "{}", none.text());
    for count in ["", "0", "many", "10001"] {
        let refused = operator.act(&server, "/members/product-keys/generate", &[("count", count)]).await;
        assert_eq!(refused.status, 400, "{count}");
        assert!(refused.text().contains("id=\"count-faults\""), "{}", refused.text());
    }
    let made = operator.act(&server, "/members/product-keys/generate", &[("count", "2")]).await;
    assert!(made.text().contains("2 keys were made."), "{}", made.text());

    let wrong = format!("KEY-1\n\n  key-2 \n{SCRIPT}");
    let refused = operator.act(&server, "/members/product-keys/import", &[("keys", &wrong)]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("Line 4: <code>&lt;script&gt;"), "{}", refused.text());
    assert!(!refused.text().contains(SCRIPT));
    let done =
        operator.act(&server, "/members/product-keys/import", &[("keys", "KEY-1\n\n  key-2 \nKEY-1")]).await;
    assert!(done.text().contains("<dt>New</dt><dd>2</dd>"), "{}", done.text());
    assert!(done.text().contains("<dt>There already</dt><dd>1</dd>"), "{}", done.text());

    let file = operator.see(&server, "/members/product-keys/export").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"members-product-keys-"));
    assert_eq!(file.text().lines().count(), 5, "{}", file.text());
    assert!(file.text().starts_with("\u{feff}key,state,account,registered_at,created_at\r\n"));
    let used = operator.see(&server, "/members/product-keys?state=used").await;
    assert!(used.text().contains("Nothing found"), "{}", used.text());
    assert_eq!(operator.see(&server, "/members/product-keys/export?state=lost").await.status, 400);
    for (act, lines) in [("product_key.generate", 1), ("product_key.import", 1)] {
        assert_eq!(audited(&server, &operator, act).await.len(), lines, "{act}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_list_goes_on_with_its_filter() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    operator.act(&server, "/members/product-keys/generate", &[("count", "101")]).await;
    let first = operator.see(&server, "/members/product-keys?state=free").await;
    assert_eq!(first.text().matches("<tr>").count(), 101, "a head and a hundred keys");
    let next = first.text().split("/members/product-keys?state=free&amp;cursor=").nth(1);
    let next = next.and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let second = operator.see(&server, &format!("/members/product-keys?state=free&cursor={next}")).await;
    assert_eq!(second.text().matches("<tr>").count(), 2, "{}", second.text());
    assert!(second.text().contains("href=\"/console/members/product-keys?state=free\""), "back to the first");
    server.stop().await;
}

#[tokio::test]
async fn points_are_granted_once_however_often_the_form_is_sent() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    let page = operator.see(&server, "/members/points?account=a@example.com").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let hidden = |name: &str| {
        let rest = page.text().split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (account, once) = (hidden("account"), hidden("idempotency_key"));
    let form = [
        ("account", account.as_str()),
        ("idempotency_key", once.as_str()),
        ("amount", "1,200"),
        ("reason", SCRIPT),
    ];
    for _ in 0..2 {
        let done = operator.act(&server, "/members/points/grant", &form).await;
        assert_eq!(
            (done.status, done.header("location")),
            (303, format!("/console/members/points?account={account}&done=points").as_str())
        );
    }
    let ledger = operator.see(&server, &format!("/members/points?account={account}")).await;
    assert!(
        ledger.text().contains("+1,200") && ledger.text().contains("&lt;script&gt;"),
        "{}",
        ledger.text()
    );
    assert!(ledger.text().contains("<dt>Balance</dt><dd>1,200</dd>") && !ledger.text().contains(SCRIPT));
    assert_eq!(audited(&server, &operator, "point.grant").await.len(), 1);

    for (amount, reason) in [("-1201", "too much"), ("x", "no number"), ("0", "nothing"), ("5", "")] {
        let fields = [("account", account.as_str()), ("amount", amount), ("reason", reason)];
        let refused = operator.act(&server, "/members/points/grant", &fields).await;
        assert_eq!(refused.status, 400, "{amount}");
        assert!(refused.text().contains("-faults\""), "{}", refused.text());
    }
    let nobody = operator.see(&server, "/members/points?account=b@example.com").await;
    assert_eq!(nobody.status, 404);
    assert!(
        nobody.text().contains("account") && nobody.text().contains("class=\"faults\""),
        "{}",
        nobody.text()
    );
    assert_eq!(audited(&server, &operator, "point.grant").await.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn organisations_are_looked_at_before_they_are_brought_in() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    let table = format!("id,name,region,domains\r\nsnu,서울대학교,서울,snu.ac.kr\r\n,{SCRIPT},,=1.kr\r\n");
    let wrong =
        operator.act(&server, "/members/organizations/import", &[("table", &table), ("do", "import")]).await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text().contains("Nothing was changed.") && wrong.text().contains("Line 3 · domains"),
        "{}",
        wrong.text()
    );
    let table = table.replace("=1.kr", "b.kr");
    let plan =
        operator.act(&server, "/members/organizations/import", &[("table", &table), ("do", "look")]).await;
    assert_eq!(plan.status, 200);
    assert!(plan.text().contains("Import now (2 new or changed)"), "{}", plan.text());
    assert!(!plan.text().contains(SCRIPT));
    let none = operator.see(&server, "/members/organizations").await;
    assert!(none.text().contains("No organisations yet"), "{}", none.text());

    let done =
        operator.act(&server, "/members/organizations/import", &[("table", &table), ("do", "import")]).await;
    assert_eq!(done.header("location"), "/console/members/organizations?done=organization-import");
    let found = operator.see(&server, "/members/organizations?q=SNU.ac").await;
    assert!(found.text().contains("서울대학교") && !found.text().contains("b.kr"), "{}", found.text());

    let taken = operator
        .act(
            &server,
            "/members/organizations/new",
            &[("name", "서울대학교"), ("region", "서울"), ("id", "x")],
        )
        .await;
    assert_eq!(taken.status, 400, "{}", taken.text());
    assert!(taken.text().contains("There is one already."), "{}", taken.text());
    let fields = [("name", "=Seoul"), ("region", "서울"), ("domains", "@snu.ac.kr\nsnu.kr")];
    let saved = operator.act(&server, "/members/organizations/snu", &fields).await;
    assert_eq!(saved.header("location"), "/console/members/organizations?done=organization-save");
    let file = operator.see(&server, "/members/organizations/export").await;
    assert!(file.text().contains("snu,'=Seoul,서울,snu.ac.kr snu.kr\r\n"), "{}", file.text());
    let again = [("table", file.text()), ("do", "look")];
    let again = operator.act(&server, "/members/organizations/import", &again).await;
    assert!(again.text().contains("Import now (0 new or changed)"), "{}", again.text());

    let moderator = server.administrator(Role::Moderator).await;
    let list = moderator.see(&server, "/members/organizations").await;
    assert!(list.text().contains("=Seoul") && !list.text().contains("snu.kr"), "names without domains");
    for (act, lines) in [("organization.import", 1), ("organization.save", 1)] {
        assert_eq!(audited(&server, &operator, act).await.len(), lines, "{act}");
    }
    server.stop().await;
}

#[tokio::test]
async fn items_of_a_catalogue_change_places() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    for (id, name) in [("golf", "Golf"), ("wine", SCRIPT), ("film", "Film")] {
        let fields = [("id", id), ("name", name), ("emoji", "⛳")];
        let saved = operator.act(&server, "/members/catalogs/interests/new", &fields).await;
        assert_eq!(saved.header("location"), "/console/members/catalogs/interests?done=catalog-save");
    }
    let order = async || {
        let page = operator.see(&server, "/members/catalogs").await;
        assert!(!page.text().contains(SCRIPT), "{}", page.text());
        let ids = page.text().split("<tr id=\"item-").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order().await, ["golf", "wine", "film"]);
    for (path, expected) in [
        ("film/up", ["golf", "film", "wine"]),
        ("golf/up", ["golf", "film", "wine"]),
        ("golf/down", ["film", "golf", "wine"]),
    ] {
        let moved = operator.act(&server, &format!("/members/catalogs/interests/{path}"), &[]).await;
        assert_eq!(moved.status, 303, "{path}");
        assert_eq!(order().await, expected, "{path}");
    }
    let refused = operator.act(&server, "/members/catalogs/interests/golf", &[("name", "")]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("id=\"name-faults\""), "{}", refused.text());
    let fields = [("name", "Golf!"), ("retired", "yes")];
    operator.act(&server, "/members/catalogs/interests/golf", &fields).await;
    let page = operator.see(&server, "/members/catalogs").await;
    assert!(page.text().contains("Golf!") && page.text().contains("retired"), "{}", page.text());
    assert_eq!(order().await, ["film", "golf", "wine"]);
    assert_eq!(operator.act(&server, "/members/catalogs/interests/none/up", &[]).await.status, 404);
    assert_eq!(operator.see(&server, "/members/catalogs/songs").await.status, 404);
    assert_eq!(audited(&server, &operator, "catalog.save").await.len(), 6);
    server.stop().await;
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_revoked() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let nothing = owner.act(&server, "/members/api-keys/new", &[("name", "k")]).await;
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("id=\"permissions-faults\""), "{}", nothing.text());
    let fields = [("name", SCRIPT), ("permissions", "accounts:read"), ("expires_in_days", "30")];
    let made = owner.act(&server, "/members/api-keys/new", &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    assert!(!made.text().contains(SCRIPT));
    let key = made.text().lines().find(|line| line.starts_with("daemun_")).unwrap();
    let key = key.split('<').next().unwrap().to_owned();
    let calls = async || {
        let request = server.get("/members/admin/accounts").header("authorization", format!("Bearer {key}"));
        request.answer().await.status
    };
    assert_eq!(calls().await, 200);
    let list = owner.see(&server, "/members/api-keys").await;
    let id = key.split('_').nth(1).unwrap().to_owned();
    assert!(list.text().contains(&id) && !list.text().contains(&key) && !list.text().contains(SCRIPT));

    let revoke = format!("/members/api-keys/{id}/revoke");
    let asked = owner.see(&server, &revoke).await;
    assert!(asked.text().contains("Revoke this API key?"), "{}", asked.text());
    assert_eq!(calls().await, 200, "asking changes nothing");
    let done = owner.act(&server, &revoke, &[]).await;
    assert_eq!(done.header("location"), "/console/members/api-keys?done=api-key-revoke");
    assert_eq!(calls().await, 401);
    for act in ["api_key.create", "api_key.revoke"] {
        assert_eq!(audited(&server, &owner, act).await.len(), 1, "{act}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_sensitive_asks_who_is_there_after_a_while() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    server.advance(20 * 60);
    for (path, next) in [
        ("/members/api-keys/new", "%2Fconsole%2Fmembers%2Fapi-keys%2Fnew"),
        ("/members/audit/export?act=x", "%2Fconsole%2Fmembers%2Faudit%2Fexport%3Fact%3Dx"),
        ("/members/accounts/export?q=kim", "%2Fconsole%2Fmembers%2Faccounts%2Fexport%3Fq%3Dkim"),
        ("/members/product-keys/export", "%2Fconsole%2Fmembers%2Fproduct-keys%2Fexport%3F"),
        ("/members/organizations/export", "%2Fconsole%2Fmembers%2Forganizations%2Fexport"),
        ("/server-audit/export?act=x", "%2Fconsole%2Fserver-audit%2Fexport%3Fact%3Dx"),
        ("/server-keys/new", "%2Fconsole%2Fserver-keys%2Fnew"),
        ("/system/keys/members/rotate", "%2Fconsole%2Fsystem%2Fkeys%2Fmembers%2Frotate"),
    ] {
        let sent = owner.see(&server, path).await;
        let to = format!("/console/confirm?next={next}");
        assert_eq!((sent.status, sent.header("location")), (303, to.as_str()), "{path}");
    }
    for path in ["/members/api-keys/new", "/server-keys/new", "/system/keys/members/rotate"] {
        let sent = owner.act(&server, path, &[("name", "k"), ("permissions", "accounts:read")]).await;
        assert!(sent.header("location").starts_with("/console/confirm?next="), "{path}");
    }
    let list = owner.see(&server, "/members/api-keys").await;
    assert!(list.text().contains("No API keys yet"), "{}", list.text());
    server.stop().await;
}

#[tokio::test]
async fn messages_are_found_and_seen() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    member(&server, "b@example.com").await;
    let list = operator.see(&server, "/members/messages?to=a@example.com").await;
    assert!(
        list.text().contains("a@example.com") && !list.text().contains("<td data-label=\"To\">b@"),
        "{}",
        list.text()
    );
    let id = list
        .text()
        .split("/console/members/messages/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    let one = operator.see(&server, &format!("/members/messages/{id}")).await;
    assert_eq!(one.status, 200, "{}", one.text());
    assert!(one.text().contains("a@example.com") && one.text().contains("E-mail"), "{}", one.text());
    let nothing = operator.see(&server, "/members/messages?state=failed").await;
    assert!(nothing.text().contains("Nothing found"), "{}", nothing.text());
    let wrong = operator.see(&server, "/members/messages?state=lost").await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("id=\"state-faults\""), "{}", wrong.text());
    for id in ["x", "00000000-0000-7000-8000-000000000000"] {
        assert_eq!(operator.see(&server, &format!("/members/messages/{id}")).await.status, 404);
        let retried = operator.act(&server, &format!("/members/messages/{id}/retry"), &[]).await;
        assert!([400, 404].contains(&retried.status), "{}", retried.status);
    }
    server.stop().await;
}

#[tokio::test]
async fn the_audit_is_filtered_and_taken_out() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    let account = path_of(&server, &operator, "a@example.com").await;
    operator.act(&server, &format!("{account}/suspend"), &[("reason", "=cmd|' /C calc'!A1")]).await;
    let all = operator.see(&server, "/members/audit").await;
    assert!(
        all.text().contains("account.sign_up") && all.text().contains("account.suspend"),
        "{}",
        all.text()
    );
    let some = operator.see(&server, "/members/audit?act=account.suspend&account=a@example.com").await;
    assert!(!some.text().contains("account.sign_up<"), "{}", some.text());
    let day = server.now().to_datetime().format("%Y-%m-%d").to_string();
    let today = operator.see(&server, &format!("/members/audit?since={day}&until={day}")).await;
    assert!(today.text().contains("account.suspend"), "{}", today.text());
    let long_ago = operator.see(&server, "/members/audit?until=2020-01-01").await;
    assert!(long_ago.text().contains("Nothing found"), "{}", long_ago.text());
    for wrong in
        ["since=yesterday", "account=nobody@example.com", "cursor=x", "since=2026-02-02&until=2026-01-01"]
    {
        let page = operator.see(&server, &format!("/members/audit?{wrong}")).await;
        assert_eq!(page.status, 400, "{wrong}");
    }
    let lines = audited(&server, &operator, "account.suspend").await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("'=cmd|"), "no formula: {lines:?}");
    // Who takes the audit out stands in it.
    assert_eq!(audited(&server, &operator, "audit.export").await.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn an_app_shows_its_contract() {
    let server = server().await;
    let auditor = server.administrator(Role::Auditor).await;
    let page = auditor.see(&server, "/apps/members").await;
    for text in ["/password/reset", "password.request_reset", "members 1.0.0", "/members/docs", "15 min"] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    assert_eq!(auditor.see(&server, "/apps/none").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_signing_key_is_rotated_and_revoked() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let kids = async || {
        let jwks = server.get("/members/.well-known/jwks.json").answer().await.json();
        let keys = jwks["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = kids().await;
    let asked = owner.see(&server, "/system/keys/members/rotate").await;
    assert!(asked.text().contains("signs after 10 minutes"), "{}", asked.text());
    assert_eq!(kids().await, before);
    let done = owner.act(&server, "/system/keys/members/rotate", &[]).await;
    assert_eq!(done.header("location"), "/console/system?done=key-rotate");
    let after = kids().await;
    assert_eq!(after.len(), before.len() + 1);
    let page = owner.see(&server, "/system").await;
    assert!(
        page.text().contains("published") && !page.text().contains("/system/keys/members/rotate"),
        "{}",
        page.text()
    );
    assert_eq!(owner.act(&server, "/system/keys/members/rotate", &[]).await.status, 409);

    let auditor = server.administrator(Role::Auditor).await;
    let seen = auditor.see(&server, "/system").await;
    assert!(seen.text().contains(&before[0]) && !seen.text().contains("/revoke"), "{}", seen.text());
    let revoke = format!("/system/keys/members/{}/revoke", before[0]);
    assert_eq!(auditor.act(&server, &revoke, &[]).await.status, 403);
    assert_eq!(owner.see(&server, &revoke).await.status, 200);
    assert_eq!(owner.act(&server, &revoke, &[]).await.header("location"), "/console/system?done=key-revoke");
    assert!(!kids().await.contains(&before[0]));
    assert_eq!(owner.see(&server, &revoke).await.status, 404);
    for act in ["keys.rotate", "keys.revoke"] {
        assert_eq!(audited(&server, &owner, act).await.len(), 1, "{act}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_overview_tells_what_happens_by_day_week_and_month() {
    let server = server().await;
    let moderator = server.administrator(Role::Moderator).await;
    member(&server, "a@example.com").await;
    member(&server, "b@example.com").await;
    let refused = json!({ "email": "a@example.com", "password": "wrong password" });
    assert_eq!(server.post("/members/sessions").json(&refused).answer().await.status, 401);
    let day = server.now().to_datetime().with_timezone(&server.app("members").timezone).format("%-d %b %Y");
    for (by, periods) in [("day", 30), ("week", 12), ("month", 12), ("lightyear", 30)] {
        let page = moderator.see(&server, &format!("/?by={by}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("2 members"), "{}", page.text());
        let figure = |name: &str| {
            let plot = page.text().split(&format!("<span>{name}</span>")).nth(1).unwrap().to_owned();
            let total = plot.split("<strong class=\"number\">").nth(1).unwrap().split('<').next().unwrap();
            (total.to_owned(), plot.split("</figure>").next().unwrap().matches("<rect").count())
        };
        assert_eq!(figure("Sign-ups"), ("2".to_owned(), 1), "{by}");
        assert_eq!(figure("Refused sign-ins"), ("1".to_owned(), 1), "{by}");
        assert_eq!(page.text().matches("<td class=\"lead\">").count(), periods, "{by}");
        assert!(!page.text().contains(" style="), "the policy allows none");
    }
    let page = moderator.see(&server, "/").await;
    assert!(page.text().contains(&format!("<title>{day}: 2</title>")), "{}", page.text());
    server.stop().await;
}

#[tokio::test]
async fn what_administrators_do_is_seen_filtered_and_taken_out() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let auditor = server.administrator(Role::Auditor).await;
    let fields = [("email", "eve@example.com"), ("name", "Eve"), ("role", "auditor"), ("language", "en")];
    assert_eq!(owner.act(&server, "/administrators/invite", &fields).await.status, 200);
    let seen = auditor.see(&server, "/server-audit").await;
    assert!(seen.text().contains("<code>administrator.invite</code>"), "{}", seen.text());
    assert!(!seen.text().contains("/console/administrators"), "who may not see administrators gets no links");
    let few = auditor.see(&server, "/server-audit?act=administrator.disable").await;
    assert!(!few.text().contains("<code>administrator.invite</code>"), "{}", few.text());
    let wrong = auditor.see(&server, "/server-audit?since=yesterday").await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());

    let file = auditor.see(&server, "/server-audit/export?act=administrator.invite").await;
    assert!(file.header("content-disposition").contains("daemun-audit-"), "{:?}", file.headers);
    let lines: Vec<String> = file.text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains(",administrator.invite,done,administrator:"), "{lines:?}");
    let seen = owner.see(&server, "/server-audit?act=audit.export").await;
    assert!(seen.text().contains("<code>audit.export</code>"), "taking it out is a line of it");
    let of_app = owner.see(&server, "/members/audit").await;
    assert!(!of_app.text().contains("administrator.invite"), "{}", of_app.text());
    server.stop().await;
}

#[tokio::test]
async fn every_table_that_is_taken_out_is_a_line_of_the_audit() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    for (path, act) in [
        ("accounts", "account.export"),
        ("product-keys", "product_key.export"),
        ("organizations", "organization.export"),
        ("audit", "audit.export"),
    ] {
        assert_eq!(owner.see(&server, &format!("/members/{path}")).await.status, 200);
        let before = audited(&server, &owner, act).await.len();
        let file = owner.see(&server, &format!("/members/{path}/export")).await;
        assert_eq!(file.status, 200, "{path}");
        // The file is written as it is read: its end is after its line.
        assert!(file.text().contains(','), "{path}");
        // What is asked here of the audit is itself taken out of it: one line more.
        let more = if act == "audit.export" { 2 } else { 1 };
        assert_eq!(audited(&server, &owner, act).await.len(), before + more, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_key_of_the_server_is_made_by_an_owner_and_opens_what_it_was_given() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let form = owner.see(&server, "/server-keys/new").await;
    for name in ["accounts:read", "system:read", "administrators:write", "system:write", "api_keys:write"] {
        assert!(form.text().contains(&format!("value=\"{name}\"")), "{name}: {}", form.text());
    }
    let of_app = owner.see(&server, "/members/api-keys/new").await;
    assert!(!of_app.text().contains("system:read"), "{}", of_app.text());
    let fields = [("name", "Watcher"), ("permissions", "system:read"), ("expires_in_days", "7")];
    let made = owner.act(&server, "/server-keys/new", &fields).await.text().to_owned();
    let at = made.find("daemun_").unwrap();
    let key: String = made[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let ask =
        async |path: &str| server.get(&format!("/members/admin{path}")).bearer_auth(&key).answer().await;
    assert_eq!(ask("/server").await.status, 200);
    assert_eq!(ask("/accounts").await.status, 403);
    let list = owner.see(&server, "/server-keys").await;
    assert!(list.text().contains("Watcher"), "{}", list.text());
    let id = &key["daemun_".len()..][..16];
    let revoked = owner.act(&server, &format!("/server-keys/{id}/revoke"), &[]).await;
    assert_eq!(revoked.header("location"), "/console/server-keys?done=api-key-revoke");
    assert_eq!(ask("/server").await.status, 401);
    server.stop().await;
}

#[tokio::test]
async fn an_owner_ends_the_sessions_of_another_administrator() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let auditor = server.administrator(Role::Auditor).await;
    let list = owner.see(&server, "/administrators").await.text().to_owned();
    let paths: Vec<&str> = list
        .split("href=\"/console")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with("/administrators/") && path.len() == "/administrators/".len() + 36)
        .collect();
    assert!(!paths.is_empty(), "{list}");
    for path in paths {
        let page = owner.see(&server, path).await;
        let form = format!("action=\"/console{path}/end-sessions\"");
        if page.text().contains(&form) {
            let done = owner.act(&server, &format!("{path}/end-sessions"), &[]).await;
            assert_eq!(done.header("location"), format!("/console{path}?done=administrator-sessions"));
        }
    }
    assert_eq!(auditor.see(&server, "/").await.status, 303, "signed out");
    assert_eq!(owner.see(&server, "/").await.status, 200, "nobody signs themselves out here");
    server.stop().await;
}

#[tokio::test]
async fn members_are_filtered_by_the_day_on_which_they_joined() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    server.advance(3 * 24 * 60 * 60);
    let operator_again = server.administrator(Role::Operator).await;
    member(&server, "b@example.com").await;
    drop(operator);
    let at = server.daemun().clock.now().to_datetime().format("%F").to_string();
    let seen = async |query: &str| {
        let page = operator_again.see(&server, &format!("/members/accounts?{query}")).await;
        let text = page.text().to_owned();
        (page.status, text.contains(">a@example.com<"), text.contains(">b@example.com<"))
    };
    assert_eq!(seen("").await, (200, true, true));
    // The day before today is between the two, whatever the app's time zone.
    let day = |days: i64| {
        let at = server.daemun().clock.now().plus_seconds(-days * 24 * 60 * 60);
        at.to_datetime().format("%F").to_string()
    };
    assert_eq!(seen(&format!("since={}", day(1))).await, (200, false, true), "{at}");
    assert_eq!(seen(&format!("until={}", day(2))).await, (200, true, false), "{at}");
    assert_eq!(seen("since=soon").await.0, 400);
    let file = operator_again.see(&server, &format!("/members/accounts/export?since={}", day(1))).await;
    assert!(
        file.text().contains("b@example.com") && !file.text().contains("a@example.com"),
        "{}",
        file.text()
    );
    server.stop().await;
}

#[tokio::test]
async fn the_ledger_of_the_whole_app_is_shown_page_by_page() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    let empty = operator.see(&server, "/members/points").await;
    assert!(empty.text().contains("Choose a member"), "{}", empty.text());
    member(&server, "a@example.com").await;
    member(&server, "b@example.com").await;
    for n in 0..51 {
        let who = if n % 2 == 0 { "a@example.com" } else { "b@example.com" };
        let (reason, key) = (format!("reason {n:02}"), format!("key-{n}"));
        let fields = [("account", who), ("amount", "5"), ("reason", &reason), ("idempotency_key", &key)];
        assert_eq!(operator.act(&server, "/members/points/grant", &fields).await.status, 303, "{n}");
    }
    let first = operator.see(&server, "/members/points").await.text().replace("&#x2f;", "/");
    assert!(
        first.contains("reason 50") && first.contains("reason 01") && !first.contains("reason 00"),
        "{first}"
    );
    assert!(first.contains("/members/points?account=1\""), "{first}");
    let next = first.split("href=\"/console").find(|rest| rest.starts_with("/members/points?cursor="));
    let next = next.and_then(|rest| rest.split('"').next()).unwrap().replace("&amp;", "&");
    let second = operator.see(&server, &next).await;
    assert!(second.text().contains("reason 00") && !second.text().contains("reason 01"), "{}", second.text());
    server.stop().await;
}

#[tokio::test]
async fn a_picture_of_a_catalogue_is_seen_where_it_lies_here() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    for (name, image) in [("Golf", "images/golf.png"), ("Wine", "https://evil.example/media/wine.png")] {
        let fields = [("name", name), ("image", image)];
        assert_eq!(operator.act(&server, "/members/catalogs/interests/new", &fields).await.status, 303);
    }
    let list = operator.see(&server, "/members/catalogs/interests").await;
    let text = list.text().replace("&#x2f;", "/");
    assert!(text.contains("/media/images/golf.png\" alt=\"\""), "{text}");
    assert_eq!(text.matches("<img ").count(), 1, "{text}");
    assert!(text.contains("https://evil.example/media/wine.png"), "it is told");
    assert!(!list.header("content-security-policy").contains("evil.example"));
    server.stop().await;
}

#[tokio::test]
async fn times_of_the_server_are_in_the_time_zone_that_is_configured() {
    for (setting, zone, told) in
        [("", "KST", "Times: Asia/Seoul"), ("[console]\ntimezone = \"UTC\"", "UTC", "Times: UTC")]
    {
        let server = daemun_testkit::Setup::default()
            .contract("members", crate::MEMBERS)
            .settings(setting)
            .start()
            .await;
        let owner = server.administrator(Role::Owner).await;
        let fields = [("email", "ada@example.com"), ("name", "Ada"), ("role", "auditor")];
        assert_eq!(owner.act(&server, "/administrators/invite", &fields).await.status, 200, "{zone}");
        let page = owner.see(&server, "/server-audit").await;
        assert!(page.text().contains(&format!("<th>When ({zone})</th>")), "{}", page.text());
        assert!(page.text().contains(told), "{}", page.text());
        // The apps keep their own.
        let page = owner.see(&server, "/members/audit").await;
        assert!(
            page.text().contains("Times: Asia/Seoul") || page.text().contains("Times: UTC"),
            "{}",
            page.text()
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn the_ledger_of_an_app_tells_members_by_name_and_is_narrowed_to_days() {
    let server = server().await;
    member(&server, "ann@example.com").await;
    for (amount, days) in [("5", 0), ("7", 2)] {
        server.advance(days * 24 * 60 * 60);
        let fields = [("account", "1"), ("amount", amount), ("reason", "Walked")];
        let operator = server.administrator(Role::Operator).await;
        assert_eq!(operator.act(&server, "/members/points/grant", &fields).await.status, 303);
    }
    let operator = server.administrator(Role::Operator).await;
    let all = operator.see(&server, "/members/points").await;
    assert!(
        all.text().contains("/members/points?account=1\">ann@example.com</a> <small>#1</small>"),
        "{}",
        all.text()
    );
    assert!(all.text().contains("+5") && all.text().contains("+7"), "{}", all.text());
    let day = |after: i64| {
        daemun_model::Timestamp(server.now().0 + after * 24 * 60 * 60 * 1_000_000)
            .to_datetime()
            .format("%F")
            .to_string()
    };
    for (filter, five, seven) in [
        (format!("until={}", day(-1)), true, false),
        (format!("since={}", day(-1)), false, true),
        (format!("since={}&until={}", day(-5), day(1)), true, true),
        (format!("account=1&since={}", day(-1)), false, true),
    ] {
        let found = operator.see(&server, &format!("/members/points?{filter}")).await;
        assert_eq!(found.status, 200, "{filter}");
        assert_eq!((found.text().contains("+5"), found.text().contains("+7")), (five, seven), "{filter}");
    }
    let none = operator.see(&server, &format!("/members/points?since={}", day(3))).await;
    assert!(none.text().contains("Nothing was given or taken on these days"), "{}", none.text());
    for filter in ["since=2026-13-45".to_owned(), format!("since={}&until={}", day(0), day(-3))] {
        let wrong = operator.see(&server, &format!("/members/points?{filter}")).await;
        assert_eq!(wrong.status, 400, "{filter}: {}", wrong.text());
    }
    server.stop().await;
}
