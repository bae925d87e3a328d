//! `POST {mount}/oauth2/introspect` (RFC 7662).

use serde_json::{Value, json};

use crate::place::{CONFIG, Place, Served, ask};

const SECRET: &str = "dGhlIHJlc291cmNlIHNlcnZlcidzIHNlY3JldA==";

fn introspect(server: &Served, form: &[(&str, &str)]) -> (u16, Value) {
    ask(server
        .client()
        .post(format!("{}/members/oauth2/introspect", server.url))
        .bearer_auth(SECRET)
        .form(form))
}

fn place(secret: &str) -> Place {
    let place = Place::configured();
    place.write("daemun.toml", &format!("{CONFIG}introspection_secret = \"{secret}\"\n"));
    place
}

#[test]
fn a_resource_server_asks_about_tokens() {
    let place = place(SECRET);
    let server = place.serve(&[]);
    let member = json!({ "email": "a@example.com", "password": "correct horse battery" });
    let uuid = server.post("/members/members", &member).1["uuid"].as_str().unwrap().to_owned();
    let token = server.post("/members/sessions", &member).1["token"].as_str().unwrap().to_owned();

    let (status, told) = introspect(&server, &[("token", &token), ("token_type_hint", "access_token")]);
    assert_eq!(status, 200);
    assert_eq!(told["active"], true);
    assert_eq!((&told["sub"], &told["username"]), (&json!(uuid), &json!("a@example.com")));
    assert_eq!((&told["aud"], &told["token_type"]), (&json!("members"), &json!("Bearer")));
    assert_eq!(told["iss"], format!("{}/members", server.url));
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 900);
    assert!(told["sid"].is_string() && told["jti"].is_string());
    assert!(told.get("scope").is_none());

    for dead in ["", "x", "a.b.c", &format!("{token}x")] {
        assert_eq!(introspect(&server, &[("token", dead)]), (200, json!({ "active": false })), "{dead}");
    }
    place.run(&["account", "end-sessions", &uuid]).succeeds();
    assert_eq!(introspect(&server, &[("token", &token)]).1, json!({ "active": false }));
}

#[test]
fn strangers_and_what_is_no_question_are_refused() {
    let place = place(SECRET);
    let server = place.serve(&[]);
    let url = format!("{}/members/oauth2/introspect", server.url);
    let form = [("token", "x")];
    for request in [
        server.client().post(&url).form(&form),
        server.client().post(&url).bearer_auth("wrong").form(&form),
        server.client().post(&url).basic_auth(SECRET, None::<&str>).form(&form),
    ] {
        assert_eq!(ask(request), (401, json!({ "error": "invalid_client" })));
    }
    assert_eq!(ask(server.client().post(&url).basic_auth("shop", Some(SECRET)).form(&form)).0, 200);
    assert_eq!(ask(server.client().get(&url).bearer_auth(SECRET)).0, 405);
    let invalid = |request: reqwest::RequestBuilder| {
        let (status, body) = ask(request.bearer_auth(SECRET));
        assert_eq!((status, &body["error"]), (400, &json!("invalid_request")), "{body}");
    };
    invalid(server.client().post(&url).json(&json!({ "token": "x" })));
    invalid(server.client().post(&url).form(&[("tokens", "x")]));
    invalid(server.client().post(&url).form(&[("token", "x"), ("token", "y")]));
    invalid(server.client().post(&url).form(&[("token", "x".repeat(20_000))]));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(server.client().post(&url).bearer_auth(SECRET).form(&form).send()).unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let answer = runtime.block_on(server.client().post(&url).form(&form).send()).unwrap();
    assert_eq!(answer.headers()["www-authenticate"], "Basic realm=\"introspection\", Bearer");
}

#[test]
fn without_a_secret_there_is_no_such_place() {
    let server_place = Place::configured();
    let server = server_place.serve(&[]);
    assert_eq!(introspect(&server, &[("token", "x")]).0, 404);
    assert!(place("short").run(&["check-config"]).fails_with(1).contains("introspection_secret"));
}
