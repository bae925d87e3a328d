//! How administrators come in, prove who they are, manage each other, and leave.

use daemun_crypto::Totp;
use daemun_model::Role;
use daemun_operations::administrator::{self, links};
use daemun_operations::{Client, Operator};
use daemun_testkit::{Answer, Answered, Setup, TestServer};
use serde_json::json;

use super::{PASSWORD, server};
use crate::MEMBERS;

/// What stands in a page between two texts.
fn between(page: &Answer, before: &str, after: &str) -> String {
    let text = plain(page);
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    found.unwrap_or_else(|| panic!("no {before} in {text}")).0.to_owned()
}

/// A page whose paths read as paths.
fn plain(page: &Answer) -> String {
    page.text().replace("&#x2f;", "/")
}

/// The app that a page shows the seed of.
fn app(page: &Answer) -> Totp {
    let secret = between(page, "<code class=\"secret\">", "</code>").replace(' ', "");
    Totp::from_seed(&data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap()
}

fn code(server: &TestServer, totp: &Totp) -> String {
    totp.code(server.now().seconds().div_euclid(30))
}

async fn set_up_token(server: &TestServer) -> String {
    let daemun = server.daemun();
    let client = Client { address: "127.0.0.1".parse().unwrap(), user_agent: None };
    let call = administrator::call(daemun, client, "request-1");
    let call = daemun_operations::Call { operator: Some(Operator::cli()), ..call };
    let url = links::set_up_link(daemun, &call).await.unwrap().expect("nobody is there yet").url;
    url.split_once("token=").unwrap().1.to_owned()
}

async fn see(server: &TestServer, path: &str, cookie: Option<&str>) -> Answer {
    let request = server.get(&format!("/console{path}")).header("accept-language", "en");
    match cookie {
        Some(cookie) => request.header("cookie", cookie).answer().await,
        None => request.answer().await,
    }
}

async fn send<V: AsRef<str>>(
    server: &TestServer,
    path: &str,
    cookie: Option<&str>,
    form: &[(&str, V)],
) -> Answer {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let request = server.post(&format!("/console{path}")).header("accept-language", "en").form(&form);
    match cookie {
        Some(cookie) => request.header("cookie", cookie).answer().await,
        None => request.answer().await,
    }
}

/// `name=value` of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

/// The first owner: the cookie and the app.
async fn owner(server: &TestServer) -> (String, Totp) {
    let token = set_up_token(server).await;
    let page = see(server, &format!("/set-up?token={token}"), None).await;
    let totp = app(&page);
    let done = send(server, "/set-up", None, &form(server, &page, &token, &totp)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    (cookie(&done), totp)
}

fn form(server: &TestServer, page: &Answer, token: &str, totp: &Totp) -> Vec<(&'static str, String)> {
    [
        ("token", token.to_owned()),
        ("draft", between(page, "name=\"draft\" value=\"", "\"")),
        ("email", "ann@example.com".to_owned()),
        ("name", "Ann <b>Admin</b>".to_owned()),
        ("password", PASSWORD.to_owned()),
        ("password_again", PASSWORD.to_owned()),
        ("code", code(server, totp)),
    ]
    .to_vec()
}

/// Signs in, half a minute later: the code of now is used up.
async fn sign_in(server: &TestServer, totp: &Totp, next: &str) -> Answer {
    server.advance(30);
    let fields = [("email", "ann@example.com"), ("password", PASSWORD), ("next", next)];
    let first = send(server, "/sign-in", None, &fields).await;
    assert_eq!(first.status, 303, "{}", first.text());
    let to = first.header("location").strip_prefix("/console").unwrap();
    assert!(to.starts_with("/sign-in/code"), "{to}");
    let code = code(server, totp);
    let form = see(server, to, Some(&cookie(&first))).await;
    assert_eq!(form.status, 200);
    send(server, "/sign-in/code", Some(&cookie(&first)), &[("code", code.as_str()), ("next", next)]).await
}

#[tokio::test]
async fn the_first_owner_sets_the_server_up_and_gets_ten_recovery_codes() {
    let server = server().await;
    assert_eq!(see(&server, "/", None).await.header("location"), "/console/sign-in");
    let token = set_up_token(&server).await;
    let page = see(&server, &format!("/set-up?token={token}"), None).await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(
        page.text().contains("<svg") && !page.text().contains("style=\"") && !page.text().contains("<?xml")
    );

    let totp = app(&page);
    let mut wrong = form(&server, &page, &token, &totp);
    wrong.retain(|(name, _)| *name != "code" && *name != "password_again");
    wrong.push(("code", "000000".to_owned()));
    let refused = send(&server, "/set-up", None, &wrong).await;
    assert_eq!(refused.status, 400);
    assert!(!refused.text().contains(PASSWORD), "a password is never sent back");
    assert_eq!(app(&refused).seed(), totp.seed(), "the app need not scan again");

    let done = send(&server, "/set-up", None, &form(&server, &page, &token, &totp)).await;
    assert_eq!((done.status, done.header("cache-control")), (200, "no-store"));
    assert_eq!(done.text().matches("<li><code>").count(), 10);
    let set = done.header("set-cookie");
    let (pair, attributes) = set.split_once(';').unwrap();
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax");
    assert!(pair.starts_with("daemun-console=") && pair.len() == "daemun-console=".len() + 43);
    let inside = see(&server, "/", Some(pair)).await;
    assert_eq!(inside.status, 200);
    assert!(inside.text().contains("Ann &lt;b&gt;Admin") && !inside.text().contains("<b>Admin"));
    for path in [format!("/set-up?token={token}"), "/join?token=x".to_owned(), "/join".to_owned()] {
        assert_eq!(see(&server, &path, None).await.status, 410, "{path}");
    }
}

#[tokio::test]
async fn behind_tls_the_cookie_is_this_hosts_alone() {
    let setup =
        Setup::default().contract("members", MEMBERS).server("public_url = \"https://id.example.com\"");
    let server = setup.start().await;
    let token = set_up_token(&server).await;
    let page = see(&server, &format!("/set-up?token={token}"), None).await;
    let totp = app(&page);
    let done = send(&server, "/set-up", None, &form(&server, &page, &token, &totp)).await;
    let set = done.header("set-cookie");
    assert!(set.starts_with("__Host-daemun-console="), "{set}");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{set}");
}

#[tokio::test]
async fn a_sign_in_goes_on_where_it_was_wanted_and_never_elsewhere() {
    let server = server().await;
    let (_, totp) = owner(&server).await;
    let wanted = see(&server, "/members/accounts?q=a", None).await;
    assert_eq!(wanted.header("location"), "/console/sign-in?next=%2Fconsole%2Fmembers%2Faccounts");
    let done = sign_in(&server, &totp, "/console/members/accounts").await;
    assert_eq!((done.status, done.header("location")), (303, "/console/members/accounts"));
    for foreign in [
        "https://evil.example/console/",
        "//evil.example",
        "/console/../members/pages/reset",
        "/console\\evil",
        "/consoles",
    ] {
        let done = sign_in(&server, &totp, foreign).await;
        assert_eq!((done.status, done.header("location")), (303, "/console/"), "{foreign}");
    }
}

#[tokio::test]
async fn a_cookie_that_was_planted_is_never_the_session() {
    let server = server().await;
    let (_, totp) = owner(&server).await;
    server.advance(30);
    let planted = format!("daemun-console={}", "A".repeat(43));
    let fields = [("email", "ann@example.com"), ("password", PASSWORD)];
    let first = send(&server, "/sign-in", Some(&planted), &fields).await;
    let half = cookie(&first);
    let typed = code(&server, &totp);
    let done = send(&server, "/sign-in/code", Some(&half), &[("code", &typed)]).await;
    let whole = cookie(&done);
    assert!(half != planted && whole != half && whole != planted);
    for dead in [&planted, &half] {
        assert_eq!(see(&server, "/", Some(dead)).await.header("location"), "/console/sign-in");
    }
    assert_eq!(see(&server, "/", Some(&whole)).await.status, 200);
    // Half a sign-in opens no screen, and the second factor is asked of nobody without it.
    let without = send(&server, "/sign-in/code", None, &[("code", &typed)]).await;
    assert_eq!(without.header("location"), "/console/sign-in?late=1");
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_page() {
    let server = server().await;
    owner(&server).await;
    let mut pages = Vec::new();
    for email in ["ann@example.com", "eve@example.com"] {
        let fields = [("email", email), ("password", "not the password")];
        let page = send(&server, "/sign-in", None, &fields).await;
        assert_eq!((page.status, page.header("set-cookie")), (401, ""));
        pages.push(page.text().replace(email, "…"));
    }
    assert_eq!(pages[0], pages[1]);
    assert!(pages[0].contains("The e-mail address or the password is wrong."));
}

/// There browsers send no Fetch Metadata, and of our pages, whose policy is `no-referrer`, the origin `null`.
#[tokio::test]
async fn in_the_clear_one_signs_in_at_an_address_of_a_network_too() {
    let server = server().await;
    owner(&server).await;
    let from = |host: &'static str, name: &'static str, value: &'static str| {
        let fields = [("email", "ann@example.com"), ("password", PASSWORD)];
        let request = server.post("/console/sign-in").header("host", host).header(name, value);
        request.form(&fields).answer()
    };
    for host in ["192.0.2.2:8080", "accounts.lan", "[2001:db8::2]:8080"] {
        let first = from(host, "origin", "null").await;
        assert_eq!((first.status, first.header("location")), (303, "/console/sign-in/code"), "{host}");
        for (name, value) in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
            assert_eq!(from(host, name, value).await.status, 403, "{host} {value}");
        }
    }
    for host in ["localhost:8080", "accounts.localhost", "127.0.0.2", "[::1]:8080"] {
        assert_eq!(from(host, "origin", "null").await.status, 403, "{host}: what is trusted tells it");
    }
    server.stop().await;
}

#[tokio::test]
async fn forms_from_elsewhere_and_without_the_token_change_nothing() {
    let server = server().await;
    let (cookie, _) = owner(&server).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = server.post("/console/sign-in").header(name, value);
        let fields = [("email", "ann@example.com"), ("password", PASSWORD)];
        let answer = request.form(&fields).answer().await;
        assert_eq!((answer.status, answer.header("set-cookie")), (403, ""), "{name}: {value}");
    }
    let bob = server.administrator(Role::Owner).await;
    for csrf in ["", "x", bob.csrf.as_str()] {
        for path in
            ["/me/profile", "/me/sessions/end-others", "/sign-out", "/administrators/invite", "/confirm"]
        {
            let answer = send(&server, path, Some(&cookie), &[("csrf", csrf), ("name", "Eve")]).await;
            assert_eq!(answer.status, 403, "{path} {csrf}");
        }
    }
    assert_eq!(see(&server, "/", Some(&cookie)).await.status, 200);
    assert_eq!(see(&server, "/sign-out", Some(&cookie)).await.status, 404, "a link signs nobody out");
}

