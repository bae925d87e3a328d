//! A moderator's queue.

use daemun_model::Role;
use daemun_operations::seed;
use daemun_operations::{Call, Client, Operator};
use daemun_testkit::{Administrator, CLUB, Setup, TestServer};

/// A club with so many applicants, who wait in the order of their sign-ups.
async fn club(applicants: i64) -> TestServer {
    let server = Setup::default().contract("club", CLUB).start().await;
    let client = Client { address: [127, 0, 0, 1].into(), user_agent: None };
    let call = Call { operator: Some(Operator::cli()), ..Call::new(server.app("club"), client, "request-1") };
    let made = seed::apply(server.daemun(), &call, "correct horse battery", applicants, |_| {}).await;
    assert_eq!(made.unwrap(), applicants);
    server
}

/// The number of the applicant that a page shows.
fn shown(page: &str) -> &str {
    page.split("<span>#").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("nobody")
}

/// The path, below the console, of the form that a page has for a verdict.
fn form(page: &str, verdict: &str) -> String {
    let end = format!("/{verdict}\"");
    let before = page.split(&end).next().filter(|before| before.len() < page.len());
    let before = before.unwrap_or_else(|| panic!("no form to {verdict} in {page}"));
    let path = before.rsplit("action=\"/console").next().unwrap();
    format!("{path}/{verdict}")
}

