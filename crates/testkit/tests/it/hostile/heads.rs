//! Headers that mean harm.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use daemun_testkit::{Answered, TestServer};
use reqwest::header::{ACCEPT_LANGUAGE, HeaderValue};
use serde_json::json;

use super::{APPS, Attacker, server, targets};

/// Sends bytes, and reads the answer as text.
fn raw(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // A server that refused may have closed before everything was sent.
    stream.write_all(bytes).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_without_end_are_431() {
    let server = server().await;
    let head = "GET /welt/auth/accounts/profile HTTP/1.1\r\nhost: x\r\n";
    let many: String = (0..500).map(|number| format!("x-{number}: y\r\n")).collect();
    let long = format!("x: {}\r\n", "y".repeat(60_000));
    let name = format!("{}: y\r\n", "x".repeat(60_000));
    for headers in [many, long, name] {
        let answer = raw(&server, format!("{head}{headers}\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 431 "), "{:.60}: {answer}", headers);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_that_contradict_each_other_are_400_and_close_the_connection() {
    let server = server().await;
    let head = "POST /welt/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for lengths in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: -1\r\n",
        "content-length: 2x\r\n",
        "content-length: 99999999999999999999\r\n",
        "content-length: 2\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ] {
        // What a front end would take for a second request must not be answered.
        let request = format!("{head}{lengths}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = raw(&server, request.as_bytes());
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{lengths}: {answer}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{lengths}: {answer}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_ends_before_its_length_does_no_harm() {
    let server = server().await;
    let head = "POST /welt/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for rest in ["content-length: 500\r\n\r\n{\"email\":", "transfer-encoding: chunked\r\n\r\n5\r\n{\"ema"] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(format!("{head}{rest}").as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    let garbage = format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n");
    let answer = raw(&server, garbage.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(server.get("/healthz").answer().await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_every_kind_are_answered_on_every_route() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    let headers: &[(&'static str, &[u8])] = &[
        ("accept", b"image/png"),
        ("accept", b"\xff\xfe"),
        ("accept-language", b"\xff\xfe"),
        ("accept-language", b"xx-YY;q=2, ;;;, *;q=nan"),
        ("accept-encoding", b"gzip;q=1, br"),
        ("content-encoding", b"gzip"),
        ("content-type", b"\xff\xfe"),
        ("cookie", b"sessionid=x; csrftoken=y"),
        ("origin", b"null"),
        ("origin", b"http://localhost.evil.example"),
        ("referer", b"javascript:alert(1)"),
        ("range", b"bytes=0-1"),
        ("if-none-match", b"*"),
        ("x-forwarded-for", b"1.2.3.4, unknown, \xff"),
        ("x-forwarded-host", b"evil.example"),
        ("x-forwarded-proto", b"gopher"),
        ("x-http-method-override", b"DELETE"),
        ("x-original-url", b"/healthz"),
        ("user-agent", b"\xed\x95\x9c\xea\xb8\x80 \xff"),
        ("te", b"trailers"),
        ("upgrade", b"websocket"),
    ];
    for target in targets() {
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value).unwrap();
            let what = format!("{name}: {value:?}");
            attacker.send(&target, &what, |request| request.header(*name, value)).await;
        }
        attacker.leave();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_changes_what_a_contract_does_not_pin() {
    let server = server().await;
    let path = "/energyboost/users/login/";
    for (language, required) in [
        ("ko", "필수 항목입니다."),
        ("en-GB,en;q=0.9", "This field is required."),
        ("de", "필수 항목입니다."),
        ("en;q=0, ko;q=0.1", "필수 항목입니다."),
        ("", "필수 항목입니다."),
        ("*", "필수 항목입니다."),
    ] {
        let answer = server.post(path).header(ACCEPT_LANGUAGE, language).json(&json!({})).answer().await;
        let wanted = json!({ "detail": "잘못된 요청입니다", "email": [required], "password": [required] });
        assert_eq!(answer.json(), wanted, "{language}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_mails_do_not_follow_the_host_of_a_request() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    attacker.access("welt").await;
    let email = "member1@welt.example.com";
    let request = server
        .post("/welt/auth/accounts/reset/request")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example")
        .json(&json!({ "email": email }));
    assert_eq!(request.answer().await.status, 200);
    let message = server.last_message_to(email).await;
    assert!(message.link.unwrap().starts_with(&server.url("/welt/pages/reset?")));
    assert!(!message.text.unwrap().contains("evil"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_of_ours_replaces_one_that_could_forge_a_log_line() {
    let server = server().await;
    for app in APPS {
        let path = format!("/{app}/nowhere");
        for given in ["", "a b", "{\"level\":\"ERROR\"}", &"x".repeat(129), "<script>"] {
            let answer = server.get(&path).header("x-request-id", given).answer().await;
            assert_eq!(answer.header("x-request-id").len(), 32, "{given}");
        }
        let kept = "01JBZ-4711_a.b";
        let answer = server.get(&path).header("x-request-id", kept).answer().await;
        assert_eq!(answer.header("x-request-id"), kept);
    }
    server.stop().await;
}
