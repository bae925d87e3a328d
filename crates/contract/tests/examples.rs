//! Examples: what their files may say, and how they are played.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use daemun_contract::examples::{Advance, Caught, Examples, LoadError, Messages, Outcome, Target, play};
use daemun_model::{Clock, FrozenClock, Timestamp};
use futures_util::future::BoxFuture;
use serde_json::json;

/// A server that says back what it was sent, and a few things more.
#[derive(Clone, Default)]
struct Echo {
    outbox: Arc<Mutex<Vec<Caught>>>,
}

async fn answer(
    State(echo): State<Echo>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    match uri.path() {
        "/sign-up" => {
            echo.outbox.lock().unwrap().push(Caught {
                to: "kim@example.com".into(),
                subject: Some("Welcome".into()),
                text: "Your code is 123456.".into(),
                code: Some("123456".into()),
                link: Some("https://id.example.com/pages/verify?uid=7&token=a%2Bb".into()),
            });
            let body = json!({ "id": 7, "access": "aa.bb.cc", "members": [{ "id": 1 }] });
            (StatusCode::CREATED, [("x-extra", "yes")], axum::Json(body)).into_response()
        }
        "/plain" => (StatusCode::OK, "just text").into_response(),
        "/moved" => (StatusCode::FOUND, [("location", "/plain")]).into_response(),
        "/none" => StatusCode::NO_CONTENT.into_response(),
        _ => axum::Json(json!({
            "method": method.as_str(),
            "path": uri.to_string(),
            "type": header("content-type"),
            "token": header("authorization"),
            "body": text,
        }))
        .into_response(),
    }
}

impl Messages for Echo {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Caught>, String>> {
        let all = self.outbox.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(all)))
    }
}

