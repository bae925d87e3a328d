//! Every way into the console, with what it needs: each role is tried against each of them. The table below is held
//! against the source, so that a screen or an act that is added cannot be forgotten here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use daemun_model::{Permission, Role};
use daemun_testkit::{Administrator, Answer, Answered, CLUB, Setup, TestServer};
use regex::Regex;
use reqwest::Method;
use serde_json::json;

use super::PASSWORD;
use Need::{Anyone, Everybody, May};
use Permission::{
    AccountsErase, AccountsExport, AccountsRead, AccountsWrite, AdministratorsWrite, ApiKeysWrite,
    ApprovalsRead, ApprovalsWrite, AuditRead, CatalogWrite, OrganizationsWrite, OutboxRead, OutboxWrite,
    PointsRead, PointsWrite, ProductKeysRead, ProductKeysWrite, SystemRead, SystemWrite,
};

/// Who may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Who has this permission.
    May(Permission),
    /// Every administrator.
    Everybody,
    /// Whoever: nobody is signed in yet.
    Anyone,
}

/// One way in: the arm of a `match` in a file below `crates/pages/src/console`, an address that leads there, and who may
/// come. `acts` are both verbs at once.
type Way = (&'static str, &'static str, &'static str, Need);

/// Everything that shows something.
const SHOWS: [Way; 53] = [
    ("accounts", "[]", "/club/accounts", May(AccountsRead)),
    ("accounts", "[\"export\"]", "/club/accounts/export", May(AccountsExport)),
    ("accounts", "[account]", "{account}", May(AccountsRead)),
    ("accounts", "[account, \"files\", place]", "{account}/files/0", May(ApprovalsRead)),
    ("accounts", "[account, \"edit\"]", "{account}/edit", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/suspend", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/restore", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/end-sessions", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/send-reset", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/open-sign-in", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/delete", May(AccountsErase)),
    ("administrators", "[]", "/administrators", May(AdministratorsWrite)),
    ("administrators", "[\"invite\"]", "/administrators/invite", May(AdministratorsWrite)),
    ("administrators", "[uuid]", "/administrators/{uuid}", May(AdministratorsWrite)),
    ("api_keys", "[]", "/club/api-keys", May(ApiKeysWrite)),
    ("api_keys", "[\"new\"]", "/club/api-keys/new", May(ApiKeysWrite)),
    ("api_keys", "[id, \"revoke\"]", "/club/api-keys/0000000000000000/revoke", May(ApiKeysWrite)),
    ("approvals", "[]", "/club/approvals", May(ApprovalsRead)),
    ("approvals", "[account]", "{applicant}", May(ApprovalsRead)),
    ("apps", "[]", "/apps", May(SystemRead)),
    ("apps", "[name]", "/apps/club", May(SystemRead)),
    ("audit", "[]", "/club/audit", May(AuditRead)),
    ("audit", "[\"export\"]", "/club/audit/export", May(AuditRead)),
    ("catalogs", "[]", "/club/catalogs/interests", May(AccountsRead)),
    ("catalogs", "[\"new\"]", "/club/catalogs/interests/new", May(CatalogWrite)),
    ("catalogs", "[id]", "/club/catalogs/interests/golf", May(CatalogWrite)),
    ("enter", "[\"sign-in\"]", "/sign-in", Anyone),
    ("enter", "[\"sign-in\", \"code\"]", "/sign-in/code", Anyone),
    ("enter", "[page @ (\"set-up\" | \"join\")]", "/join?token=x", Anyone),
    ("enter", "Confirm []", "/confirm", Everybody),
    ("me", "[]", "/me", Everybody),
    ("me", "[\"second-factor\"]", "/me/second-factor", Everybody),
    ("messages", "[]", "/club/messages", May(OutboxRead)),
    ("messages", "[id]", "/club/messages/{uuid}", May(OutboxRead)),
    ("organizations", "[]", "/club/organizations", May(AccountsRead)),
    ("organizations", "[\"export\"]", "/club/organizations/export", May(OrganizationsWrite)),
    ("organizations", "[\"new\"]", "/club/organizations/new", May(OrganizationsWrite)),
    ("organizations", "[\"import\"]", "/club/organizations/import", May(OrganizationsWrite)),
    ("organizations", "[id]", "/club/organizations/7", May(OrganizationsWrite)),
    ("points", "[]", "/club/points", May(PointsRead)),
    ("product_keys", "[]", "/club/product-keys", May(ProductKeysRead)),
    ("product_keys", "[\"generate\"]", "/club/product-keys/generate", May(ProductKeysWrite)),
    ("system", "[]", "/system", May(SystemRead)),
    ("audit", "[]", "/server-audit", May(AuditRead)),
    ("audit", "[\"export\"]", "/server-audit/export", May(AuditRead)),
    ("api_keys", "[]", "/server-keys", May(ApiKeysWrite)),
    ("api_keys", "[\"new\"]", "/server-keys/new", May(ApiKeysWrite)),
    ("catalogs", "[]", "/club/catalogs", May(AccountsRead)),
    ("", "", "/", Everybody),
    ("product_keys", "[\"export\"]", "/club/product-keys/export", May(ProductKeysRead)),
    ("product_keys", "[\"import\"]", "/club/product-keys/import", May(ProductKeysWrite)),
    ("system", "[\"keys\", app, \"rotate\"]", "/system/keys/club/rotate", May(SystemWrite)),
    ("system", "[\"keys\", app, kid, \"revoke\"]", "/system/keys/club/kid/revoke", May(SystemWrite)),
];

const ACTS: [Way; 46] = [
    ("api_keys", "[\"new\"]", "/server-keys/new", May(ApiKeysWrite)),
    ("api_keys", "[id, \"revoke\"]", "/server-keys/0000000000000000/revoke", May(ApiKeysWrite)),
    (
        "administrators",
        "[uuid, act @ (\"role\" | \"disable\" | \"reset\" | \"end-sessions\")]",
        "/administrators/{uuid}/end-sessions",
        May(AdministratorsWrite),
    ),
    ("accounts", "[account, \"edit\"]", "{account}/edit", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/suspend", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/restore", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/end-sessions", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/send-reset", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/open-sign-in", May(AccountsWrite)),
    ("accounts", "[account, act]", "{account}/delete", May(AccountsErase)),
    ("administrators", "[\"invite\"]", "/administrators/invite", May(AdministratorsWrite)),
    ("administrators", "[\"withdraw\"]", "/administrators/withdraw", May(AdministratorsWrite)),
    (
        "administrators",
        "[uuid, act @ (\"role\" | \"disable\" | \"reset\" | \"end-sessions\")]",
        "/administrators/{uuid}/role",
        May(AdministratorsWrite),
    ),
    (
        "administrators",
        "[uuid, act @ (\"role\" | \"disable\" | \"reset\" | \"end-sessions\")]",
        "/administrators/{uuid}/disable",
        May(AdministratorsWrite),
    ),
    (
        "administrators",
        "[uuid, act @ (\"role\" | \"disable\" | \"reset\" | \"end-sessions\")]",
        "/administrators/{uuid}/reset",
        May(AdministratorsWrite),
    ),
    ("api_keys", "[\"new\"]", "/club/api-keys/new", May(ApiKeysWrite)),
    ("api_keys", "[id, \"revoke\"]", "/club/api-keys/0000000000000000/revoke", May(ApiKeysWrite)),
    ("approvals", "[account, verdict]", "{applicant}/approve", May(ApprovalsWrite)),
    ("approvals", "[account, verdict]", "{applicant}/reject", May(ApprovalsWrite)),
    ("approvals", "[account, verdict]", "{applicant}/reopen", May(ApprovalsWrite)),
    ("catalogs", "[\"new\"]", "/club/catalogs/interests/new", May(CatalogWrite)),
    ("catalogs", "[id]", "/club/catalogs/interests/golf", May(CatalogWrite)),
    ("catalogs", "[id, \"up\"]", "/club/catalogs/interests/golf/up", May(CatalogWrite)),
    ("catalogs", "[id, \"down\"]", "/club/catalogs/interests/golf/down", May(CatalogWrite)),
    ("enter", "[\"sign-in\"]", "/sign-in", Anyone),
    ("enter", "[\"sign-in\", \"code\"]", "/sign-in/code", Anyone),
    ("enter", "[page @ (\"set-up\" | \"join\")]", "/join", Anyone),
    ("enter", "Confirm []", "/confirm", Everybody),
    ("enter", "SignOut []", "/sign-out", Everybody),
    ("me", "[\"profile\"]", "/me/profile", Everybody),
    ("me", "[\"password\"]", "/me/password", Everybody),
    ("me", "[\"sessions\", \"end-others\"]", "/me/sessions/end-others", Everybody),
    ("me", "[\"sessions\", id, \"end\"]", "/me/sessions/{uuid}/end", Everybody),
    ("me", "[\"second-factor\"]", "/me/second-factor", Everybody),
    ("me", "[\"recovery-codes\"]", "/me/recovery-codes", Everybody),
    ("messages", "[id, \"retry\"]", "/club/messages/{uuid}/retry", May(OutboxWrite)),
    ("organizations", "[\"new\"]", "/club/organizations/new", May(OrganizationsWrite)),
    ("organizations", "[\"import\"]", "/club/organizations/import", May(OrganizationsWrite)),
    ("organizations", "[id]", "/club/organizations/7", May(OrganizationsWrite)),
    ("points", "[\"grant\"]", "/club/points/grant", May(PointsWrite)),
    ("product_keys", "[\"generate\"]", "/club/product-keys/generate", May(ProductKeysWrite)),
    ("product_keys", "[\"import\"]", "/club/product-keys/import", May(ProductKeysWrite)),
    ("system", "[\"keys\", app, \"rotate\"]", "/system/keys/club/rotate", May(SystemWrite)),
    ("system", "[\"keys\", app, kid, \"revoke\"]", "/system/keys/club/kid/revoke", May(SystemWrite)),
    // An act at a place that only shows something.
    ("", "", "/club/accounts", May(AccountsRead)),
    ("", "", "/club/audit", May(AuditRead)),
];

/// The Rust files of the console.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => files.extend(sources(&entry)),
            false => files.push(entry),
        }
    }
    files
}

