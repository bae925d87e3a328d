//! `GET /metrics`, and who may see it.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::place::{CONFIG, Place, Served};

fn get(request: reqwest::RequestBuilder) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    })
}

fn scrape(server: &Served, url: &str) -> String {
    let (status, text) = get(server.client().get(format!("{url}/metrics")));
    assert_eq!(status, 200, "{text}");
    text
}

/// The value of a sample.
#[track_caller]
fn sample(text: &str, name: &str) -> f64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("{name} in\n{text}")).parse().unwrap()
}

#[test]
fn what_happens_is_counted_and_nobody_is_named() {
    let place = Place::configured();
    let server = place.serve(&[]);
    let member = json!({ "email": "somebody@example.com", "password": "correct horse battery" });
    let uuid = server.post("/members/members", &member).1["uuid"].as_str().unwrap().to_owned();
    let token = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(server.get("/members/me", &token).0, 200);
    }
    let wrong = json!({ "email": "somebody@example.com", "password": "wrong horse battery" });
    assert_eq!(server.post("/members/sessions", &wrong).0, 401);
    let method = reqwest::Method::from_bytes(b"BREW").unwrap();
    get(server.client().request(method, format!("{}/members/somebody", server.url)));

    let text = scrape(&server, &server.url);
    let requests =
        |labels: &str| sample(&text, &format!("daemun_requests_total{{app=\"members\",{labels}}}"));
    assert_eq!(requests(r#"method="POST",route="/members",status="201",code="-""#), 1.0);
    assert_eq!(requests(r#"method="GET",route="/me",status="200",code="-""#), 3.0);
    assert_eq!(requests(r#"method="POST",route="/sessions",status="401",code="wrong_credentials""#), 1.0);
    assert_eq!(requests(r#"method="other",route="-",status="404",code="route_not_found""#), 1.0);
    let seconds = r#"daemun_request_seconds_count{app="members",method="GET",route="/me"}"#;
    assert_eq!(sample(&text, seconds), 3.0);
    // What this node signed it need not verify.
    assert_eq!(sample(&text, r#"daemun_verified_tokens_total{result="hit"}"#), 3.0);
    assert!(!text.contains(r#"daemun_verified_tokens_total{result="miss"}"#));
    assert_eq!(sample(&text, "daemun_hash_wait_seconds_count"), 3.0);
    assert_eq!(sample(&text, "daemun_hash_queue"), 0.0);
    assert!(sample(&text, "daemun_hash_queue_places") > 0.0);
    let writes = sample(&text, "daemun_database_writes_total");
    assert_eq!(sample(&text, "daemun_database_batch_writes_sum"), writes);
    assert!(sample(&text, r#"daemun_database_seconds_count{kind="read"}"#) > 5.0);
    assert!(sample(&text, r#"daemun_database_seconds_count{kind="write"}"#) >= writes);
    assert_eq!(sample(&text, "daemun_database_up"), 1.0);
    what_never_happened_is_there(&text);
    assert!(sample(&text, r#"daemun_outbox_waiting{channel="email"}"#) <= 1.0);
    assert!(sample(&text, "daemun_connections") >= 1.0);
    assert!(sample(&text, "process_start_time_seconds") > 1.7e9);
    assert!(sample(&text, "process_resident_memory_bytes") > 1e6);
    for secret in ["somebody", "example.com", &uuid, &token, "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}");
    }
    every_number_is_explained(&text);
}

#[track_caller]
fn what_never_happened_is_there(text: &str) {
    for never in [
        "daemun_database_unavailable_total",
        "daemun_hash_rejected_total",
        r#"daemun_passwords_not_looked_at_total{why="closed"}"#,
    ] {
        assert_eq!(sample(text, never), 0.0, "{never} is there before it happens");
    }
}

#[track_caller]
fn every_number_is_explained(text: &str) {
    for line in text.lines().filter(|line| line.starts_with("daemun_")) {
        let name = line.split(['{', ' ']).next().unwrap();
        let name =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(text.contains(&format!("# HELP {name} ")), "{name} is explained");
    }
}

#[test]
fn a_client_that_goes_away_before_its_answer_is_counted() {
    let place = Place::configured();
    let server = place.serve(&[]);
    let address = server.url.trim_start_matches("http://");
    let hung_up = r#"daemun_requests_total{app="-",method="POST",route="-",status="499",code="-"}"#;
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // A password takes its time: the client is gone before it is hashed.
        let body = r#"{"email":"somebody@example.com","password":"correct horse battery"}"#;
        let request = format!(
            "POST /members/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        TcpStream::connect(address).unwrap().write_all(request.as_bytes()).unwrap();
        if scrape(&server, &server.url).contains(hung_up) {
            return;
        }
        assert!(Instant::now() < deadline, "nobody counts it");
    }
}

#[test]
fn only_this_machine_sees_them_where_members_are_served() {
    let place = Place::configured();
    let server = place.serve(&[]);
    let url = format!("{}/metrics", server.url);
    for header in ["x-forwarded-for", "forwarded", "via"] {
        let through = server.client().get(&url).header(header, "203.0.113.7");
        assert_eq!(get(through).0, 404, "a proxy passed it on: {header}");
    }
    assert_eq!(get(server.client().post(&url)).0, 405);
    drop(server);

    for line in ["public_url = \"https://id.example.com\"", "trusted_proxies = [\"127.0.0.1\"]"] {
        place.write("daemun.toml", &CONFIG.replace("[server]", &format!("[server]\n{line}")));
        let server = place.serve(&[]);
        assert_eq!(get(server.client().get(format!("{}/metrics", server.url))).0, 404, "{line}");
    }
}

#[test]
fn operators_have_a_listener_of_their_own() {
    let place = Place::configured();
    place.write("daemun.toml", &format!("[metrics]\nlisten = \"127.0.0.1:0\"\n{CONFIG}"));
    let server = place.serve(&[]);
    let watch =
        server.told.iter().find_map(|line| line.strip_prefix("metrics on ")?.strip_suffix("/metrics"));
    let watch = watch.unwrap().to_owned();
    assert!(scrape(&server, &watch).contains("daemun_build_info"));
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/members/me", 404), ("/", 404)] {
        assert_eq!(get(server.client().get(format!("{watch}{path}"))).0, status, "{path}");
    }
    assert_eq!(get(server.client().get(format!("{}/metrics", server.url))).0, 404);
    server.terminate();
    assert_eq!(server.ended().0, 0);

    let same =
        format!("[metrics]\nlisten = \"127.0.0.1:9000\"\n{CONFIG}").replace("127.0.0.1:0", "127.0.0.1:9000");
    place.write("daemun.toml", &same);
    assert!(place.run(&["check-config"]).fails_with(1).contains("metrics.listen"));
}