#[tokio::test]
async fn only_owners_see_and_do_what_concerns_administrators() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    for role in Role::ALL {
        let person = server.administrator(role).await;
        let may = role == Role::Owner;
        let status = if may { 200 } else { 403 };
        assert_eq!(person.see(&server, "/administrators").await.status, status, "{role}");
        assert_eq!(person.see(&server, "/administrators/invite").await.status, status);
        assert_eq!(person.see(&server, &format!("/administrators/{}", owner.uuid)).await.status, status);
        let links = person.see(&server, "/me").await;
        assert_eq!(plain(&links).contains("href=\"/console/administrators\""), may, "{role}");
        if !may {
            for path in ["invite", "withdraw", &format!("{}/disable", owner.uuid)] {
                let answer = person.act(&server, &format!("/administrators/{path}"), &[]).await;
                assert_eq!(answer.status, 403, "{role} {path}");
            }
        }
    }
}

#[tokio::test]
async fn an_owner_invites_changes_roles_disables_and_lets_in_again() {
    let server = server().await;
    let ann = server.administrator(Role::Owner).await;
    let fields =
        [("email", "bob@example.com"), ("name", "<script>Bob"), ("role", "operator"), ("language", "en")];
    let invited = ann.act(&server, "/administrators/invite", &fields).await;
    let url = between(&invited, "<code class=\"secret\">", "</code>");
    let token = url.split_once("/console/join?token=").unwrap().1.to_owned();
    let mails = server.messages().await;
    assert_eq!(mails.last().unwrap().to, "bob@example.com");
    let list = ann.see(&server, "/administrators").await;
    assert!(list.text().contains("&lt;script&gt;Bob") && !list.text().contains("<script>Bob"));
    let wrong = ann.act(&server, "/administrators/invite", &[("email", "bob"), ("role", "king")]).await;
    assert_eq!(wrong.status, 400);

    let page = see(&server, &format!("/join?token={token}"), None).await;
    assert!(page.text().contains("bob@example.com"));
    let totp = app(&page);
    let done = send(&server, "/join", None, &form(&server, &page, &token, &totp)).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let bob = cookie(&done);
    assert_eq!(see(&server, "/administrators", Some(&bob)).await.status, 403);

    let list = ann.see(&server, "/administrators").await;
    let list = plain(&list);
    let path = list.split("<a href=\"/console").filter(|rest| rest.starts_with("/administrators/"));
    let path = path
        .filter_map(|rest| rest.split('"').next())
        .find(|path| *path != "/administrators/invite" && !path.ends_with(&ann.uuid.to_string()));
    let path = path.unwrap().to_owned();
    let act =
        async |verb: &str, fields: &[(&str, &str)]| ann.act(&server, &format!("{path}/{verb}"), fields).await;
    assert_eq!(act("role", &[("role", "auditor")]).await.status, 303);
    assert_eq!(see(&server, "/", Some(&bob)).await.header("location"), "/console/sign-in");
    assert_eq!(act("disable", &[]).await.status, 303);
    let again = act("reset", &[]).await;
    let token = between(&again, "/console/join?token=", "</code>");
    let page = see(&server, &format!("/join?token={token}"), None).await;
    let totp = app(&page);
    let done = send(&server, "/join", None, &form(&server, &page, &token, &totp)).await;
    assert_eq!(see(&server, "/", Some(&cookie(&done))).await.status, 200);

    let own = format!("/administrators/{}", ann.uuid);
    for (verb, fields) in [("role", vec![("role", "auditor")]), ("disable", vec![]), ("reset", vec![])] {
        let refused = ann.act(&server, &format!("{own}/{verb}"), &fields).await;
        assert_eq!(refused.status, 409, "{verb}");
    }
    let withdrawn = ann.act(&server, "/administrators/withdraw", &[("email", "bob@example.com")]).await;
    assert_eq!(withdrawn.status, 404, "it was used");
}

