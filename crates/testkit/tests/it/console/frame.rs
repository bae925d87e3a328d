//! What holds for every screen.

use daemun_model::Role;
use daemun_testkit::Answered;

use super::{member, path_of, server, signs_in};

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_way_in_and_back() {
    let server = server().await;
    for (path, to) in [
        ("/console", "/console/sign-in"),
        ("/console/", "/console/sign-in"),
        ("/console/members/accounts", "/console/sign-in?next=%2Fconsole%2Fmembers%2Faccounts"),
        ("/console/nothing", "/console/sign-in?next=%2Fconsole%2Fnothing"),
    ] {
        let answer = server.get(path).answer().await;
        assert_eq!((answer.status, answer.header("location")), (303, to), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let invented = server.get("/console/").header("cookie", format!("daemun-console={}", "a".repeat(43)));
    assert_eq!(invented.answer().await.status, 303);
    server.stop().await;
}

#[tokio::test]
async fn a_screen_is_kept_by_nobody_framed_by_nobody_and_runs_one_script() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    for path in ["/", "/members/accounts", "/members/nothing", "/nothing"] {
        let page = owner.see(&server, path).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        assert!(!page.text().contains("style=\"") && !page.text().contains(" onclick"), "{}", page.text());
    }
    server.stop().await;
}

#[tokio::test]
async fn stylesheet_and_script_are_kept_for_good_under_names_of_their_own() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let page = owner.see(&server, "/").await;
    let kinds = [
        (".css\"", "text/css; charset=utf-8"),
        (".js\"", "text/javascript; charset=utf-8"),
        (".svg\"", "image/svg+xml"),
    ];
    for (ending, kind) in kinds {
        let end = page.text().find(ending).unwrap() + ending.len() - 1;
        let start = page.text()[..end].rfind('"').unwrap() + 1;
        let asset = server.get(&page.text()[start..end]).answer().await;
        assert_eq!((asset.status, asset.header("content-type")), (200, kind));
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        let older =
            server.get(&format!("/console/assets/console-0{}", &ending[..ending.len() - 1])).answer().await;
        assert_eq!((older.status, older.header("cache-control")), (200, "no-store"));
    }
    assert_eq!(server.get("/console/assets/other.txt").answer().await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn an_act_needs_the_token_of_its_session_and_a_form_of_ours() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let other = server.administrator(Role::Owner).await;
    member(&server, "a@example.com").await;
    let suspend = format!("{}/suspend", path_of(&server, &owner, "a@example.com").await);
    for csrf in ["", "0", &other.csrf] {
        let forged = owner.act(&server, &suspend, &[("csrf", csrf)]).await;
        assert_eq!(forged.status, 403);
        assert!(forged.text().contains("This form is out of date"), "{}", forged.text());
    }
    let from = |name: &'static str, value: &'static str| {
        let form = [("csrf", owner.csrf.clone())];
        let request = server.post(&format!("/console{suspend}")).header("cookie", owner.header());
        request.header(name, value).form(&form).answer()
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(from(name, value).await.status, 403, "{name}: {value}");
    }
    let json = server.post(&format!("/console{suspend}")).header("cookie", owner.header());
    assert_eq!(json.json(&serde_json::json!({ "csrf": owner.csrf })).answer().await.status, 415);
    assert!(signs_in(&server, "a@example.com").await, "nothing of it suspended anybody");
    assert_eq!(from("sec-fetch-site", "same-origin").await.status, 303);
    assert!(!signs_in(&server, "a@example.com").await);
    server.stop().await;
}

#[tokio::test]
async fn the_language_is_the_one_chosen_on_a_page_and_stays() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    let korean = owner.see(&server, "/?lang=ko").await;
    assert!(korean.text().contains("<html lang=\"ko\">"), "{}", korean.text());
    let kept = korean.header("set-cookie").split(';').next().unwrap().to_owned();
    let cookies = format!("{}; {kept}", owner.header());
    let again =
        server.get("/console/").header("cookie", cookies).header("accept-language", "en").answer().await;
    assert!(again.text().contains("<html lang=\"ko\">"), "{}", again.text());
    let english = owner.see(&server, "/").await;
    assert!(english.text().contains("<html lang=\"en\">"));
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_a_page_too() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    for path in ["/nothing", "/members/nothing", "/nothing/accounts", "/members/accounts/x/y/z"] {
        assert_eq!(owner.see(&server, path).await.status, 404, "{path}");
    }
    let account = owner.see(&server, "/members/accounts/1").await;
    assert_eq!(account.status, 404);
    assert!(account.text().contains("There is no such account"), "{}", account.text());
    let put =
        server.request(reqwest::Method::PUT, "/console/").header("cookie", owner.header()).answer().await;
    assert_eq!(put.status, 405);
    server.stop().await;
}
