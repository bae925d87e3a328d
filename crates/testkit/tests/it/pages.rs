//! The pages behind the links of mails.

use daemun_testkit::{Answer, Answered, Setup, TestServer};
use serde_json::json;

use crate::MEMBERS;

const EMAIL: &str = "a@example.com";
const OLD: &str = "correct horse battery";
const NEW: &str = "staple battery horse";

async fn member() -> TestServer {
    let server = TestServer::with_contract("members", MEMBERS).await;
    let body = json!({ "email": EMAIL, "password": OLD });
    assert_eq!(server.post("/members/members").json(&body).answer().await.status, 201);
    server
}

/// The path and query of the last link sent to the member.
async fn link(server: &TestServer) -> String {
    let link = server.last_message_to(EMAIL).await.link.expect("the last message has a link");
    let path = link.strip_prefix(&server.url("")).expect("links have the public URL");
    path.to_owned()
}

async fn reset_link(server: &TestServer) -> String {
    let asked = server.post("/members/password/reset").json(&json!({ "email": EMAIL })).answer().await;
    assert_eq!(asked.status, 204);
    link(server).await
}

/// Sends the form of a link, with these fields beside those of the link.
async fn submit(server: &TestServer, link: &str, fields: &[(&str, &str)]) -> Answer {
    let (path, query) = link.split_once('?').unwrap();
    let mut form: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(name, _)| name != "lang")
        .collect();
    form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    server.post(path).form(&form).answer().await
}

async fn signs_in(server: &TestServer, password: &str) -> bool {
    let body = json!({ "email": EMAIL, "password": password });
    server.post("/members/sessions").json(&body).answer().await.status == 200
}

#[tokio::test]
async fn a_link_leads_to_a_form_and_the_form_to_a_new_password() {
    let server = member().await;
    let link = reset_link(&server).await;
    let page = server.get(&link).answer().await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("<html lang=\"en\">"), "{}", page.text());
    assert!(page.text().contains("autocomplete=\"new-password\""));
    assert!(!page.text().contains("<script"));
    assert!(signs_in(&server, OLD).await, "opening the page changes nothing");

    let done = submit(&server, &link, &[("password", NEW), ("password_again", NEW)]).await;
    assert_eq!(done.status, 200);
    assert!(done.text().contains("Your password is changed"), "{}", done.text());
    assert!(signs_in(&server, NEW).await);
    assert!(!signs_in(&server, OLD).await);
    server.stop().await;
}