#[tokio::test]
async fn what_is_sensitive_is_asked_for_again_after_ten_minutes() {
    let server = server().await;
    let (first, totp) = owner(&server).await;
    server.advance(11 * 60);
    let page = see(&server, "/me", Some(&first)).await;
    let csrf = between(&page, "name=\"csrf\" value=\"", "\"");
    for (path, next) in [
        ("/administrators/invite", "%2Fconsole%2Fadministrators%2Finvite"),
        ("/me/second-factor", "%2Fconsole%2Fme%2Fsecond-factor"),
    ] {
        let asked = see(&server, path, Some(&first)).await;
        assert_eq!(asked.header("location"), format!("/console/confirm?next={next}"), "{path}");
        let asked = send(&server, path, Some(&first), &[("csrf", csrf.as_str()), ("role", "owner")]).await;
        assert_eq!(asked.header("location"), format!("/console/confirm?next={next}"), "{path}");
    }
    let asked = send(&server, "/me/recovery-codes", Some(&first), &[("csrf", &csrf)]).await;
    assert_eq!(asked.header("location"), "/console/confirm?next=%2Fconsole%2Fme");
    let typed = code(&server, &totp);
    let confirm = async |password: &str, code: &str| {
        let next = "/console/me/second-factor";
        let fields = [("csrf", csrf.as_str()), ("password", password), ("code", code), ("next", next)];
        send(&server, "/confirm", Some(&first), &fields).await
    };
    assert_eq!(confirm("not it", &typed).await.status, 400);
    assert_eq!(confirm(PASSWORD, "000000").await.status, 400);
    let done = confirm(PASSWORD, &typed).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/me/second-factor"));
    let second = cookie(&done);
    assert_eq!(see(&server, "/", Some(&first)).await.status, 303, "the old cookie is dead");

    let page = see(&server, "/me/second-factor", Some(&second)).await;
    let new = app(&page);
    let draft = between(&page, "name=\"draft\" value=\"", "\"");
    let typed = code(&server, &new);
    let fields = [("csrf", csrf.as_str()), ("draft", &draft), ("code", &typed)];
    let changed = send(&server, "/me/second-factor", Some(&second), &fields).await;
    assert_eq!((changed.status, changed.text().matches("<li><code>").count()), (200, 10));
    let renewed = send(&server, "/me/recovery-codes", Some(&second), &[("csrf", &csrf)]).await;
    assert_eq!((renewed.status, renewed.text().matches("<li><code>").count()), (200, 10));
}

