//! A malicious uploader.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

async fn portrait(server: &TestServer) -> Value {
    signed(server, json!({ "kind": "portrait", "content_type": "image/png" })).await
}

/// The status and the code of a refusal.
fn refused(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn told(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Sends a request as it is written, paths untidied, and gives the beginning of the answer.
async fn raw(server: &TestServer, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!("{head}Host: x\r\nConnection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..12]).into_owned()
}

#[tokio::test]
async fn a_url_permits_nothing_but_what_was_signed() {
    let server = gallery().await;
    let permission =
        signed(&server, json!({ "kind": "portrait", "content_type": "image/png", "size": PNG.len() })).await;
    let other = portrait(&server).await["path"].as_str().unwrap().to_owned();
    let url = permission["url"].as_str().unwrap().to_owned();
    let path = permission["path"].as_str().unwrap();
    let (size, expires) =
        (format!("size={}", PNG.len()), url.split("expires=").nth(1).unwrap().split('&').next().unwrap());
    let signature = url.split("signature=").nth(1).unwrap();
    let upper = url.replace(signature, &signature.to_uppercase());
    for tampered in [
        url.replace("app=1", "app=2"),
        url.replace("app=1", "app=01"),
        url.replace("type=png", "type=jpeg"),
        url.replace(&size, "size=999"),
        url.replace(&format!("{size}&"), ""),
        url.replace(expires, &(expires.parse::<i64>().unwrap() + 1).to_string()),
        url.replace(expires, "9223372036854775807"),
        url.replace(signature, &"0".repeat(64)),
        url.replace(&format!("&signature={signature}"), ""),
        format!("{url}&size=5"),
        format!("{url}&extra=1"),
        format!("{url}0"),
        upper,
        url.replace(path, &other),
        url.replace(path, "images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.png"),
        url.split('?').next().unwrap().to_owned(),
    ] {
        let mut changed = permission.clone();
        changed["url"] = json!(tampered);
        assert_eq!(refused(&put(&server, &changed, PNG).await), told(403, "forbidden"), "{tampered}");
    }
    let query = url.split('?').nth(1).unwrap();
    for astray in [
        "images/portraits/../../../../etc/passwd",
        "../../../../../../tmp/daemun-was-here.png",
        "..%2f..%2ftmp%2fx.png",
        "%2e%2e/%2e%2e/x.png",
        "/etc/passwd",
    ] {
        let head = format!(
            "PUT /media/{astray}?{query} HTTP/1.1\r\nContent-Type: image/png\r\nContent-Length: {}\r\n",
            PNG.len()
        );
        assert_eq!(raw(&server, &head, PNG).await, "HTTP/1.1 403", "{astray}");
    }
    assert_eq!(kept(&server), [""; 0]);
    server.advance(600);
    assert_eq!(refused(&put(&server, &permission, PNG).await), told(403, "forbidden"), "it has ended");
    assert_eq!(kept(&server), [""; 0]);
}

#[tokio::test]
async fn a_url_takes_one_file_once() {
    let server = gallery().await;
    let permission = portrait(&server).await;
    assert_eq!(put(&server, &permission, PNG).await.status, 200);
    let other: Vec<u8> = [PNG, b" of somebody else"].concat();
    assert_eq!(refused(&put(&server, &permission, other).await), told(409, "already_exists"));
    assert_eq!(kept(&server).len(), 1);
}

#[tokio::test]
async fn a_file_must_be_of_its_type_whatever_it_is_called() {
    let server = gallery().await;
    let permission = portrait(&server).await;
    let wrong = told(415, "unsupported_media_type");
    for body in [
        &b"<!DOCTYPE html><html><script>alert(1)</script></html>"[..],
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        b"GIF89a\x01\0\x01\0\0\0\0;/*<script>alert(1)</script>*/",
        b"%PDF-1.7 and so on and on",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01 a JPEG where a PNG was named",
        b"\x89PNG\r\n\x1a\n",
        b"",
    ] {
        assert_eq!(refused(&put(&server, &permission, body).await), wrong, "{body:?}");
    }
    for header in ["text/html", "image/jpeg", "image/png, text/html", "image/png; charset=x", ""] {
        let url = permission["url"].as_str().unwrap().strip_prefix(&server.url("")).unwrap();
        let request = server.request(Method::PUT, url).header("content-type", header).body(PNG);
        assert_eq!(refused(&request.answer().await), wrong, "{header}");
    }
    let packed = request(&server, &permission).header("content-encoding", "gzip").body(PNG);
    assert_eq!(refused(&packed.answer().await), wrong);
    assert_eq!(kept(&server), [""; 0]);
    assert_eq!(put(&server, &permission, PNG).await.status, 200, "the permission is none the worse");
}

#[tokio::test]
async fn a_file_that_is_an_image_and_a_page_too_is_only_ever_an_image() {
    let server = gallery().await;
    let permission = portrait(&server).await;
    let both: Vec<u8> = [PNG, b"<html><script>alert(document.domain)</script></html>"].concat();
    assert_eq!(put(&server, &permission, both).await.status, 200);
    let path = permission["path"].as_str().unwrap();
    sign_up(&server, "gallery", json!({ "email": "eve@example.com", "portrait": path })).await;
    for disguise in ["", "?type=text/html", "?signature", "?x.html"] {
        let answer =
            server.get(&format!("/media/{path}{disguise}")).header("accept", "text/html").answer().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("sandbox"));
    }
}

#[tokio::test]
async fn a_file_has_the_size_that_was_named_and_never_more_than_it_may() {
    let server = gallery().await;
    let named =
        signed(&server, json!({ "kind": "portrait", "content_type": "image/png", "size": PNG.len() })).await;
    for body in [&PNG[..PNG.len() - 1], &[PNG, b"!"].concat()] {
        assert_eq!(refused(&put(&server, &named, body.to_vec()).await), told(400, "invalid"));
        // Without a length it shows only at the end.
        let parts = stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(body))]);
        assert_eq!(
            refused(&put(&server, &named, reqwest::Body::wrap_stream(parts)).await),
            told(400, "invalid")
        );
    }
    let badge = signed(&server, json!({ "kind": "badge", "content_type": "image/png" })).await;
    let large: Vec<u8> = [PNG, &[0; 100]].concat();
    assert_eq!(refused(&put(&server, &badge, large).await), told(413, "body_too_large"));
    assert_eq!(kept(&server), [""; 0]);
}

