//! The accounts of an app.

use daemun_model::Role;

use super::{member, path_of, server, signs_in};

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
