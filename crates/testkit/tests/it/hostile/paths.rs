//! Paths and methods that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use daemun_testkit::{Answer, Answered, TestServer};
use reqwest::Method;

use super::{APPS, Attacker, assert_shape, assert_told, server, targets};

/// What a path answers that is not there.
fn not_found(app: &str) -> &'static str {
    match app {
        "welt" => r#"{"status":404,"code":40400,"message":"Not found","detail":""}"#,
        _ => r#"{"detail":"존재하지 않은 요청입니다"}"#,
    }
}

/// Sends a request line as it stands, and reads the answer: status and body.
fn raw(server: &TestServer, line: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// Each path with the methods that it has.
fn methods_of_paths() -> BTreeMap<(String, &'static str), BTreeSet<String>> {
    let mut paths: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for target in targets() {
        paths.entry((target.path, target.app)).or_default().insert(target.method.to_string());
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn both_slash_forms_are_one_route_and_neither_redirects() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for mut target in targets() {
        let plain = attacker.send(&target, "without a slash", |request| request).await;
        attacker.leave();
        target.path.push('/');
        let slashed = attacker.send(&target, "with a slash", |request| request).await;
        attacker.leave();
        assert_eq!(plain.status, slashed.status, "{}", target.path);
        assert_eq!(plain.header("location"), "");
        target.path.push_str("?next=%2F%2Fexample.com&x");
        let queried = attacker.send(&target, "with a query", |request| request).await;
        attacker.leave();
        assert_eq!(plain.status, queried.status, "{}", target.path);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_not_there_is_404_in_the_contracts_shape() {
    let server = server().await;
    for app in APPS {
        for path in [
            "",
            "/",
            "/nowhere",
            "/auth",
            "/users",
            "/auth//login",
            "//auth/login",
            "/auth/login//",
            "/users//login/",
            "/auth/login/x",
            "/auth/./login",
            "/auth/%2e%2e/login",
            "/%61uth%2Flogin",
            "/AUTH/LOGIN",
            "/auth/login;x=1",
            "/auth/login%00",
            "/auth/login%20",
            "/%ff",
            "/%",
            "/%zz",
            "/users/login%2f",
            "/.env",
            "/.git/config",
            "/administrator",
            "/wp-login.php",
            "/openapi.json/x",
            "/.well-known/openid-configuration",
        ] {
            let path = format!("/{app}{path}");
            for method in ["GET", "POST", "DELETE", "BREW"] {
                let (status, body) = raw(&server, &format!("{method} {path}"));
                assert_eq!((status, body.as_str()), (404, not_found(app)), "{method} {path}");
            }
        }
        let long = format!("/{app}/{}", "x".repeat(8_000));
        assert_eq!(raw(&server, &format!("GET {long}")), (404, not_found(app).to_owned()), "a long path");
        let deep = format!("/{app}{}", "/x".repeat(4_000));
        assert_eq!(raw(&server, &format!("GET {deep}")), (404, not_found(app).to_owned()), "a deep path");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_target_at_all_is_refused() {
    let server = server().await;
    let beyond = format!("GET /welt/{}", "x".repeat(70_000));
    for (line, wanted) in [
        ("GET nowhere", &[400, 404][..]),
        ("GET /welt/auth login", &[400]),
        ("GET /welt/\u{7f}", &[400, 404]),
        ("GET *", &[400, 404]),
        ("OPTIONS *", &[204, 404]),
        ("CONNECT example.com:443", &[400, 404, 405]),
        ("GET http://elsewhere.example/welt/nowhere", &[404]),
        (" / ", &[400]),
        ("G\u{1}T /", &[400]),
        (beyond.as_str(), &[414, 431]),
    ] {
        let (status, _) = raw(&server, line);
        assert!(wanted.contains(&status), "{line:.60}: {status}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_path_does_not_have_is_405_and_tells_which_it_has() {
    let server = server().await;
    for ((path, app), methods) in methods_of_paths() {
        let mut allowed: BTreeSet<&str> = methods.iter().map(String::as_str).collect();
        if allowed.contains("GET") {
            allowed.insert("HEAD");
        }
        allowed.insert("OPTIONS");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            if allowed.contains(method) {
                continue;
            }
            for path in [path.clone(), format!("{path}/")] {
                let what = format!("{method} {path}");
                let request = server.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
                let answer = request.json(&serde_json::json!({})).answer().await;
                assert_eq!(answer.status, 405, "{what}: {}", answer.text());
                assert_eq!(listed(answer.header("allow")), allowed, "{what}");
                if method == "HEAD" {
                    assert!(answer.body.is_empty(), "{what}");
                } else {
                    assert_told(app, &answer, &what);
                }
            }
        }
        let options = server.request(Method::OPTIONS, &path).answer().await;
        assert_eq!((options.status, options.body.len()), (204, 0), "OPTIONS {path}");
        assert_eq!(listed(options.header("allow")), allowed, "OPTIONS {path}");
    }
    for app in APPS {
        let answer = server.request(Method::OPTIONS, &format!("/{app}/nowhere")).answer().await;
        assert_eq!(answer.status, 404);
        assert_shape(app, &answer, "OPTIONS of nowhere");
    }
    server.stop().await;
}

fn listed(allow: &str) -> BTreeSet<&str> {
    allow.split(", ").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn head_answers_as_get_does_without_its_body() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for (app, path) in [("welt", "/welt/auth/accounts/profile"), ("energyboost", "/energyboost/users/user")] {
        let access = attacker.access(app).await;
        attacker.leave();
        for (token, status) in [(access.as_str(), 200), ("nonsense", 401)] {
            let get = server.get(path).bearer_auth(token).answer().await;
            let head = server.request(Method::HEAD, path).bearer_auth(token).answer().await;
            assert_eq!((get.status, head.status, head.body.len()), (status, status, 0), "{path}");
            assert_eq!(told(&get), told(&head), "{path}");
        }
    }
    server.stop().await;
}

/// The headers that do not differ from one request to the next.
fn told(answer: &Answer) -> BTreeMap<String, String> {
    let headers =
        answer.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_a_path_may_be_percent_encoded() {
    let server = server().await;
    for (app, line) in
        [("welt", "GET /welt/auth/accounts/pr%6Ffile"), ("energyboost", "GET /energyboost/%75sers/user/")]
    {
        let (status, body) = raw(&server, line);
        assert_eq!(status, 401, "{app}: {body}");
    }
    server.stop().await;
}