#[tokio::test]
async fn a_hundred_mebibytes_are_refused_by_their_length_or_where_they_get_too_many() {
    let server = gallery().await;
    let permission = portrait(&server).await;
    let url = permission["url"].as_str().unwrap();
    let target = url.strip_prefix(&server.url("")).unwrap();
    let head = format!("PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n");

    let mut declared = TcpStream::connect(server.address()).await.unwrap();
    declared.write_all(format!("{head}Content-Length: 104857600\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = vec![0; 12];
    declared.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");

    let mut streamed = TcpStream::connect(server.address()).await.unwrap();
    streamed.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    let mut chunk = PNG.to_vec();
    chunk.resize(0x10000, 0);
    let mut sent = 0;
    for _ in 0..1600 {
        let framed = [b"10000\r\n", &chunk[..], b"\r\n"].concat();
        if streamed.write_all(&framed).await.is_err() {
            break;
        }
        sent += chunk.len();
    }
    let mut answer = Vec::new();
    streamed.read_to_end(&mut answer).await.ok();
    assert!(answer.starts_with(b"HTTP/1.1 413") || answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert!(sent < 64 * 1024 * 1024, "{sent} bytes were taken in");
    assert_eq!(kept(&server), [""; 0]);
    assert_eq!(put(&server, &permission, PNG).await.status, 200, "the permission is none the worse");
}

#[tokio::test]
async fn a_file_that_is_cut_off_leaves_nothing_and_can_be_sent_again() {
    let server = gallery().await;
    let permission = portrait(&server).await;
    let target = permission["url"].as_str().unwrap().strip_prefix(&server.url("")).unwrap();
    let mut half = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n"
    );
    half.write_all(&[head.as_bytes(), PNG].concat()).await.unwrap();
    wait_for(|| kept(&server).len() == 1).await;
    drop(half);
    wait_for(|| kept(&server).is_empty()).await;
    assert_eq!(put(&server, &permission, PNG).await.status, 200);
}

#[tokio::test]
async fn a_file_that_comes_too_slowly_is_given_up() {
    let server = Setup::default().server("request_seconds = 1").contract("gallery", GALLERY).start().await;
    let permission = portrait(&server).await;
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(PNG))]);
    let slow = reqwest::Body::wrap_stream(first.chain(stream::pending()));
    let answer = put(&server, &permission, slow).await;
    assert_eq!(answer.status, 408);
    wait_for(|| kept(&server).is_empty()).await;
    assert_eq!(put(&server, &permission, PNG).await.status, 200);
}

/// Waits until something is so, which is as soon as the server has noticed.
async fn wait_for(so: impl Fn() -> bool) {
    for _ in 0..2000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never was so");
}

