//! Bodies that are no bodies.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use daemun_testkit::{Answered, Setup};
use reqwest::header::CONTENT_TYPE;

use super::{APPS, Attacker, answered, assert_told, server, targets};

const JSON: &str = "application/json";

/// Bodies that no JSON object can be read from.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("a list", text("[]")),
        ("null", text("null")),
        ("a string", text("\"x\"")),
        ("a number", text("17")),
        ("true", text("true")),
        ("a space", text(" ")),
        ("an opening", text("{")),
        ("half a member", text("{\"email\":")),
        ("half a string", text("{\"email\":\"a")),
        ("single quotes", text("{'email':'a'}")),
        ("a comment", text("{/* */}")),
        ("a trailing comma", text("{\"email\":\"a\",}")),
        ("two objects", text("{}{}")),
        ("NaN", text("{\"email\":NaN}")),
        ("a number beyond all bounds", text("{\"email\":1e400}")),
        ("a lone surrogate", text("{\"email\":\"\\ud800\"}")),
        ("surrogates in the wrong order", text("{\"email\":\"\\udc00\\ud800\"}")),
        ("half an escape", text("{\"email\":\"\\u00\"}")),
        ("a raw NUL", text("{\"email\":\"a\0b\"}")),
        ("a raw line break", text("{\"email\":\"a\nb\"}")),
        ("text cut within a letter", b"{\"email\":\"\xed\x95".to_vec()),
        ("bytes that are no UTF-8", b"{\"email\":\"\xff\xfe\"}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("nothing but NUL", vec![0; 64]),
        ("33 levels of lists", nested(33, "[", "]")),
        ("33 levels of objects", nested(33, "{\"a\":", "}")),
        ("a hundred thousand brackets", text(&"[".repeat(100_000))),
        ("a hundred thousand braces", text(&"{\"a\":".repeat(40_000))),
        ("a form", text("email=a%40b.kr&password=x")),
    ]
}

fn nested(levels: usize, open: &str, close: &str) -> Vec<u8> {
    let levels = levels - 1;
    format!("{{\"a\":{}1{}}}", open.repeat(levels), close.repeat(levels)).into_bytes()
}

