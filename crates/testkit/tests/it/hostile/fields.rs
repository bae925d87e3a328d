//! Fields that hold what they must not.

use daemun_testkit::Answered;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Attacker, EMAIL, Target, server, targets};
use crate::accounts::{PASSWORD, Signed, call, energyboost_sign_up, operate};

/// Values of other types than text, which every field here is.
fn wrong_types() -> Vec<Value> {
    let mut deep = json!("x");
    for _ in 0..20 {
        deep = json!([deep]);
    }
    vec![
        json!(17),
        json!(-1),
        json!(1.5),
        json!(1e308),
        json!(18_446_744_073_709_551_615_u64),
        json!(true),
        json!(false),
        json!([]),
        json!(["x"]),
        json!([null]),
        json!({}),
        json!({ "$ne": null }),
        deep,
    ]
}

/// Texts that no field was made for.
fn strange_texts() -> Vec<String> {
    let texts = [
        "",
        " ",
        "\u{0}",
        "a\u{0}b",
        "\u{202e}\u{feff}\u{200b}",
        "\r\nBcc: x@example.com",
        "'; DROP TABLE accounts; --",
        "{{ 7 * 7 }}${7*7}<%= 7 %>",
        "<script>alert(1)</script>",
        "../../../../etc/passwd",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{fdfa}\u{fdfa}\u{fdfa}",
        "\u{10ffff}",
        "%00%0d%0a",
        "true",
        "null",
        "-1",
        "1e400",
        "99999999999999999999",
        "0000-00-00",
        "9999-12-31T23:59:60Z",
        "@",
        "a@b",
        "+",
        "+821012345678901234567890",
    ];
    let mut texts: Vec<String> = texts.map(str::to_owned).into();
    texts.push("x".repeat(100_000));
    texts.push("e\u{301}".repeat(20_000));
    texts.push("\u{fdfa}".repeat(2_000));
    texts.push(".".repeat(9_000));
    texts
}

/// Whether an answer blames the field.
fn blames(target: &Target, answer: &Value, field: &str) -> bool {
    match target.app {
        "welt" => {
            let detail = answer["detail"].as_str().unwrap_or_default();
            detail.split([' ', '\n']).any(|word| word == format!("{field}:"))
        }
        _ => answer[field].is_array(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_another_type_is_a_fault_of_its_field() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for target in targets() {
        for field in &target.fields {
            for value in wrong_types() {
                let mut body = target.good();
                body.insert(field.clone(), value.clone());
                let what = format!("{field}: {value}");
                let answer = attacker.send(&target, &what, |request| request.json(&body)).await;
                let invalid = if target.app == "welt" { 400 } else { 403 };
                assert_eq!(answer.status, invalid, "{}: {what}: {}", target.name(), answer.text());
                assert!(
                    blames(&target, &answer.json(), field),
                    "{}: {what}: {}",
                    target.name(),
                    answer.text()
                );
            }
        }
        attacker.leave();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_is_answered() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for target in targets() {
        for field in &target.fields {
            for text in strange_texts() {
                let mut body = target.good();
                body.insert(field.clone(), json!(text));
                let what = format!("{field}: {:.40?}", text);
                attacker.send(&target, &what, |request| request.json(&body)).await;
            }
            // All of them strange, and null.
            let mut body = target.good();
            body.insert(field.clone(), Value::Null);
            attacker.send(&target, &format!("{field}: null"), |request| request.json(&body)).await;
        }
        attacker.leave();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_twice_is_answered() {
    let server = server().await;
    let mut attacker = Attacker::new(&server);
    for target in targets().iter().filter(|target| !target.fields.is_empty()) {
        let members: Vec<String> =
            target.good().iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        let body = format!("{{{0},{0}}}", members.join(","));
        let dress = |request: reqwest::RequestBuilder| {
            request.header("content-type", "application/json").body(body.clone())
        };
        attacker.send(target, "every key twice", dress).await;
        attacker.leave();
    }
    server.stop().await;
}

/// Everything that an account has and a client must not set, by its names in the core and on the wires.
fn forbidden() -> Map<String, Value> {
    let value = json!({
        "id": 9999, "pk": 9999, "uuid": "00000000-0000-0000-0000-000000000001", "sub": "x", "app": "x",
        "status": "suspended", "email_verified": true, "emailVerified": true, "phone_number_verified": true,
        "is_admin": true, "is_staff": true, "is_superuser": true, "isAdmin": true, "role": "admin", "roles": ["admin"],
        "points": 1_000_000, "created_at": 0, "last_sign_in_at": 0, "password_hash": "x", "locale": "en",
        "attributes": { "admin": true }, "nickname": "x", "given_name": "x", "account": { "id": 1 },
        "caller": { "id": 1 }, "option": { "x": 1 }, "open_session": true, "__proto__": { "x": 1 },
    });
    value.as_object().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_contract_does_not_take_sets_nothing() {
    let server = server().await;
    let mut welt = forbidden();
    welt.extend([
        ("email".into(), json!(EMAIL)),
        ("password".into(), json!(PASSWORD)),
        ("name".into(), json!("Ada")),
    ]);
    let answer = server.post("/welt/auth/accounts/register").json(&welt).answer().await;
    assert_eq!(answer.text(), r#"{"id":1,"email":"ada@example.com","name":"Ada"}"#);

    let mut energy = energyboost_sign_up(EMAIL).as_object().cloned().unwrap();
    energy.extend(forbidden());
    let answer = server.post("/energyboost/users/signup/").json(&energy).answer().await;
    assert_eq!(answer.json()["user"], json!({ "pk": 2, "email": EMAIL }));
    let access = Signed::of(&answer).access;
    let path = "/energyboost/users/user/";
    let before = call(&server, Method::GET, path, &access, None).await;
    let mut changes = forbidden();
    changes.insert("email".into(), json!("other@example.com"));
    let after = call(&server, Method::PATCH, path, &access, Some(Value::Object(changes))).await;
    assert_eq!(after.text(), before.text());

    for (app, name) in [("welt", "Ada"), ("energyboost", "김에너지")] {
        let account = operate(&server, app, "account.find", EMAIL).await["account"].clone();
        let kept =
            ["status", "email_verified", "phone_number_verified", "nickname", "given_name", "locale", "name"]
                .map(|field| account[field].clone());
        let wanted = [
            json!("approved"),
            json!(false),
            json!(false),
            Value::Null,
            Value::Null,
            Value::Null,
            json!(name),
        ];
        assert_eq!(kept, wanted, "{app}: {account}");
        assert_eq!(account["attributes"], json!({}));
    }
    server.stop().await;
}
