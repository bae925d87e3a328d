//! The accounts of an app.

use daemun_model::Role;
use daemun_operations::seed::{self, Wanted};
use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Administrator, Answered, CLUB, Setup, TestServer};
use serde_json::json;

use super::{PASSWORD, member, path_of, server, signs_in};
use crate::MEMBERS;

#[tokio::test]
async fn an_account_is_found_seen_suspended_and_restored() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    member(&server, "b@example.com").await;
    let list = operator.see(&server, "/members/accounts").await;
    assert_eq!(list.status, 200);
    assert!(
        list.text().contains("a@example.com") && list.text().contains("b@example.com"),
        "{}",
        list.text()
    );
    let path = path_of(&server, &operator, "a@example.com").await;
    let page = operator.see(&server, &path).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("a@example.com") && !page.text().contains("b@example.com"),
        "{}",
        page.text()
    );

    let asked = operator.see(&server, &format!("{path}/suspend")).await;
    assert!(asked.text().contains("Suspend this account?"), "{}", asked.text());
    assert!(signs_in(&server, "a@example.com").await, "asking changes nothing");
    let done = operator.act(&server, &format!("{path}/suspend"), &[("reason", "spam")]).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, format!("/console{path}?done=suspend").as_str())
    );
    assert!(!signs_in(&server, "a@example.com").await);
    let told = operator.see(&server, &format!("{path}?done=suspend")).await;
    assert!(told.text().contains("The account is suspended."), "{}", told.text());
    assert!(told.text().contains("account.suspend") && told.text().contains("spam"), "the trail tells it");
    assert_eq!(operator.act(&server, &format!("{path}/restore"), &[]).await.status, 303);
    assert!(signs_in(&server, "a@example.com").await);
    server.stop().await;
}

#[tokio::test]
async fn an_account_is_changed_and_what_is_wrong_stands_beside_its_field() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    member(&server, "b@example.com").await;
    let path = path_of(&server, &operator, "a@example.com").await;
    let edit = format!("{path}/edit");
    let form = operator.see(&server, &edit).await;
    assert!(form.text().contains("value=\"a@example.com\""), "{}", form.text());
    for (email, told) in [
        ("b@example.com", "Another account has this e-mail address."),
        ("no address", "email"),
        ("", "Please fill this in."),
    ] {
        let wrong = operator.act(&server, &edit, &[("email", email), ("name", "Kept <b>")]).await;
        assert_eq!(wrong.status, 400, "{email}");
        assert!(wrong.text().contains(told), "{told} is not in {}", wrong.text());
        assert!(wrong.text().contains("aria-invalid=\"true\""), "{}", wrong.text());
        assert!(wrong.text().contains("value=\"Kept &lt;b&gt;\""), "what was typed stays: {}", wrong.text());
    }
    let fields = [("email", "c@example.com"), ("name", "Ada"), ("locale", "ko")];
    let saved = operator.act(&server, &edit, &fields).await;
    assert_eq!((saved.status, saved.header("location")), (303, format!("/console{path}?done=edit").as_str()));
    let page = operator.see(&server, &path).await;
    assert!(page.text().contains("<h1>Ada</h1>") && page.text().contains("c@example.com"), "{}", page.text());
    assert!(signs_in(&server, "c@example.com").await && !signs_in(&server, "a@example.com").await);
    server.stop().await;
}

