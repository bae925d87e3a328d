//! OpenTelemetry traces, sent to a collector of the test's own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::json;

use crate::place::{CONFIG, Place};

/// A collector that takes everything and gives the bodies.
fn collector() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (bodies, taken) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let bodies = bodies.clone();
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                while let Some(body) = request(&mut stream) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                    bodies.send(body).ok();
                }
            });
        }
    });
    (url, taken)
}

/// The body of the next request of a connection.
fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("post /v1/traces "), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

#[test]
fn a_request_is_traced_through_its_operation_and_nobody_is_named() {
    let (url, taken) = collector();
    let place = Place::configured();
    place.write("daemun.toml", &format!("[traces]\nendpoint = \"{url}\"\nsample = 1.0\n{CONFIG}"));
    let server = place.serve(&[]);
    let member = json!({ "email": "somebody@example.com", "password": "correct horse battery" });
    assert_eq!(server.post("/members/members", &member).0, 201);
    let token = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/members/me", &token).0, 200);
    server.terminate();
    let (code, log) = server.ended();
    assert_eq!(code, 0);

    let mut spans = Vec::new();
    while let Ok(body) = taken.recv_timeout(Duration::from_millis(500)) {
        spans.extend(body);
    }
    // Texts stand in protobuf as they are.
    let spans = String::from_utf8_lossy(&spans);
    for text in [
        "service.name",
        "/members",
        "/sessions",
        "/me",
        "session.sign_in",
        "account.show",
        "password hash",
        "http.route",
        "daemun.request_id",
        "FROM sessions s JOIN accounts a",
    ] {
        assert!(spans.contains(text), "{text}");
    }
    assert!(!spans.contains("FROM outbox"), "jobs are no requests");
    for secret in ["somebody", "correct horse", &token] {
        assert!(!spans.contains(secret), "{secret}");
    }
    assert!(log.contains("\"answered\"") && !log.contains("db.query.text"), "lines are as ever: {log}");
}

#[test]
fn a_collector_that_is_away_holds_nobody_up() {
    let place = Place::configured();
    let traces = "[traces]\nendpoint = \"http://127.0.0.1:1/v1/traces\"\nsample = 1.0\n";
    place.write("daemun.toml", &format!("{traces}{CONFIG}"));
    let server = place.serve(&[]);
    let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
    assert_eq!(server.post("/members/members", &member).0, 201);
    server.terminate();
    assert_eq!(server.ended().0, 0);

    place.write("daemun.toml", &format!("[traces]\nendpoint = \"collector\"\n{CONFIG}"));
    assert!(place.run(&["check-config"]).fails_with(1).contains("traces.endpoint"));
}
