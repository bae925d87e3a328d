//! A client of `campus` as its public ones are: a page of another origin that reads `status` of the body.

use daemun_testkit::{Browser, Setup};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves an empty page on a port of its own, and gives its origin.
async fn page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let Ok(1..) = stream.read(&mut [0; 4096]).await else { continue };
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\n";
            stream.write_all(format!("{head}page").as_bytes()).await.ok();
        }
    });
    origin
}

/// Sends as axios does, and gives the body; `null` where the browser does not show it.
async fn send(browser: &Browser, url: &str, token: Option<&str>, body: Option<&Value>) -> Value {
    let headers = match token {
        Some(token) => {
            json!({ "Content-Type": "application/json", "Authorization": format!("Bearer {token}") })
        }
        None => json!({ "Content-Type": "application/json" }),
    };
    let options = match body {
        Some(body) => json!({ "method": "POST", "headers": headers, "body": body.to_string() }),
        None => json!({ "method": "GET", "headers": headers }),
    };
    let script = format!("return fetch({url:?}, {options}).then(a => a.json()).catch(() => null)");
    browser.run(&script).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_allowed_origin_signs_a_student_up_and_in() {
    let Some(browser) = Browser::open(390, 844).await else { return };
    let origin = page().await;
    let lines = format!("name = \"campus\"\ndemo_rows = true\nallowed_origins = [{origin:?}]\n");
    let server = Setup::default().app_toml(&lines).start().await;
    let url = |path: &str| server.url(&format!("/campus/users/{path}"));
    browser.go(&origin).await;
    let ask = async |path: &str, body: Value| send(&browser, &url(path), None, Some(&body)).await;

    let listed = send(&browser, &url("organization/list"), None, None).await;
    let school = listed["organizations"][0]["id"].clone();
    assert_eq!(
        ask("organization/emails", json!({ "org_id": school })).await["emails"],
        json!(["@example.ac.kr"])
    );
    let email = "student@example.ac.kr";
    let done = json!({ "status": 0, "error_msg": "" });
    let asked = json!({ "organization_id": school, "email": email });
    assert_eq!(ask("organization/send_auth_email", asked).await, done);
    let wrong = ask("organization/check_auth_code", json!({ "email": email, "code": "x" })).await;
    assert_eq!(wrong["status"], 1, "a failure is read too");
    let code = server.last_message_to(email).await.code.unwrap();
    assert_eq!(ask("organization/check_auth_code", json!({ "email": email, "code": code })).await, done);
    let student =
        json!({ "username": "student", "password": "walks in May", "email": email, "organization": school });
    assert_eq!(ask("signup", student).await, done);
    let tokens =
        ask("login", json!({ "username": "student", "password": "walks in May" })).await["tokens"].clone();
    let again = ask("login", json!({ "refresh": tokens["refresh"] })).await;
    let shown = send(&browser, &url("nickname"), again["access"].as_str(), None).await;
    assert_eq!(shown, json!({ "status": 0, "error_msg": "", "nickname": null }));
    let stale = send(&browser, &url("nickname"), Some("stale"), None).await;
    assert_eq!(stale["status"], 2);

    let other = page().await;
    browser.go(&other).await;
    assert_eq!(send(&browser, &url("organization/list"), None, None).await, Value::Null, "another origin");
    server.stop().await;
}
