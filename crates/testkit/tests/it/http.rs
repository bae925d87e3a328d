//! Manners that no contract decides.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use daemun_testkit::{Answered, Setup, TestServer};
use serde_json::json;

use crate::MEMBERS;

#[tokio::test]
async fn every_answer_is_protected_from_browsers() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    for path in ["/healthz", "/nowhere", "/members/me", "/members/pages/reset?token=x"] {
        let answer = server.get(path).answer().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none';"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: this server has no TLS");
    }
    server.stop().await;
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let server = Setup::default()
        .contract("members", MEMBERS)
        .server("public_url = \"https://id.example.com\"")
        .start()
        .await;
    let answer = server.get("/healthz").answer().await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(server.app("members").public_url, "https://id.example.com/members");
    server.stop().await;
}

/// A connection that the server closes long before we lose patience.
fn connect(server: &TestServer) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

/// Sends bytes and reads until the server closes or `patience` is over.
fn raw(server: &TestServer, bytes: &[u8], patience: Duration) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_block_that_is_too_large_is_refused() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    let head = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "x".repeat(40_000));
    let answer = raw(&server, head.as_bytes(), Duration::from_secs(5));
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_answered_and_closed() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 nonsense nonsense"[..],
        b"GET\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
    ] {
        let begun = Instant::now();
        let answer = raw(&server, bytes, Duration::from_secs(5));
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(4), "{bytes:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_ends_its_header_is_let_go() {
    let server =
        Setup::default().contract("members", MEMBERS).server("header_read_seconds = 1").start().await;
    for bytes in [&b""[..], b"GET /hea", b"GET /healthz HTTP/1.1\r\nhost: x\r\n", b"PRI * HT"] {
        let begun = Instant::now();
        raw(&server, bytes, Duration::from_secs(6));
        assert!(begun.elapsed() < Duration::from_secs(5), "{bytes:?} was held open");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_rests_is_let_go() {
    let server = Setup::default().contract("members", MEMBERS).server("idle_seconds = 1").start().await;
    let mut stream = connect(&server);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1, "{answers}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_http_2_that_answers_pings_and_asks_nothing_is_let_go() {
    /// A frame without its nine bytes of head: its type, its flags, its stream and what it carries.
    fn frame(stream: &mut TcpStream) -> Option<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        stream.read_exact(&mut head).ok()?;
        let mut carried = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut carried).ok()?;
        Some((head[3], head[4], carried))
    }
    let server = Setup::default().contract("members", MEMBERS).server("idle_seconds = 1").start().await;
    let mut stream = connect(&server);
    // The preface, SETTINGS, and HEADERS that end their stream: GET, http, / (RFC 7541 appendix A).
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    stream.write_all(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84").unwrap();
    let mut kinds = Vec::new();
    while let Some((kind, flags, carried)) = frame(&mut stream) {
        kinds.push(kind);
        if kind == 6 && flags == 0 {
            // It may be closed by now.
            stream.write_all(&[&[0, 0, 8, 6, 1, 0, 0, 0, 0], &carried[..]].concat()).ok();
        }
    }
    assert!(kinds.contains(&1) && kinds.contains(&7), "no HEADERS and no GOAWAY among {kinds:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_none_of_its_answers_is_let_go() {
    let server = Setup::default().contract("members", MEMBERS).server("request_seconds = 1").start().await;
    // The less the system takes for it, the sooner the server waits.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address()).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    let request = &b"GET /members/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"[..];
    let begun = Instant::now();
    // Answers fill every buffer between, then the requests do; in the end the connection is gone.
    let mut written = 0;
    let goes_on = |kind| matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted);
    loop {
        assert!(begun.elapsed() < Duration::from_secs(300), "it was held open");
        match stream.write(&request[written..]) {
            Ok(more) => written = (written + more) % request.len(),
            Err(error) if goes_on(error.kind()) => {}
            Err(_) => break,
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_the_clients_fault() {
    let server = Setup::default().contract("members", MEMBERS).server("request_seconds = 1").start().await;
    let request = "POST /members/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"email\"";
    let answer = raw(&server, request.as_bytes(), Duration::from_secs(4));
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn http_2_is_spoken_on_the_same_port() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let answer = client.get(server.url("/healthz")).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    server.stop().await;
}

#[tokio::test]
async fn time_stands_still_and_ids_repeat() {
    async fn story() -> serde_json::Value {
        let server = TestServer::with_contract("members", MEMBERS).await;
        let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
        server.post("/members/members").json(&member).answer().await;
        let answer = server.post("/members/sessions").json(&member).answer().await.json();
        server.stop().await;
        claims(&answer)
    }
    let (first, second) = (story().await, story().await);
    // Only the port differs, and with it the issuer.
    assert_eq!(first["iat"], 1_767_323_045);
    assert_eq!(first["iat"], second["iat"]);
}

/// The claims of the answer's token, without looking at its signature.
fn claims(answer: &serde_json::Value) -> serde_json::Value {
    use base64::Engine;
    let token = answer["token"].as_str().unwrap();
    let bytes =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