/// The arms by which paths are told apart: `(file, acts, pattern)`.
fn arms() -> BTreeSet<(String, bool, String)> {
    let section = Regex::new(r"(?m)^\s+\((?:Section::(\w+), )?(true|false|acts), (\[[^\]\n]*\])\)").unwrap();
    let before = Regex::new(r"(?m)^\s+\((\[[^\]\n]*\]), (true|false)\)").unwrap();
    let mut arms = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pages/src/console");
    for file in sources(&folder) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        for found in section.captures_iter(&text) {
            let own = found.get(1).map_or(String::new(), |own| format!("{} ", own.as_str()));
            let pattern = format!("{own}{}", &found[3]);
            for acts in [true, false] {
                if &found[2] == "acts" || found[2] == acts.to_string() {
                    arms.insert((name.clone(), acts, pattern.clone()));
                }
            }
        }
        for found in before.captures_iter(&text) {
            arms.insert((name.clone(), &found[2] == "true", found[1].to_owned()));
        }
    }
    arms
}

#[test]
fn the_table_has_every_way_into_the_console() {
    let of = |way: Way, acts: bool| (way.0.to_owned(), acts, way.1.to_owned());
    let told: BTreeSet<_> =
        SHOWS.map(|way| of(way, false)).into_iter().chain(ACTS.map(|way| of(way, true))).collect();
    let told: BTreeSet<_> = told.into_iter().filter(|(file, _, _)| !file.is_empty()).collect();
    let arms = arms();
    assert!(arms.len() > 60, "the arms are found: {arms:?}");
    let missing: Vec<_> = arms.difference(&told).collect();
    assert!(missing.is_empty(), "add to the table of this file, with what each needs: {missing:#?}");
    let gone: Vec<_> = told.difference(&arms).collect();
    assert!(gone.is_empty(), "these are gone: {gone:#?}");
}