#[tokio::test]
async fn one_session_is_ended_and_then_all_of_them() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    let path = path_of(&server, &operator, "a@example.com").await;
    for _ in 0..3 {
        assert!(signs_in(&server, "a@example.com").await);
    }
    let count = async || {
        let page = operator.see(&server, &path).await;
        page.text().matches("name=\"session\"").count()
    };
    assert_eq!(count().await, 3);
    let page = operator.see(&server, &path).await;
    let session =
        page.text().split("name=\"session\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = [("session", session.unwrap())];
    let ended = operator.act(&server, &format!("{path}/end-sessions"), &fields).await;
    assert_eq!(ended.header("location"), format!("/console{path}?done=end-session"));
    assert_eq!(count().await, 2);
    operator.act(&server, &format!("{path}/end-sessions"), &[]).await;
    assert_eq!(count().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_reset_mail_is_sent_and_its_link_is_nowhere_in_the_console() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    let path = path_of(&server, &operator, "a@example.com").await;
    let before = server.messages().await.len();
    let sent = operator.act(&server, &format!("{path}/send-reset"), &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(server.messages().await.len(), before + 1);
    let link = server.last_message_to("a@example.com").await.link.unwrap();
    let token = link.split("token=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    assert!(!operator.see(&server, &path).await.text().contains(&token));
    let again = operator.act(&server, &format!("{path}/send-reset"), &[]).await;
    assert_eq!(again.status, 429, "{}", again.text());
    assert!(!again.header("retry-after").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn an_account_is_deleted_by_who_types_its_address_and_proved_lately_who_they_are() {
    let server = server().await;
    let owner = server.administrator(Role::Owner).await;
    member(&server, "a@example.com").await;
    let path = path_of(&server, &owner, "a@example.com").await;
    let delete = format!("{path}/delete");
    for typed in ["", "b@example.com", "A@EXAMPLE.COM"] {
        let refused = owner.act(&server, &delete, &[("confirmation", typed)]).await;
        assert_eq!(refused.status, 400, "{typed}");
    }
    server.advance(11 * 60);
    let sent = owner.act(&server, &delete, &[("confirmation", "a@example.com")]).await;
    let confirm = format!("/console/confirm?next={}", "/console".to_owned() + &delete).replace('/', "%2F");
    let confirm = confirm.replace("%2Fconsole%2Fconfirm", "/console/confirm");
    assert_eq!((sent.status, sent.header("location")), (303, confirm.as_str()));
    assert_eq!(owner.see(&server, &delete).await.status, 303);
    assert!(signs_in(&server, "a@example.com").await, "nobody is deleted");

    let fresh = server.administrator(Role::Owner).await;
    let done = fresh.act(&server, &delete, &[("confirmation", "a@example.com")]).await;
    assert_eq!((done.status, done.header("location")), (303, "/console/members/accounts?done=delete"));
    assert!(!signs_in(&server, "a@example.com").await);
    assert_eq!(fresh.see(&server, &path).await.status, 404);
    server.stop().await;
}

/// What the page of an account says about signing in, without its markup.
async fn trouble(server: &TestServer, who: &Administrator, path: &str) -> String {
    let page = who.see(server, path).await;
    let card = page.text().split("id=\"trouble\"").nth(1).and_then(|rest| rest.split("</section>").next());
    card.unwrap_or_else(|| panic!("nothing about signing in: {}", page.text())).to_owned()
}

#[tokio::test]
async fn a_page_says_why_a_member_cannot_sign_in_and_what_to_do() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    let path = path_of(&server, &operator, "a@example.com").await;
    let says = async || trouble(&server, &operator, &path).await;
    assert!(says().await.contains("Nothing here keeps this member from signing in."), "{}", says().await);

    let wrong = json!({ "email": "a@example.com", "password": "not this one" });
    for _ in 0..3 {
        server.post("/members/sessions").json(&wrong).answer().await;
    }
    let told = says().await;
    assert!(told.contains("Wrong passwords since the last sign-in: 3"), "{told}");
    assert!(told.contains("Last refused: Wrong password"), "{told}");
    for _ in 0..2 {
        server.post("/members/sessions").json(&wrong).answer().await;
    }
    let told = says().await;
    assert!(
        told.contains("the next one is not looked at yet") && told.contains("from 127.0.0.1 until "),
        "{told}"
    );
    assert!(told.contains("/open-sign-in\""), "{told}");
    assert!(!signs_in(&server, "a@example.com").await, "the right password is not looked at");
    let asked = operator.see(&server, &format!("{path}/open-sign-in")).await;
    assert!(asked.text().contains("Open the sign-in again?"), "{}", asked.text());
    let opened = operator.act(&server, &format!("{path}/open-sign-in"), &[]).await;
    assert_eq!(opened.header("location"), format!("/console{path}?done=open-sign-in"));
    assert!(signs_in(&server, "a@example.com").await);
    assert!(says().await.contains("Nothing here keeps"), "{}", says().await);

    operator.act(&server, &format!("{path}/suspend"), &[("reason", "spam <b>")]).await;
    let told = says().await;
    assert!(told.contains("The account is suspended.") && told.contains("Reason: spam &lt;b&gt;"), "{told}");
    assert!(told.contains("/restore\""), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn who_is_not_found_here_is_found_in_the_other_apps() {
    let server = Setup::default().contract("members", MEMBERS).contract("club", CLUB).start().await;
    let operator = server.administrator(Role::Operator).await;
    member(&server, "a@example.com").await;
    let nobody = operator.see(&server, "/club/accounts?q=b@example.com").await;
    assert!(
        nobody.text().contains("Nobody found") && !nobody.text().contains("Found in other apps"),
        "{}",
        nobody.text()
    );
    let there = operator.see(&server, "/club/accounts?q=a@example.com").await;
    assert!(there.text().contains("Found in other apps"), "{}", there.text());
    assert!(
        there.text().contains("href=\"/console/members/accounts?q=a%40example.com\""),
        "{}",
        there.text()
    );
    server.stop().await;
}

#[tokio::test]
async fn who_only_looks_is_told_why_and_offered_no_act() {
    let server = server().await;
    let operator = server.administrator(Role::Operator).await;
    let auditor = server.administrator(Role::Auditor).await;
    member(&server, "a@example.com").await;
    let path = path_of(&server, &operator, "a@example.com").await;
    operator.act(&server, &format!("{path}/suspend"), &[]).await;
    let told = trouble(&server, &auditor, &path).await;
    assert!(told.contains("The account is suspended.") && !told.contains("class=\"button"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_list_goes_on_page_by_page_under_its_filter() {
    let server = server().await;
    let auditor = server.administrator(Role::Auditor).await;
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call =
        Call { operator: Some(Operator::cli()), ..Call::new(server.app("members"), client, "request-1") };
    let password = daemun_crypto::password_rules::check(PASSWORD, &[]).unwrap();
    let wanted = Wanted { accounts: 51, points: 0 };
    seed::seed(server.daemun(), &call, password, wanted, |_| {}).await.unwrap();
    let first = auditor.see(&server, "/members/accounts?status=approved").await;
    assert_eq!(first.text().matches("class=\"lead\"").count(), 50);
    let next = first.text().split("href=\"/console").find(|rest| {
        rest.contains("rel=\"next\"") && rest.starts_with("/members/accounts?status=approved&amp;cursor=")
    });
    let next = next.and_then(|rest| rest.split('"').next()).unwrap().replace("&amp;", "&");
    let second = auditor.see(&server, &next).await;
    assert_eq!(second.text().matches("class=\"lead\"").count(), 1);
    assert!(second.text().contains("member1@seed.example") && !second.text().contains("rel=\"next\""));
    let wrong = auditor.see(&server, "/members/accounts?cursor=invented").await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    server.stop().await;
}
