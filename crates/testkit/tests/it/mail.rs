//! A student's story as it is told by mail: every code and every link is read in the inbox of a real mail server.

use daemun_testkit::{Answer, Answered, Setup, TestServer};
use daemun_testmail::{Inbox, Mail, Security};
use serde_json::{Value, json};

const EMAIL: &str = "student@example.ac.kr";

async fn ask(server: &TestServer, path: &str, body: &Value) -> Answer {
    server.post(&format!("/campus/users/{path}")).json(body).answer().await
}

/// Sends what must succeed, and gives what the envelope holds beside its two fields.
async fn succeed(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = ask(server, path, &body).await;
    let mut json = answer.json();
    let envelope = json.as_object_mut().unwrap();
    assert_eq!((envelope.remove("status"), envelope.remove("error_msg")), (Some(json!(0)), Some(json!(""))));
    assert_eq!(answer.status, 200, "{path} {body}");
    json
}

async fn sign_in(server: &TestServer, password: &str) -> Answer {
    ask(server, "login", &json!({ "username": "student", "password": password })).await
}

/// Only the newest password is good for anything.
async fn assert_password(server: &TestServer, right: &str, wrong: &str) {
    assert_eq!(sign_in(server, wrong).await.status, 401);
    assert_eq!(sign_in(server, right).await.status, 200);
}

/// A mail that reads in both of its parts, came over TLS, and has one recipient.
fn assert_readable(mail: &Mail, subject: &str) {
    assert_eq!((mail.subject.as_str(), mail.to.as_slice()), (subject, [EMAIL.to_owned()].as_slice()));
    assert!(mail.tls && mail.signed_in);
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("Campus") && !part.contains("{{"), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_proves_an_address_signs_up_and_forgets_a_password_twice() {
    let Some(inbox) = Inbox::open(Security::StartTls) else { return };
    let setup = Setup::default().app_toml("name = \"campus\"\ndemo_rows = true\n");
    let server = setup.email(&inbox.settings()).start().await;

    succeed(&server, "organization/send_auth_email", json!({ "organization_id": "1", "email": EMAIL })).await;
    let proof = inbox.last_to(EMAIL, 1).await;
    assert_readable(&proof, "[Campus] 이메일 인증 코드 안내");
    assert!(proof.html.contains(proof.code()));
    succeed(&server, "organization/check_auth_code", json!({ "email": EMAIL, "code": proof.code() })).await;
    let student =
        json!({ "username": "student", "password": "walks in May", "email": EMAIL, "organization": "1" });
    succeed(&server, "signup", student).await;
    let signed_in = sign_in(&server, "walks in May").await.json();
    // The document refreshes at the URL of the sign-in.
    let refreshed = succeed(&server, "login", json!({ "refresh": signed_in["tokens"]["refresh"] })).await;
    let access = refreshed["access"].as_str().unwrap();
    let shown = server.get("/campus/users/nickname").bearer_auth(access).answer().await;
    assert_eq!(shown.json(), json!({ "status": 0, "error_msg": "", "nickname": null }));

    succeed(&server, "reset-password/send_auth_mail", json!({ "email": EMAIL })).await;
    let reset = inbox.last_to(EMAIL, 2).await;
    assert_readable(&reset, "[Campus] 비밀번호 재설정 안내");
    succeed(&server, "reset-password/check_auth_code", json!({ "email": EMAIL, "code": reset.code() })).await;
    let chosen = json!({ "email": EMAIL, "password": "walks in June" });
    succeed(&server, "reset-password/set_password", chosen).await;
    assert_readable(&inbox.last_to(EMAIL, 3).await, "[Campus] 비밀번호가 변경되었습니다");
    assert_password(&server, "walks in June", "walks in May").await;
    let stale = ask(&server, "login", &json!({ "refresh": signed_in["tokens"]["refresh"] })).await;
    assert_eq!((stale.status, &stale.json()["status"]), (401, &json!(2)), "a new password ends all sessions");

    server.advance(61);
    succeed(&server, "reset-password/send_auth_mail", json!({ "email": EMAIL })).await;
    let reset = inbox.last_to(EMAIL, 4).await;
    let html = reset.html.replace("&#x2f;", "/").replace("&amp;", "&");
    assert!(html.contains(&format!("href=\"{}\"", reset.link())), "{html}");
    let page = reset.link().strip_prefix(&server.url("")).unwrap();
    assert_eq!(server.get(page).answer().await.status, 200);
    let typed = [("password", "walks in July"), ("password_again", "walks in July")];
    assert_eq!(server.post(page).form(&typed).answer().await.status, 200);
    inbox.last_to(EMAIL, 5).await;
    assert_password(&server, "walks in July", "walks in June").await;

    // A mail's code is worth as little as its link once one of them was used.
    let late = json!({ "email": EMAIL, "password": "walks in August", "code": reset.code() });
    assert_eq!(ask(&server, "reset-password/set_password", &late).await.status, 401);
    assert_eq!(server.get(page).answer().await.status, 410);
    inbox.last_to(EMAIL, 5).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_of_somebody_who_is_no_member_stays_empty() {
    let Some(inbox) = Inbox::open(Security::Tls) else { return };
    let setup = Setup::default().app_toml("name = \"campus\"\ndemo_rows = true\n");
    let server = setup.email(&inbox.settings()).start().await;
    succeed(&server, "reset-password/send_auth_mail", json!({ "email": EMAIL })).await;
    // Whatever was queued before this one has left when it arrives.
    let proof = json!({ "organization_id": "1", "email": "other@example.ac.kr" });
    succeed(&server, "organization/send_auth_email", proof).await;
    inbox.last_to("other@example.ac.kr", 1).await;
    inbox.to(EMAIL, 0).await;
    assert_eq!(server.messages().await.len(), 1);
    server.stop().await;
}