#[test]
fn the_table_has_every_section() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pages/src/console/section.rs");
    let text = fs::read_to_string(folder).unwrap();
    let names = text.split("fn name(self)").nth(1).and_then(|rest| rest.split("pub(crate)").next()).unwrap();
    let names: Vec<&str> = names.split('"').skip(1).step_by(2).filter(|name| !name.is_empty()).collect();
    assert!(names.len() > 15, "the names are found: {names:?}");
    let paths: Vec<&str> = SHOWS.into_iter().chain(ACTS).map(|(_, _, path, _)| path).collect();
    for name in names {
        let starts = [format!("/{name}"), format!("/club/{name}"), format!("{{{name}}}")];
        let found = paths.iter().any(|path| starts.iter().any(|start| path.starts_with(start.as_str())));
        assert!(found, "nobody asks for the section {name}");
    }
}

/// A club with a member who waits, and how the paths of the table read there.
struct Ground {
    server: TestServer,
    account: String,
    uuid: String,
}

impl Ground {
    async fn new() -> Self {
        let server = Setup::default().contract("club", CLUB).start().await;
        let owner = server.administrator(Role::Owner).await;
        let body = json!({ "email": "a@example.com", "password": PASSWORD });
        assert_eq!(server.post("/club/members").json(&body).answer().await.status, 201);
        let found = owner.see(&server, "/club/accounts?q=a@example.com").await;
        let path = found.text().split("<a href=\"/console").find(|rest| rest.starts_with("/club/accounts/"));
        let account = path.and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        Self { server, account, uuid: owner.uuid.to_string() }
    }