#[tokio::test]
async fn a_path_must_be_of_its_kind_and_ones_own() {
    let server = Setup::default().contract("gallery", GALLERY).contract("annex", GALLERY).start().await;
    let taken = uploaded(&server, "portrait").await;
    let free = uploaded(&server, "portrait").await;
    let member = json!({ "email": "ada@example.com", "portrait": taken });
    assert_eq!(sign_up(&server, "gallery", member).await.status, 201);
    let malformed = "Enter a valid value.";
    let used = "This value is already in use.";
    let paper = uploaded(&server, "paper").await;
    for (app, path, message) in [
        ("gallery", taken.as_str(), used),
        ("annex", &taken, used),
        ("annex", &free, used),
        ("gallery", &paper, malformed),
        ("gallery", "images/portraits/portrait_../../../../etc/passwd.png", malformed),
        ("gallery", "../images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.png", malformed),
        ("gallery", "images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.png.html", malformed),
        ("gallery", "images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.svg", malformed),
        ("gallery", "images/portraits/portrait_%2e%2e%2fMk28f58ch2AXuNt.png", malformed),
        (
            "gallery",
            "https://evil.example.com/images/portraits/portrait_rVvDZa9Mk28f58ch2AXuNt.png",
            malformed,
        ),
        ("gallery", &format!("{free}\n"), malformed),
        ("gallery", &format!("/{free}"), malformed),
        ("gallery", "", malformed),
    ] {
        let answer = sign_up(&server, app, json!({ "email": "eve@example.com", "portrait": path })).await;
        assert!(matches!(answer.status, 400 | 409), "{app} {path:?}: {}", answer.status);
        assert_eq!(answer.json()["fields"], json!({ "portrait": [message] }), "{app} {path:?}");
    }
    let twice = json!({ "email": "eve@example.com", "papers": [{ "file": paper }, { "file": paper }] });
    let answer = sign_up(&server, "gallery", twice).await;
    assert_eq!(answer.json()["fields"], json!({ "papers": [used] }));
    let order = json!({ "email": "eve@example.com", "papers": [
        { "file": paper, "order": 1 }, { "file": "images/papers/paper_rVvDZa9Mk28f58ch2AXuNt.png", "order": 1 },
    ] });
    assert_eq!(sign_up(&server, "gallery", order).await.json()["fields"], json!({ "papers": [used] }));
    let many: Vec<_> = (0..4)
        .map(|n| json!({ "file": format!("images/papers/paper_rVvDZa9Mk28f58ch2AXuN{n}.png") }))
        .collect();
    let answer = sign_up(&server, "gallery", json!({ "email": "eve@example.com", "papers": many })).await;
    assert_eq!(answer.json()["fields"], json!({ "papers": ["This value is out of range."] }));
    assert_eq!(seen(&server, &taken).await, 200);
    assert_eq!(seen(&server, &free).await, 404);
}

#[tokio::test]
async fn a_member_cannot_take_another_members_file_by_an_update() {
    let server = gallery().await;
    let (hers, his) = (uploaded(&server, "portrait").await, uploaded(&server, "portrait").await);
    sign_up(&server, "gallery", json!({ "email": "ada@example.com", "portrait": hers })).await;
    let eve =
        sign_up(&server, "gallery", json!({ "email": "eve@example.com", "portrait": his })).await.json();
    let token = format!("Bearer {}", eve["token"].as_str().unwrap());
    let request = server.request(Method::PATCH, "/gallery/me").header("authorization", token);
    let answer = request.json(&json!({ "portrait": hers })).answer().await;
    assert_eq!(answer.json()["fields"], json!({ "portrait": ["This value is already in use."] }));
    assert_eq!((seen(&server, &hers).await, seen(&server, &his).await), (200, 200), "and has lost nothing");
    assert_eq!(tidy(&server).await.deleted, 0);
}

#[tokio::test]
async fn media_gives_out_files_and_nothing_else() {
    let server = gallery().await;
    let path = uploaded(&server, "portrait").await;
    sign_up(&server, "gallery", json!({ "email": "ada@example.com", "portrait": path })).await;
    for wrong in [
        "",
        "/",
        "..",
        "../daemun.toml",
        "%2e%2e/daemun.toml",
        "..%2fdaemun.db",
        "images/portraits",
        "images/portraits/",
        "images//portraits/x.png",
        "incoming/.probe",
        "images/portraits/portrait_%00.png",
        "%ff%fe",
    ] {
        let head = format!("GET /media/{wrong} HTTP/1.1\r\n");
        assert_eq!(raw(&server, &head, b"").await, "HTTP/1.1 404", "{wrong}");
    }
    let link = operate(&server, "upload.link", json!({ "path": path })).await.unwrap();
    let link = link["url"].as_str().unwrap().strip_prefix(&server.url("")).unwrap().to_owned();
    let paper = uploaded(&server, "paper").await;
    for tampered in [
        link.replace(&path, &paper),
        link.replace("app=1", "app=2"),
        link.replace("expires=1", "expires=2"),
        format!("{link}0"),
        format!("{link}&x=1"),
    ] {
        assert_eq!(refused(&server.get(&tampered).answer().await), told(403, "forbidden"), "{tampered}");
    }
    assert_eq!(seen(&server, &format!("{paper}?app=1")).await, 404);
}