/// Decides on the applicant of a page, and shows the page that comes next.
async fn decide(
    server: &TestServer,
    who: &Administrator,
    (page, verdict): (&str, &str),
    fields: &[(&str, &str)],
) -> String {
    let then = page.split("name=\"then\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields: Vec<_> = fields.iter().copied().chain(then.map(|then| ("then", then))).collect();
    let done = who.act(server, &form(page, verdict), &fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let next = done.header("location").strip_prefix("/console").unwrap().to_owned();
    let next = who.see(server, &next).await;
    assert_eq!(next.status, 200);
    next.text().to_owned()
}

async fn see(server: &TestServer, who: &Administrator, path: &str) -> String {
    let page = who.see(server, path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text().to_owned()
}

#[tokio::test]
async fn one_after_the_other_is_seen_with_every_file_and_decided() {
    let server = club(3).await;
    let moderator = server.administrator(Role::Moderator).await;
    let page = see(&server, &moderator, "/club/approvals").await;
    assert_eq!(shown(&page), "1");
    assert_eq!(page.matches("data-picture").count(), 3, "{page}");
    assert_eq!(page.matches("/media/").count(), 3, "{page}");
    assert_eq!(page.matches("private").count(), 2);

    let page = decide(&server, &moderator, (&page, "approve"), &[]).await;
    assert_eq!(shown(&page), "2");
    assert!(page.contains("was approved"), "{page}");
    let page =
        decide(&server, &moderator, (&page, "reject"), &[("template", "2"), ("reason", "We are\nsorry.")])
            .await;
    assert_eq!(shown(&page), "3");
    let told = server.messages().await;
    let says = |message: &&_| {
        let message: &daemun_operations::outbox::Listed = message;
        message.text.as_deref().is_some_and(|text| text.contains("We are sorry."))
    };
    assert_eq!(told.iter().filter(says).count(), 1, "the applicant is told why");
    let page = decide(&server, &moderator, (&page, "approve"), &[]).await;
    assert!(page.contains("Nobody waits"), "{page}");

    let rejected = see(&server, &moderator, "/club/approvals?status=rejected").await;
    assert!(rejected.contains("We are sorry."), "{rejected}");
    server.stop().await;
}

#[tokio::test]
async fn a_decision_is_taken_back() {
    let server = club(2).await;
    let moderator = server.administrator(Role::Moderator).await;
    let first = see(&server, &moderator, "/club/approvals").await;
    let second = decide(&server, &moderator, (&first, "reject"), &[]).await;
    let undone = decide(&server, &moderator, (&second, "reopen"), &[]).await;
    assert_eq!(shown(&undone), "1");
    assert!(undone.contains("/approve\""), "it can be decided again");
    assert_eq!(shown(&see(&server, &moderator, "/club/approvals").await), "1");
    server.stop().await;
}

#[tokio::test]
async fn who_is_skipped_comes_again_at_the_end() {
    let server = club(3).await;
    let moderator = server.administrator(Role::Moderator).await;
    let first = see(&server, &moderator, "/club/approvals").await;
    let skip = first.split("href=\"/console").find(|rest| rest.starts_with("/club/approvals?cursor="));
    let skip = skip.and_then(|rest| rest.split('"').next()).unwrap().replace("&amp;", "&");
    let second = see(&server, &moderator, &skip).await;
    assert_eq!(shown(&second), "2");
    let third = decide(&server, &moderator, (&second, "approve"), &[]).await;
    assert_eq!(shown(&third), "3");
    let first = decide(&server, &moderator, (&third, "approve"), &[]).await;
    assert_eq!(shown(&first), "1");
    server.stop().await;
}

#[tokio::test]
async fn of_two_moderators_the_later_is_told_who_decided_what() {
    let server = club(2).await;
    let moderator = server.administrator(Role::Moderator).await;
    let other = server.administrator(Role::Moderator).await;
    let page = see(&server, &moderator, "/club/approvals").await;
    let same = see(&server, &other, "/club/approvals").await;
    decide(&server, &moderator, (&page, "reject"), &[("reason", "Blurred.")]).await;
    let told = server.messages().await.len();
    let late = decide(&server, &other, (&same, "approve"), &[]).await;
    assert_eq!(shown(&late), "2", "the work goes on");
    assert!(late.contains("was already rejected by The moderator."), "{late}");
    assert!(late.contains("Blurred."), "{late}");
    assert_eq!(server.messages().await.len(), told, "the applicant is told once");
    let last = decide(&server, &other, (&late, "approve"), &[]).await;
    assert!(last.contains("Nobody waits"), "{last}");
    let late = decide(&server, &moderator, (&late, "reject"), &[("template", "1")]).await;
    assert!(late.contains("Nobody waits") && late.contains("was already approved by "), "{late}");
    server.stop().await;
}

#[tokio::test]
async fn what_was_sent_twice_or_from_a_page_gone_back_to_is_done_once_and_goes_on() {
    let server = club(3).await;
    let moderator = server.administrator(Role::Moderator).await;
    let first = see(&server, &moderator, "/club/approvals").await;
    let second = decide(&server, &moderator, (&first, "approve"), &[]).await;
    let told = server.messages().await.len();
    let again = decide(&server, &moderator, (&first, "approve"), &[]).await;
    assert_eq!((shown(&second), shown(&again)), (shown(&again), "2"));
    assert!(again.contains("was approved.") && !again.contains("already"), "{again}");
    assert_eq!(server.messages().await.len(), told, "the applicant is told once");
    let otherwise = decide(&server, &moderator, (&first, "reject"), &[("template", "1")]).await;
    assert_eq!(shown(&otherwise), "2");
    assert!(otherwise.contains("was already approved by The moderator."), "{otherwise}");
    server.stop().await;
}

#[tokio::test]
async fn who_only_looks_sees_no_buttons_and_presses_none() {
    let server = club(1).await;
    let auditor = server.administrator(Role::Auditor).await;
    let owner = server.administrator(Role::Owner).await;
    let page = see(&server, &auditor, "/club/approvals").await;
    assert!(!page.contains("/approve\"") && !page.contains("/reject\""), "{page}");
    let path = form(&see(&server, &owner, "/club/approvals").await, "approve");
    let refused = auditor.act(&server, &path, &[]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("approvals:write"), "{}", refused.text());
    assert_eq!(shown(&see(&server, &owner, "/club/approvals").await), "1", "nobody was approved");
    server.stop().await;
}

#[tokio::test]
async fn applicants_are_listed_by_what_was_decided() {
    let server = club(3).await;
    let moderator = server.administrator(Role::Moderator).await;
    let page = see(&server, &moderator, "/club/approvals").await;
    let page = decide(&server, &moderator, (&page, "approve"), &[]).await;
    decide(&server, &moderator, (&page, "reject"), &[("template", "1")]).await;
    for (status, number) in [("approved", "#1"), ("rejected", "#2"), ("pending", "#3")] {
        let list = see(&server, &moderator, &format!("/club/approvals?status={status}")).await;
        let rows: Vec<&str> =
            list.split("<small>#").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!(rows, [&number[1..]], "{status}: {list}");
    }
    server.stop().await;
}