    fn path(&self, pattern: &str) -> String {
        pattern
            .replace("{account}", &self.account)
            .replace("{applicant}", &self.account.replace("accounts", "approvals"))
            .replace("{uuid}", &self.uuid)
    }

    /// What somebody did and what the audit says: nothing of it may be moved by what is refused.
    async fn is_untouched(&self) -> bool {
        let owner = self.server.administrator(Role::Owner).await;
        let page = owner.see(&self.server, &self.account).await;
        page.status == 200 && page.text().contains("The account waits for approval.")
    }
}

/// Whether an answer may be shown in a frame, guessed at, or kept by anybody.
fn assert_protected(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
        "{what}: {policy}"
    );
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    for cookie in [answer.header("set-cookie")].iter().filter(|cookie| !cookie.is_empty()) {
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{what}: {cookie}");
    }
}

#[tokio::test]
async fn each_role_comes_where_its_permissions_lead_and_nowhere_else() {
    let ground = Ground::new().await;
    for role in Role::ALL {
        let who = ground.server.administrator(role).await;
        let may = |need: Need| match need {
            May(permission) => role.permissions().hold(permission),
            Everybody | Anyone => true,
        };
        for (_, _, pattern, need) in SHOWS {
            let path = ground.path(pattern);
            let answer = who.see(&ground.server, &path).await;
            assert_protected(&path, &answer);
            assert_eq!(answer.status == 403, !may(need), "{role} sees {path}: {}", answer.status);
        }
        for (_, _, pattern, need) in ACTS.into_iter().filter(|(_, _, _, need)| !may(*need)) {
            let path = ground.path(pattern);
            let answer = who.act(&ground.server, &path, &[]).await;
            assert_protected(&path, &answer);
            assert_eq!(answer.status, 403, "{role} does {need:?} at {path}");
            assert!(!answer.text().contains("This form is out of date"), "it was the role: {path}");
        }
    }
    assert!(ground.is_untouched().await);
    ground.server.stop().await;
}

/// Sends an act with everything right but what is changed here.
async fn send(
    ground: &Ground,
    who: &Administrator,
    path: &str,
    (csrf, site): (&str, Option<&str>),
) -> Answer {
    let request = ground.server.post(&format!("/console{path}")).header("cookie", who.header());
    let request = request.header("accept-language", "en");
    let request = site.into_iter().fold(request, |request, site| request.header("sec-fetch-site", site));
    request.form(&[("csrf", csrf)]).answer().await
}

#[tokio::test]
async fn no_act_is_taken_without_the_token_of_its_session_or_from_another_site() {
    let ground = Ground::new().await;
    let owner = ground.server.administrator(Role::Owner).await;
    let other = ground.server.administrator(Role::Owner).await;
    for (_, _, pattern, need) in ACTS {
        let path = ground.path(pattern);
        let foreign = send(&ground, &owner, &path, (&owner.csrf, Some("cross-site"))).await;
        assert_eq!(foreign.status, 403, "{path} from another site");
        assert_protected(&path, &foreign);
        let sibling = send(&ground, &owner, &path, (&owner.csrf, Some("same-site"))).await;
        assert_eq!(sibling.status, 403, "{path} from another host of this site");
        if need == Anyone {
            continue;
        }
        for csrf in ["", "0", other.csrf.as_str()] {
            let forged = send(&ground, &owner, &path, (csrf, None)).await;
            assert_eq!(forged.status, 403, "{path} with {csrf:?}");
            assert!(forged.text().contains("This form is out of date"), "{path}: {}", forged.text());
            assert_protected(&path, &forged);
        }
        let nobody = ground.server.post(&format!("/console{path}")).form(&[("csrf", &owner.csrf)]);
        let nobody = nobody.answer().await;
        assert_eq!(nobody.status, 303, "{path} by nobody");
        assert!(nobody.header("location").starts_with("/console/sign-in"), "{path}");
        assert_protected(&path, &nobody);
    }
    assert!(ground.is_untouched().await);
    assert_eq!(owner.see(&ground.server, "/").await.status, 200, "and nobody was signed out");
    ground.server.stop().await;
}