async fn server() -> (Echo, String) {
    let echo = Echo::default();
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(echo.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (echo, url)
}

fn examples(steps: &str) -> Examples {
    let indented: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    let file = format!("contract: x\nexamples:\n  - name: One\n    steps:\n{indented}");
    Examples::load("x.examples.yaml", &file).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Plays against a server of our own, with its messages and its clock.
async fn played(steps: &str) -> String {
    let (echo, base_url) = server().await;
    let clock = FrozenClock::at(Timestamp(0));
    let target =
        Target { base_url, messages: Some(&echo), clock: Some(&clock), operator: None, api_key: None };
    play(&examples(steps), &target).await.to_string()
}

/// Plays against a server of somebody else.
async fn played_against(steps: &str) -> String {
    let (_echo, base_url) = server().await;
    play(&examples(steps), &Target { base_url, messages: None, clock: None, operator: None, api_key: None })
        .await
        .to_string()
}

const SIGN_UP: &str = "- request: { method: POST, path: /sign-up, json: { name: Kim } }
  expect:
    status: 201
    headers: { X-Extra: 'yes', Content-Type: application/json, X-Nothing: <absent> }
    body: { id: <int>, access: <jwt>, members: [{ id: 1 }] }
  capture: { id: body.id, access: body.access, first: body.members.0.id, extra: header.X-Extra }
";

#[tokio::test]
async fn what_one_step_captures_the_next_sends_and_expects() {
    let steps = format!(
        "{SIGN_UP}- request:
    method: PATCH
    path: '/users/{{{{ id }}}}?x={{{{ extra }}}}'
    headers: {{ Authorization: 'Bearer {{{{ access }}}}' }}
    json: {{ id: '{{{{ id }}}}', text: 'no. {{{{ first }}}}', none: null, list: [1, true] }}
  expect:
    status: 200
    body:
      method: PATCH
      path: '/users/{{{{ id }}}}?x=yes'
      type: application/json
      token: Bearer aa.bb.cc
      body: '{{\"id\":7,\"text\":\"no. 1\",\"none\":null,\"list\":[1,true]}}'
"
    );
    assert_eq!(played(&steps).await, "ok      One\n\n1 passed, 0 failed, 0 skipped");
}

#[tokio::test]
async fn a_body_goes_out_as_it_is_written() {
    let steps = "- request: { method: POST, path: /a, form: { email: a@b.kr, n: 1, i: [x y, z] } }
  expect:
    status: 200
    body: { type: application/x-www-form-urlencoded, body: email=a%40b.kr&n=1&i=x+y&i=z, '...': <any> }
- request: { method: POST, path: /a, multipart: { email: a@b.kr } }
  expect:
    status: 200
    body: { type: '<re:multipart/form-data; boundary=.+>', body: '<re:(?s).*name=\"email\"\\r\\n\\r\\na@b.kr\\r\\n.*>', '...': <any> }
- request: { method: POST, path: /a, headers: { Content-Type: application/json }, raw: '{\"a\": ' }
  expect: { status: 200, body: { type: application/json, body: '{\"a\": ', '...': <any> } }
- request: { method: POST, path: /a, raw: text }
  expect: { status: 200, body: { type: null, body: text, '...': <any> } }
- request: { method: POST, path: /a, headers: { content-type: application/merge-patch+json }, json: {} }
  expect: { status: 200, body: { type: application/merge-patch+json, body: '{}', '...': <any> } }
- request: { method: DELETE, path: /a }
  expect: { status: 200, body: { method: DELETE, type: null, body: '', '...': <any> } }
- request: { method: GET, path: /plain }
  expect: { status: 200, text: just text }
- request: { method: GET, path: /none }
  expect: { status: 204, body: <absent> }
- request: { method: GET, path: /moved }
  expect: { status: 302, headers: { Location: /plain } }
";
    assert_eq!(played(steps).await, "ok      One\n\n1 passed, 0 failed, 0 skipped");
}

#[tokio::test]
async fn every_difference_is_told_and_what_follows_is_played_all_the_same() {
    let steps = "- request: { method: POST, path: /sign-up }
  expect:
    status: 200
    headers: { X-Extra: 'no', X-More: <string> }
    body: { access: <jwt>, id: '7', members: [] }
- request: { method: GET, path: /plain }
  expect: { status: 200, body: {} }
- request: { method: GET, path: /plain }
  expect: { status: 200, text: other text }
- request: { method: GET, path: /plain }
  expect: { status: 200 }
";
    assert_eq!(
        played(steps).await,
        r#"FAILED  One
      ✗ 1. POST /sign-up
           status: expected 200, got 201
           header x-extra: expected "no", got "yes"
           header x-more: expected <string>, got nothing
           body.id: expected "7", got 7
           body.members: expected a list of 0 elements, got [{"id":1}]
           the answer was 201 {"access":"aa.bb.cc","id":7,"members":[{"id":1}]}
      ✗ 2. GET /plain
           body: expected JSON, got "just text"
           the answer was 200 just text
      ✗ 3. GET /plain
           text: expected "other text", got "just text"
           the answer was 200 just text
        4. GET /plain

0 passed, 1 failed, 0 skipped"#
            .replace(r#"{"access":"aa.bb.cc","id":7,"#, r#"{"id":7,"access":"aa.bb.cc","#)
    );
}

#[tokio::test]
async fn what_could_not_be_captured_ends_the_example_where_it_is_needed() {
    let steps = "- request: { method: POST, path: /sign-up }
  expect: { status: 201 }
  capture: { gone: body.nothing.here }
- request: { method: GET, path: /plain }
  expect: { status: 200 }
- request: { method: GET, path: '/{{ gone }}' }
  expect: { status: 200 }
- request: { method: GET, path: /plain }
  expect: { status: 200 }
";
    let report = played(steps).await;
    assert!(report.contains("capture gone: expected body.nothing.here, got nothing\n"), "{report}");
    assert!(report.contains("        2. GET /plain\n"), "{report}");
    assert!(
        report.contains("        steps 3 to 4 were not played: `gone` could not be captured\n"),
        "{report}"
    );
}

#[tokio::test]
async fn a_message_gives_its_parts() {
    let steps = "- request: { method: POST, path: /sign-up }
  expect: { status: 201 }
  capture: { code: message.code, token: message.token, uid: message.link.uid, link: message.link, subject: message.subject, text: message.text }
- request: { method: POST, path: /a, json: ['{{ code }}', '{{ token }}', '{{ uid }}', '{{ subject }}', '{{ text }}'] }
  expect:
    status: 200
    body: { body: '[\"123456\",\"a+b\",\"7\",\"Welcome\",\"Your code is 123456.\"]', '...': <any> }
- request: { method: POST, path: /sign-up }
  expect: { status: 201 }
  message_to: KIM@example.com
  capture: { code: message.code }
- request: { method: POST, path: /sign-up }
  expect: { status: 201 }
  message_to: lee@example.com
  capture: { other: message.code }
";
    let report = played(steps).await;
    assert!(report.contains("✗ 4. POST /sign-up\n           capture other: expected message.code, got no message to lee@example.com"), "{report}");
    assert!(!report.contains("✗ 1.") && !report.contains("✗ 2.") && !report.contains("✗ 3."), "{report}");
}

#[tokio::test]
async fn time_passes_only_where_the_clock_is_ours() {
    let steps = "- request: { method: GET, path: /plain }
  expect: { status: 200 }
- advance: 60
- request: { method: GET, path: /plain }
  expect: { status: 200 }
";
    let (_echo, base_url) = server().await;
    let clock = FrozenClock::at(Timestamp(0));
    let target = Target {
        base_url,
        messages: None,
        clock: Some(&clock as &dyn Advance),
        operator: None,
        api_key: None,
    };
    let report = play(&examples(steps), &target).await;
    assert_eq!((report.examples[0].outcome(), clock.now()), (Outcome::Passed, Timestamp(60_000_000)));
    assert_eq!(
        played_against(steps).await,
        "skipped One\n        steps 2 to 3 were not played: the clock of this server cannot be advanced\n\n0 passed, 0 failed, 1 skipped"
    );
}

#[tokio::test]
async fn without_messages_only_what_needs_them_is_skipped() {
    let sign_up = "- request: { method: POST, path: /sign-up }
  expect: { status: 201 }
  capture: { code: message.code }
- request: { method: GET, path: /plain }
  expect: { status: 200 }
";
    assert_eq!(played_against(sign_up).await, "ok      One\n\n1 passed, 0 failed, 0 skipped");
    let needing = format!(
        "{sign_up}- request: {{ method: GET, path: '/{{{{ code }}}}' }}\n  expect: {{ status: 200 }}\n"
    );
    assert_eq!(
        played_against(&needing).await,
        "skipped One\n        step 3 was not played: `code` stands in a message, and the messages of this server cannot be read\n\n0 passed, 0 failed, 1 skipped"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_each_example_once() {
    let target = Target {
        base_url: "http://127.0.0.1:1".into(),
        messages: None,
        clock: None,
        operator: None,
        api_key: None,
    };
    let report = play(&examples(SIGN_UP), &target).await;
    let text = report.to_string();
    assert!(!report.is_good());
    assert!(
        text.starts_with("FAILED  One\n        step 1 was not played: POST /sign-up was not answered: "),
        "{text}"
    );
}

#[tokio::test]
async fn captures_belong_to_their_example() {
    let file = "contract: x
examples:
  - name: One
    steps:
      - request: { method: POST, path: /sign-up }
        expect: { status: 201 }
        capture: { id: body.id }
  - name: Two
    steps:
      - request: { method: GET, path: '/{{ id }}' }
        expect: { status: 200 }
";
    let faults = Examples::load("contracts/x.examples.yaml", file).unwrap_err();
    assert_eq!(
        faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["contracts/x.examples.yaml:10:44: `id` has not been captured by an earlier step of this example"]
    );
}

#[test]
fn every_fault_is_told_with_its_place() {
    let file = "contract: y
exmples: []
examples:
  - name: [a]
    steps: []
  - name: Two
    step: 1
    steps:
      - request: { methd: GET, path: users, json: {}, form: { a: {} } }
        expect: { status: 700, body: { a: <itn>, b: '<re:(>', '...': 1 }, text: x }
      - request: { method: get, path: /, headers: { 'a b': c }, json: '{{ a.b }}' }
        expect: { status: 200, headers: { X: [1] } }
        capture: { id: body.id, 'a-b': bdy.id, c: message.cod }
        message_to: '{{ di }}'
      - advance: -5
        expect: {}
      - request: { method: GET, path: / }
        expect: { status: 200, body: { x: '<re:a)(b>' } }
        message_to: a@b.kr
      - { method: GET }
";
    let faults = Examples::load("x.examples.yaml", file).unwrap_err();
    let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for expected in [
        "x.examples.yaml:1:11: these are the examples of `y`, but the file is that of `x`\n  hint: write `contract: x`",
        "x.examples.yaml:2:1: unknown key `exmples` in the file\n  hint: did you mean `examples`? there are `contract`, `examples`",
        "x.examples.yaml:4:11: `name` is text, not a list",
        "x.examples.yaml:10:43: unknown matcher `<itn>`\n  hint: did you mean `<int>`? there are `<any>`, `<absent>`, `<jwt>`, `<int>`, `<string>`, `<uuid>`, `<bool>`, `<re:PATTERN>`",
        "x.examples.yaml:10:70: the key `...` has the value `<any>` and no other\n  hint: write `\"...\": <any>`: other members may be there",
        "x.examples.yaml:7:5: unknown key `step` in an example\n  hint: did you mean `steps`? there are `name`, `steps`",
        "x.examples.yaml:9:20: unknown key `methd` in a request\n  hint: did you mean `method`? there are `method`, `path`, `headers`, `json`, `form`, `multipart`, `raw`",
        "x.examples.yaml:9:38: a path begins with `/`\n  hint: write `/users`: the path below the contract's mount",
        "x.examples.yaml:9:55: a request has one body: `json` and `form` are two",
        "x.examples.yaml:10:27: `status` is an HTTP status: a number from 100 to 599",
        "x.examples.yaml:10:81: an answer has one body: `body` and `text` are two",
        "x.examples.yaml:11:28: unknown method `get`\n  hint: did you mean `GET`? there are `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, `HEAD`, `OPTIONS`",
        "x.examples.yaml:11:53: `a b` is no name of a header",
        "x.examples.yaml:11:72: `{{ a.b }}` is no capture\n  hint: between the braces stands the name of a capture and nothing else",
        "x.examples.yaml:12:46: a header is text, not a list",
        "x.examples.yaml:13:33: `a-b` cannot be the name of a capture\n  hint: letters, digits and `_`, such as `access_token`",
        "x.examples.yaml:15:18: `advance` is a number of seconds, at least 1, not a number\n  hint: the clock only goes forward: `advance: 60`",
        "x.examples.yaml:16:9: a step that advances the clock has no `expect`\n  hint: make it a step of its own",
        "x.examples.yaml:20:11: unknown key `method` in a step\n  hint: there are `request`, `expect`, `capture`, `message_to`, `advance`, `operator`",
    ] {
        assert!(text.iter().any(|fault| fault == expected), "missing: {expected}\n{}", text.join("\n"));
    }
    let starts = |start: &str| text.iter().any(|fault| fault.starts_with(start));
    assert!(
        starts("x.examples.yaml:13:40: nothing is called `bdy.id`\n  hint: a capture is `body.…`"),
        "{text:#?}"
    );
    assert!(starts("x.examples.yaml:13:51: nothing is called `message.cod`\n"), "{text:#?}");
    assert!(starts("x.examples.yaml:14:25: `di` has not been captured"), "{text:#?}");
    assert!(starts("x.examples.yaml:18:43: not a regular expression: "), "{text:#?}");
    assert!(
        starts("x.examples.yaml:19:21: `message_to` stands here, but nothing of a message is captured"),
        "{text:#?}"
    );
}

#[test]
fn a_matcher_that_is_misspelt_is_told_with_the_right_ones() {
    let file = "contract: x\nexamples:\n  - name: One\n    steps:\n      - request: { method: GET, path: / }\n        expect: { status: 200, body: <itn> }\n";
    let faults = Examples::load("x.examples.yaml", file).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "x.examples.yaml:6:38: unknown matcher `<itn>`\n  hint: did you mean `<int>`? there are `<any>`, `<absent>`, `<jwt>`, `<int>`, `<string>`, `<uuid>`, `<bool>`, `<re:PATTERN>`"
    );
}

#[test]
fn missing_examples_are_explained() {
    let error = Examples::load_beside("/nowhere/our-api.yaml".as_ref()).unwrap_err();
    assert!(matches!(error, LoadError::Missing { .. }));
    assert_eq!(
        error.to_string(),
        "/nowhere/our-api.yaml has no examples: there is no file /nowhere/our-api.examples.yaml\n  hint: write one that begins with `contract: NAME` and `examples:`"
    );
}

#[test]
fn the_examples_of_the_contracts_can_be_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".examples.yaml") {
            let contract =
                std::path::PathBuf::from(path.to_string_lossy().replace(".examples.yaml", ".yaml"));
            let examples = Examples::load_beside(&contract).unwrap_or_else(|error| panic!("{error}"));
            assert!(!examples.examples.is_empty());
            read += 1;
        }
    }
    assert!(read >= 2);
}
