//! A stop lets requests in flight finish.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use daemun_testkit::{Setup, TestServer};

use crate::MEMBERS;

const BODY: &str = r#"{"email":"late@example.com","password":"correct horse battery"}"#;

/// A sign-up whose body has not been sent.
fn begin(server: &TestServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /members/members HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_is_answered_and_new_connections_are_not_taken() {
    let server = TestServer::with_contract("members", MEMBERS).await;
    let address = server.address();
    let mut stream = begin(&server);
    let stopping = tokio::spawn(server.stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err(), "the port is closed");
    assert!(!stopping.is_finished(), "a request is in flight");

    let answer = tokio::task::spawn_blocking(move || {
        stream.write_all(BODY.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), stopping).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_no_longer_than_it_may() {
    let server = Setup::default().contract("members", MEMBERS).server("drain_seconds = 1").start().await;
    let stream = begin(&server);
    tokio::time::timeout(Duration::from_secs(8), server.stop()).await.expect("the stop ends");
    drop(stream);
}