#[tokio::test]
async fn answers_of_every_kind_are_protected() {
    let ground = Ground::new().await;
    let owner = ground.server.administrator(Role::Owner).await;
    for path in [
        "/nothing",
        "/club/accounts/x/y/z",
        "/club/accounts/9",
        "/club/accounts?cursor=x",
        "/club/accounts/export",
    ] {
        assert_protected(path, &owner.see(&ground.server, path).await);
    }
    let put = ground.server.request(Method::PUT, "/console/").header("cookie", owner.header()).answer().await;
    assert_eq!(put.status, 405);
    assert_protected("PUT", &put);
    let large = ground.server.post("/console/me/profile").header("cookie", owner.header());
    let large = large.form(&[("name", "x".repeat(300 * 1024))]).answer().await;
    assert_eq!(large.status, 413);
    assert_protected("a large form", &large);
    for host in ["evil.example", "evil.example:8080", "localhost"] {
        let away = ground.server.get("/console/club/accounts").header("host", host).answer().await;
        assert_eq!(away.status, 303, "{host}");
        assert!(
            away.header("location").starts_with("/console/sign-in?"),
            "never to a host: {}",
            away.header("location")
        );
        assert_protected(host, &away);
        let page = ground
            .server
            .get("/console/")
            .header("cookie", owner.header())
            .header("host", host)
            .answer()
            .await;
        assert!(!page.text().contains("evil"), "{}", page.text());
    }
    ground.server.stop().await;
}

#[tokio::test]
async fn an_account_is_seen_in_its_own_app_only() {
    let server = Setup::default()
        .contract("club", CLUB)
        .contract("other", &CLUB.replace("contract: club", "contract: other"))
        .start()
        .await;
    let owner = server.administrator(Role::Owner).await;
    let body = json!({ "email": "a@example.com", "password": PASSWORD });
    assert_eq!(server.post("/club/members").json(&body).answer().await.status, 201);
    let found = owner.see(&server, "/club/accounts?q=a@example.com").await;
    let path = found.text().split("<a href=\"/console").find(|rest| rest.starts_with("/club/accounts/"));
    let path = path.and_then(|rest| rest.split('"').next()).unwrap().replace("/club/", "/other/");
    for act in ["", "/edit", "/suspend", "/delete", "/end-sessions", "/open-sign-in", "/files/0"] {
        assert_eq!(owner.see(&server, &format!("{path}{act}")).await.status, 404, "{act}");
    }
    for act in ["/edit", "/suspend", "/restore", "/delete", "/end-sessions", "/send-reset", "/open-sign-in"] {
        let fields = [("confirmation", "a@example.com"), ("email", "b@example.com")];
        assert_eq!(owner.act(&server, &format!("{path}{act}"), &fields).await.status, 404, "{act}");
    }
    let queue = path.replace("accounts", "approvals");
    assert_eq!(owner.see(&server, &queue).await.status, 404);
    for verdict in ["approve", "reject", "reopen"] {
        assert_eq!(owner.act(&server, &format!("{queue}/{verdict}"), &[]).await.status, 404, "{verdict}");
    }
    let uuid = path.rsplit('/').next().unwrap();
    let granted = owner
        .act(&server, "/other/points/grant", &[("account", uuid), ("amount", "5"), ("reason", "x")])
        .await;
    assert!(matches!(granted.status, 400 | 404), "{}", granted.status);
    let messages = owner.see(&server, &format!("/other/messages?account={uuid}")).await;
    assert!(!messages.text().contains("a@example.com"), "{}", messages.text());
    let audit = owner.see(&server, &format!("/other/audit?account={uuid}")).await;
    assert!(!audit.text().contains("account.sign_up"), "{}", audit.text());
    server.stop().await;
}