#[tokio::test]
async fn a_form_may_be_sent_to_the_link_itself() {
    let server = member().await;
    let link = reset_link(&server).await;
    let short = server.post(&link).form(&[("password", "short"), ("password_again", "short")]).answer().await;
    assert_eq!(short.status, 400);
    let token = link.split("token=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
    assert!(short.text().contains(token), "the form shown again has the token");
    let once = server.post(&link).form(&[("password", NEW)]).answer().await;
    assert_eq!(once.status, 400, "the repetition cannot be left out");
    let done = server.post(&link).form(&[("password", NEW), ("password_again", NEW)]).answer().await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(signs_in(&server, NEW).await);
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_password_is_told_in_the_readers_language_and_spends_nothing() {
    let server = member().await;
    let link = reset_link(&server).await;
    for (password, again, lang, told) in [
        ("short", "short", "en", "It needs at least 8 characters."),
        ("short", "short", "ko", "8자 이상이어야 합니다."),
        ("password", "password", "en", "Too many people use this password"),
        (EMAIL, EMAIL, "en", "It must not be your email address"),
        (NEW, "something else", "ko", "두 비밀번호가 서로 다릅니다."),
        ("", "", "en", "Please fill this in."),
    ] {
        let fields = [("password", password), ("password_again", again), ("lang", lang)];
        let page = submit(&server, &link, &fields).await;
        assert_eq!(page.status, 400, "{told}");
        assert!(page.text().contains(told), "{told} is not in {}", page.text());
        assert!(page.text().contains("aria-invalid=\"true\"") && page.text().contains("role=\"alert\""));
        assert!(
            password.is_empty() || !page.text().contains(&format!("value=\"{password}\"")),
            "no password comes back"
        );
    }
    let left_out = submit(&server, &link, &[("password", NEW)]).await;
    assert_eq!(left_out.status, 400, "the repetition cannot be left out");
    assert_eq!(submit(&server, &link, &[("password", NEW), ("password_again", NEW)]).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_used_replaced_old_or_invented_link_is_told_when_it_is_opened() {
    let server = member().await;
    let used = reset_link(&server).await;
    submit(&server, &used, &[("password", NEW), ("password_again", NEW)]).await;
    server.advance(120);
    let replaced = reset_link(&server).await;
    server.advance(120);
    let old = reset_link(&server).await;
    assert_eq!(server.get(&old).answer().await.status, 200);
    server.advance(31 * 60);
    for link in
        [used.as_str(), &replaced, &old, "/members/pages/reset?token=invented", "/members/pages/reset"]
    {
        let page = server.get(link).answer().await;
        assert_eq!(page.status, 410, "{link}");
        assert!(page.text().contains("This link no longer works"), "{}", page.text());
    }
    let late = submit(&server, &old, &[("password", OLD), ("password_again", OLD)]).await;
    assert_eq!(late.status, 410);
    assert!(signs_in(&server, NEW).await);
    server.stop().await;
}

#[tokio::test]
async fn an_address_is_confirmed_by_one_tap_and_not_by_a_scanner() {
    let server = member().await;
    let link = link(&server).await;
    let verified = async || {
        let body = json!({ "email": EMAIL, "password": OLD });
        let token = server.post("/members/sessions").json(&body).answer().await.json()["token"].clone();
        let me = server.get("/members/me").bearer_auth(token.as_str().unwrap()).answer().await;
        me.json()["verified"].clone()
    };
    let page = server.get(&link).answer().await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<button type=\"submit\""), "{}", page.text());
    assert_eq!(verified().await, json!(false), "opening the page confirms nothing");

    let done = submit(&server, &link, &[]).await;
    assert_eq!(done.status, 200);
    assert!(done.text().contains("Your email address is confirmed"), "{}", done.text());
    assert_eq!(verified().await, json!(true));
    let again = submit(&server, &link, &[]).await;
    assert_eq!(again.status, 200, "who taps twice is not frightened");
    server.advance(4 * 24 * 3600);
    assert_eq!(server.get(&link).answer().await.status, 410, "the link is too old");
    server.stop().await;
}

#[tokio::test]
async fn the_language_is_the_one_asked_for_else_the_browsers_else_the_apps() {
    let server = member().await;
    let sent = reset_link(&server).await;
    let (link, _) = sent.split_once("&lang=").expect("a link carries the language of its mail");
    let shown = async |link: &str, accept: &str| {
        let page = server.get(link).header("accept-language", accept).answer().await;
        page.text().split("lang=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    };
    assert_eq!(shown(link, "").await, "en");
    assert_eq!(shown(link, "ko-KR,ko;q=0.9,en;q=0.8").await, "ko");
    assert_eq!(shown(&format!("{link}&lang=en"), "ko").await, "en");
    let korean = server.get(&format!("{link}&lang=ko")).answer().await;
    assert!(korean.text().contains("새 비밀번호 설정"), "{}", korean.text());
    assert!(korean.text().contains("lang=en"), "there is a way to the other language");
    server.stop().await;
}

#[tokio::test]
async fn pages_are_kept_by_nobody_framed_by_nobody_and_run_nothing() {
    let server = member().await;
    let page = server.get(&reset_link(&server).await).answer().await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let style = server.get("/members/pages/style.css").answer().await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    server.stop().await;
}

#[tokio::test]
async fn anything_else_is_a_page_too() {
    let server = member().await;
    let missing = server.get("/members/pages/console").answer().await;
    assert_eq!((missing.status, missing.header("content-type")), (404, "text/html; charset=utf-8"));
    let method = server.request(reqwest::Method::PUT, "/members/pages/reset").answer().await;
    assert_eq!((method.status, method.header("allow")), (405, "GET, HEAD, POST"));
    let json = server.post("/members/pages/reset").json(&json!({})).answer().await;
    assert_eq!(json.status, 415);
    let large = server.post("/members/pages/reset").form(&[("password", "x".repeat(20_000))]).answer().await;
    assert_eq!(large.status, 413);
    let script = server.get("/members/pages/reset?token=%22%3E%3Cscript%3E").answer().await;
    assert!(!script.text().contains("<script>"));
    server.stop().await;
}

/// Sends the form of a page.
async fn send(server: &TestServer, page: &str, fields: &[(&str, &str)]) -> Answer {
    server.post(&format!("/members/pages/{page}")).form(fields).answer().await
}

async fn code(server: &TestServer) -> String {
    server.last_message_to(EMAIL).await.code.expect("the last message has a code")
}

#[tokio::test]
async fn a_code_leads_to_a_new_password() {
    let server = member().await;
    let page = server.get("/members/pages/forgot").answer().await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    assert!(page.text().contains("type=\"email\"") && page.text().contains("href=\"code?lang=en\""));
    let page = send(&server, "forgot", &[("email", EMAIL)]).await;
    assert_eq!(page.status, 200);
    for shown in
        ["Enter the code", "value=\"a@example.com\"", "autocomplete=\"one-time-code\"", "action=\"code\""]
    {
        assert!(page.text().contains(shown), "{shown} is not in {}", page.text());
    }
    let code = code(&server).await;
    assert!(!page.text().contains(&code));
    let fields = [("email", EMAIL), ("code", code.as_str()), ("password", NEW), ("password_again", NEW)];
    let done = send(&server, "code", &fields).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("Your password is changed"));
    assert!(signs_in(&server, NEW).await && !signs_in(&server, OLD).await);
    let again = send(&server, "code", &fields).await;
    assert_eq!(again.status, 400, "a code works once");
    server.stop().await;
}

#[tokio::test]
async fn a_stranger_learns_nothing_from_the_pages() {
    let server = member().await;
    let before = server.messages().await.len();
    let (known, unknown) = (
        send(&server, "forgot", &[("email", EMAIL)]).await,
        send(&server, "forgot", &[("email", "b@example.com")]).await,
    );
    assert_eq!(known.status, unknown.status);
    assert_eq!(known.text().replace(EMAIL, ""), unknown.text().replace("b@example.com", ""));
    assert_eq!(server.messages().await.len(), before + 1);
    let wrong = |email| [("email", email), ("code", "000000"), ("password", NEW), ("password_again", NEW)];
    let (known, unknown) =
        (send(&server, "code", &wrong(EMAIL)).await, send(&server, "code", &wrong("b@example.com")).await);
    assert_eq!((known.status, unknown.status), (400, 400));
    assert_eq!(known.text().replace(EMAIL, ""), unknown.text().replace("b@example.com", ""));
    assert!(known.text().contains("This code is wrong"), "{}", known.text());
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_summed_up_with_links_to_its_fields() {
    let server = member().await;
    let page = send(&server, "forgot", &[("email", "nobody"), ("lang", "ko")]).await;
    assert_eq!(page.status, 400);
    for shown in [
        "<title>오류 · 비밀번호 재설정 · Members</title>",
        "<a href=\"#email\">이메일 주소가 아닙니다.</a>",
        "value=\"nobody\" autofocus aria-describedby=\"email-faults\" aria-invalid=\"true\"",
    ] {
        assert!(page.text().contains(shown), "{shown} is not in {}", page.text());
    }
    let page = send(&server, "code", &[("email", EMAIL), ("code", "1"), ("password", "short")]).await;
    assert_eq!(page.status, 400);
    assert!(
        page.text().contains("<a href=\"#password\">It needs at least 8 characters.</a>"),
        "{}",
        page.text()
    );
    let script = send(&server, "forgot", &[("email", "\"><script>alert(1)</script>")]).await;
    assert!(!script.text().contains("<script>"), "{}", script.text());
    server.stop().await;
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused() {
    let server = member().await;
    let before = server.messages().await.len();
    let forged = server.post("/members/pages/forgot").header("sec-fetch-site", "cross-site");
    assert_eq!(forged.form(&[("email", EMAIL)]).answer().await.status, 403);
    // Browsers without Fetch Metadata.
    for origin in ["https://evil.example", "http://evil.example:80", "http://x@members.example"] {
        let forged = server.post("/members/pages/forgot").header("origin", origin);
        assert_eq!(forged.form(&[("email", EMAIL)]).answer().await.status, 403, "{origin}");
    }
    assert_eq!(server.messages().await.len(), before);
    let own = server.post("/members/pages/forgot").header("sec-fetch-site", "same-origin");
    assert_eq!(own.form(&[("email", EMAIL)]).answer().await.status, 200);
    for origin in ["null", &format!("http://{}", server.address())] {
        let own = server.post("/members/pages/forgot").header("origin", origin);
        assert_eq!(own.form(&[("email", "nobody")]).answer().await.status, 400, "{origin}");
    }
    let soon = send(&server, "forgot", &[("email", EMAIL)]).await;
    assert_eq!(soon.status, 429);
    assert!(!soon.header("retry-after").is_empty() && soon.text().contains("Too many tries"));
    assert!(soon.text().contains("<a href=\"code?lang=en\">I already have a code</a>"), "{}", soon.text());
    server.stop().await;
}

#[tokio::test]
async fn a_link_that_is_too_old_leads_to_a_new_one() {
    let server = member().await;
    let old = link(&server).await;
    server.advance(4 * 24 * 3600);
    let expired = server.get(&old).answer().await;
    assert_eq!(expired.status, 410);
    assert!(expired.text().contains("<a href=\"resend?lang=en\">"), "{}", expired.text());
    let before = server.messages().await.len();
    let (known, unknown) = (
        send(&server, "resend", &[("email", EMAIL)]).await,
        send(&server, "resend", &[("email", "b@example.com")]).await,
    );
    assert_eq!((known.status, known.text()), (200, unknown.text()));
    assert_eq!((unknown.status, server.messages().await.len()), (200, before + 1));
    let new = link(&server).await;
    assert!(submit(&server, &new, &[]).await.text().contains("Your email address is confirmed"));
    assert_eq!(server.get(&old).answer().await.status, 410);
    let wrong = send(&server, "resend", &[("email", "nobody"), ("lang", "ko")]).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("<a href=\"#email\">이메일 주소가 아닙니다.</a>"), "{}", wrong.text());
    assert_eq!(send(&server, "resend", &[("email", EMAIL)]).await.status, 429);
    server.stop().await;
}

#[tokio::test]
async fn where_no_address_is_confirmed_by_mail_no_mail_can_be_asked_for() {
    let without = MEMBERS.replace("verify_email: sent", "verify_email: none");
    let server = TestServer::with_contract("members", &without).await;
    assert_eq!(server.get("/members/pages/resend").answer().await.status, 404);
    let expired = server.get("/members/pages/verify?token=x").answer().await;
    assert!(!expired.text().contains("resend"), "{}", expired.text());
    server.stop().await;
}

const BY_PHONE: &str = r#"routes:
  POST /sessions:
    summary: Sign in
    does: session.sign_in
    takes: { phone_number: body.phone, password: body.password }
    gives: { body: { token: "{{ tokens.access }}" } }
"#;

#[tokio::test]
async fn who_has_no_password_is_asked_for_none() {
    let (head, _) = MEMBERS.split_once("routes:").unwrap();
    let by_phone = head.replace("sign_in: [email]", "sign_in: [phone_number]") + BY_PHONE;
    let server = TestServer::with_contract("members", &by_phone).await;
    for page in ["forgot", "code"] {
        assert_eq!(server.get(&format!("/members/pages/{page}")).answer().await.status, 404);
        assert_eq!(send(&server, page, &[("email", EMAIL)]).await.status, 404);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_app_has_its_own_colour() {
    let setup = Setup::default().contract("members", MEMBERS);
    let setup = setup.app_toml("name = \"other\"\ncontract = \"./members.yaml\"\ncolor = \"#ffee00\"");
    let server = setup.start().await;
    let plain = server.get("/members/pages/style.css").answer().await;
    let own = server.get("/other/pages/style.css").answer().await;
    assert!(own.text().starts_with(plain.text()));
    // Yellow is no colour for white text.
    assert!(
        own.text().contains("--accent: #") && !own.text().contains("#ffee00;\n  --accent-strong"),
        "{}",
        own.text()
    );
    server.stop().await;
}
