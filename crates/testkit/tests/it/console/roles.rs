//! What each role may see and do: the table of the documentation, asked of the console itself.

use daemun_model::Role;
use daemun_testkit::{Administrator, Answered, CLUB, Setup, TestServer};
use serde_json::json;

use super::PASSWORD;

/// A member of the club.
async fn member(server: &TestServer, email: &str) {
    let body = json!({ "email": email, "password": PASSWORD });
    assert_eq!(server.post("/club/members").json(&body).answer().await.status, 201);
}

/// The path, below the console, of the member with this address.
async fn path_of(server: &TestServer, owner: &Administrator, email: &str) -> String {
    let found = owner.see(server, &format!("/club/accounts?q={email}")).await;
    let path = found.text().split("<a href=\"/console").find(|rest| rest.starts_with("/club/accounts/"));
    path.and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

/// (what, owner, operator, moderator, auditor): whether a page opens.
const SEES: [(&str, [bool; 4]); 9] = [
    ("/", [true, true, true, true]),
    ("/club/accounts", [true, true, true, true]),
    ("{account}", [true, true, true, true]),
    ("{account}/edit", [true, true, false, false]),
    ("{account}/send-reset", [true, true, false, false]),
    ("{account}/suspend", [true, true, false, false]),
    ("{account}/end-sessions", [true, true, false, false]),
    ("{account}/delete", [true, true, false, false]),
    ("/club/approvals", [true, true, true, true]),
];

/// The same of acts: those that are refused come first, so that none changes what the next is asked of.
const DOES: [(&str, [bool; 4]); 8] = [
    ("{applicant}/approve", [true, true, true, false]),
    ("{applicant}/reopen", [true, true, true, false]),
    ("{applicant}/reject", [true, true, true, false]),
    ("{account}/edit", [true, true, false, false]),
    ("{account}/send-reset", [true, true, false, false]),
    ("{account}/suspend", [true, true, false, false]),
    ("{account}/restore", [true, true, false, false]),
    ("{account}/end-sessions", [true, true, false, false]),
];

#[tokio::test]
async fn each_role_sees_and_does_what_the_table_says_and_nothing_else() {
    for (place, role) in Role::ALL.into_iter().enumerate() {
        let server = Setup::default().contract("club", CLUB).start().await;
        let owner = server.administrator(Role::Owner).await;
        let who = server.administrator(role).await;
        member(&server, "a@example.com").await;
        member(&server, "b@example.com").await;
        let account = path_of(&server, &owner, "a@example.com").await;
        let applicant = path_of(&server, &owner, "b@example.com").await.replace("accounts", "approvals");
        let approve = account.replace("accounts", "approvals") + "/approve";
        assert_eq!(owner.act(&server, &approve, &[]).await.status, 303);

        let path = |pattern: &str| pattern.replace("{account}", &account).replace("{applicant}", &applicant);
        for (pattern, may) in SEES {
            let seen = who.see(&server, &path(pattern)).await.status;
            assert_eq!(seen, if may[place] { 200 } else { 403 }, "{role} sees {pattern}");
        }
        for (pattern, may) in DOES {
            let fields = [("email", "a@example.com"), ("name", "New")];
            let done = who.act(&server, &path(pattern), &fields).await;
            assert_eq!(
                done.status,
                if may[place] { 303 } else { 403 },
                "{role} does {pattern}: {}",
                done.text()
            );
        }
        let fields = [("confirmation", "a@example.com")];
        let deleted = who.act(&server, &path("{account}/delete"), &fields).await.status;
        assert_eq!(deleted, if [true, true, false, false][place] { 303 } else { 403 }, "{role} deletes");
        let left = owner.see(&server, &account).await.status;
        assert_eq!(left, if deleted == 303 { 404 } else { 200 });
        server.stop().await;
    }
}

#[tokio::test]
async fn what_a_role_may_not_see_is_not_offered() {
    let server = Setup::default().contract("club", CLUB).start().await;
    let owner = server.administrator(Role::Owner).await;
    let moderator = server.administrator(Role::Moderator).await;
    member(&server, "a@example.com").await;
    let account = path_of(&server, &owner, "a@example.com").await;
    let all = owner.see(&server, &account).await;
    for act in ["edit", "send-reset", "end-sessions", "delete"] {
        assert!(all.text().contains(&format!("{account}/{act}\"")), "{act}: {}", all.text());
    }
    let few = moderator.see(&server, &account).await;
    for act in ["edit", "send-reset", "end-sessions", "delete"] {
        assert!(!few.text().contains(&format!("{account}/{act}\"")), "{act}: {}", few.text());
    }
    for heading in ["What happened", "Messages"] {
        assert!(all.text().contains(heading) && !few.text().contains(heading), "{heading}");
    }
    let refused = moderator.see(&server, &format!("{account}/delete")).await;
    assert!(refused.text().contains("accounts:erase"), "{}", refused.text());
    server.stop().await;
}