/// A wrong request in each contract's words.
const fn bad_request(app: &str) -> (u16, &'static str) {
    match app.as_bytes() {
        b"welt" => (400, r#"{"status":400,"code":40000,"message":"Invalid request","detail":""}"#),
        _ => (403, r#"{"detail":"잘못된 요청입니다"}"#),
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_told_in_the_words_of_every_contract() {
    let told = [
        ("/welt/auth/login", 400, r#"{"status":400,"code":40000,"message":"Invalid request","detail":""}"#),
        ("/energyboost/users/login/", 403, r#"{"detail":"잘못된 요청입니다"}"#),
        ("/mobile/api/token/", 400, r#"{"detail":"요청 본문을 읽을 수 없습니다."}"#),
        ("/solgik/rest-auth/login/", 400, r#"{"detail":"요청 본문을 읽을 수 없습니다."}"#),
        (
            "/solgik/accounts/find/K-1/",
            400,
            r#"{"status":"FAIL","error_msg":"요청 본문을 읽을 수 없습니다.","msg":"요청 본문을 읽을 수 없습니다.","status_code":400}"#,
        ),
        ("/campus/users/login", 400, r#"{"status":1,"error_msg":"요청 본문을 읽을 수 없습니다."}"#),
    ];
    let apps = ["welt", "energyboost", "mobile", "solgik", "campus"];
    let server = apps.into_iter().fold(Setup::default(), Setup::app).start().await;
    for (path, status, body) in told {
        let answer = server.post(path).header(CONTENT_TYPE, JSON).body("{\"a\":").answer().await;
        assert_eq!((answer.status, answer.text()), (status, body), "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_object_is_refused_on_every_route_that_takes_a_body() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for target in targets() {
        for (what, body) in broken() {
            let send = |request: reqwest::RequestBuilder| request.header(CONTENT_TYPE, JSON).body(body);
            let answer = attacker.send(&target, what, send).await;
            if !target.fields.is_empty() {
                let wanted = bad_request(target.app);
                assert_eq!((answer.status, answer.text()), wanted, "{}: {what}", target.name());
            }
        }
        attacker.leave();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_and_an_empty_object_are_the_same() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for target in targets() {
        let nothing = attacker.send(&target, "no body", |request| request).await;
        for (what, content_type) in [("{}", Some(JSON)), ("{}", None), ("{\"...\":1,\"\":2}", Some(JSON))] {
            let answer = attacker
                .send(&target, what, |request| match content_type {
                    Some(content_type) => request.header(CONTENT_TYPE, content_type).body(what),
                    None => request.body(what),
                })
                .await;
            assert_eq!((answer.status, keys(&answer)), (nothing.status, keys(&nothing)), "{}", target.name());
        }
        // An empty body is `{}` whatever it claims to be.
        let claimed =
            attacker.send(&target, "an empty picture", |r| r.header(CONTENT_TYPE, "image/png")).await;
        assert_eq!(claimed.status, nothing.status, "{}", target.name());
        attacker.leave();
    }
    server.stop().await;
}

fn keys(answer: &daemun_testkit::Answer) -> Vec<String> {
    answer.json().as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_type_that_a_contract_does_not_read_is_415() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    let foreign = [
        "text/plain",
        "text/json",
        "application/xml",
        "application/jsonp",
        "application/json; charset=euc-kr",
        "application/octet-stream",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "json",
        ";",
    ];
    for target in targets().iter().filter(|target| !target.fields.is_empty()) {
        let body = serde_json::to_string(&target.good()).unwrap();
        for content_type in foreign {
            let dress = |request: reqwest::RequestBuilder| {
                request.header(CONTENT_TYPE, content_type).body(body.clone())
            };
            let answer = attacker.send(target, content_type, dress).await;
            assert_eq!(answer.status, 415, "{}: {content_type}: {}", target.name(), answer.text());
        }
        for (content_type, body) in [
            ("application/x-www-form-urlencoded", "email=x"),
            ("multipart/form-data; boundary=x", "--x--\r\n"),
        ] {
            let dress =
                |request: reqwest::RequestBuilder| request.header(CONTENT_TYPE, content_type).body(body);
            let status = attacker.send(target, content_type, dress).await.status;
            assert_eq!(status == 415, target.app == "welt", "{}: {content_type}: {status}", target.name());
        }
        attacker.leave();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_refused_or_read_and_never_break() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=x";
    let part =
        |name: &str, rest: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{rest}");
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (form, b"%".to_vec()),
        (form, b"email=%zz&email=%ff%fe&=&&&;==".to_vec()),
        (form, b"email=%00&password=%00".to_vec()),
        (form, b"email[]=a&email[b]=c&email.d=e".to_vec()),
        (form, b"email=a&".repeat(2000)),
        (form, vec![b'&'; 200_000]),
        (multipart, b"--x\r\n".to_vec()),
        (multipart, b"--y--\r\n".to_vec()),
        (multipart, part("email", "\r\n\r\na@b.kr").into_bytes()),
        (multipart, part("email", "; filename=\"a.png\"\r\n\r\nx\r\n--x--\r\n").into_bytes()),
        (multipart, part("email", "\r\n\r\n\0\r\n--x--\r\n").into_bytes()),
        (multipart, part("", "\r\n\r\n\r\n--x--\r\n").into_bytes()),
        (multipart, [part("email", "\r\n\r\n").into_bytes(), b"\xff\xfe\r\n--x--\r\n".to_vec()].concat()),
        ("multipart/form-data; boundary=", b"--\r\n".to_vec()),
    ];
    for target in targets() {
        for (content_type, body) in &bodies {
            let dress = |r: reqwest::RequestBuilder| r.header(CONTENT_TYPE, *content_type).body(body.clone());
            attacker.send(&target, content_type, dress).await;
        }
        attacker.leave();
    }
    server.stop().await;
}

const TWO_MEBIBYTES: usize = 2 * 1024 * 1024;

/// Sends a request by hand, reads the whole answer, and gives its status line.
fn raw(server: &daemun_testkit::TestServer, head: &str, chunks: &[Vec<u8>]) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    for chunk in chunks {
        stream.write_all(chunk).expect("the server reads until the answer was sent");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the answer is not cut off");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn two_mebibytes_are_413_announced_or_not_and_the_sender_reads_it() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    let large = format!("{{\"email\":\"{}\"}}", "x".repeat(TWO_MEBIBYTES));
    for target in targets() {
        let access = if target.needs_caller { attacker.access(target.app).await } else { String::new() };
        let head = format!(
            "{} {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {JSON}\r\nauthorization: Bearer {access}\r\n",
            target.method, target.path
        );
        let announced = format!("{head}content-length: {}\r\n\r\n", large.len());
        let length = raw(&server, &announced, &[large.clone().into_bytes()]);
        let mut chunks: Vec<Vec<u8>> = large
            .as_bytes()
            .chunks(40_000)
            .map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
            .collect();
        chunks.push(b"0\r\n\r\n".to_vec());
        let chunked = raw(&server, &format!("{head}transfer-encoding: chunked\r\n\r\n"), &chunks);
        // A route that takes no body may answer without looking at it.
        let refused = |answer: &str| answer.starts_with("HTTP/1.1 413 ");
        let fine =
            |answer: &str| refused(answer) || (target.method == "GET" && answer.starts_with("HTTP/1.1 200 "));
        assert!(fine(&length), "{}: {length}", target.name());
        assert!(fine(&chunked), "{}: {chunked}", target.name());
        attacker.leave();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_256_kib_is_read_and_one_byte_more_is_not() {
    let server = server().await;
    for app in APPS {
        let path = if app == "welt" { "/welt/auth/login" } else { "/energyboost/users/login/" };
        for (length, status) in [(256 * 1024, if app == "welt" { 400 } else { 403 }), (256 * 1024 + 1, 413)] {
            let body = format!("{{{}}}", " ".repeat(length - 2));
            let answer = answered(server.post(path).header(CONTENT_TYPE, JSON).body(body), path).await;
            assert_told(app, &answer, path);
            assert_eq!(answer.status, status, "{app}: {length}: {}", answer.text());
        }
    }
    server.stop().await;
}