#[tokio::test]
async fn ones_own_page_lists_browsers_and_changes_name_and_password() {
    let server = server().await;
    let (first, totp) = owner(&server).await;
    let second = cookie(&sign_in(&server, &totp, "").await);
    let page = see(&server, "/me", Some(&first)).await;
    assert_eq!(plain(&page).matches("/end\"").count(), 1, "the other browser");
    let csrf = between(&page, "name=\"csrf\" value=\"", "\"");
    let end = between(&page, "action=\"/console/me/sessions/", "\"");
    let act = async |path: &str, fields: &[(&str, &str)]| {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &csrf));
        send(&server, path, Some(&first), &fields).await
    };
    let ended = act(&format!("/me/sessions/{end}"), &[]).await;
    assert_eq!(ended.header("location"), "/console/me?done=session-ended");
    assert_eq!(see(&server, "/me", Some(&second)).await.status, 303);
    let saved = act("/me/profile", &[("name", "Ann"), ("language", "ko")]).await;
    assert_eq!(saved.header("location"), "/console/me?lang=ko&done=saved");
    let new = "a quite different sentence";
    let fields = [("current_password", "wrong"), ("password", new), ("password_again", new)];
    let refused = act("/me/password", &fields).await;
    assert_eq!(refused.status, 400);
    assert!(!refused.text().contains(new));
    let fields = [("current_password", PASSWORD), ("password", new), ("password_again", new)];
    assert_eq!(act("/me/password", &fields).await.header("location"), "/console/me?done=password-changed");
    assert!(server.last_message_to("ann@example.com").await.subject.is_some());
    let out = act("/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/console/sign-in?done=signed-out");
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(see(&server, "/me", Some(&first)).await.status, 303);
}

#[tokio::test]
async fn no_key_of_an_app_and_no_contract_for_members_reaches_administrators() {
    let server = server().await;
    let every = daemun_model::Permission::ALL.into_iter().filter(|one| one.suits_keys_of_apps());
    let (_, key) = crate::admin::key(&server, "members", &every.collect::<Vec<_>>()).await;
    for path in [
        "/server",
        "/server/administrators",
        "/server/audit",
        "/server/api-keys",
        "/api-keys",
        "/signing-keys",
    ] {
        let asked = server.get(&format!("/members/admin{path}")).bearer_auth(&key);
        let answer = asked.answer().await;
        assert_eq!((answer.status, answer.json()["code"].clone()), (403, json!("forbidden")), "{path}");
        assert_eq!(server.get(&format!("/members{path}")).bearer_auth(&key).answer().await.status, 404);
    }
}
