//! What the provider of text messages tells the server later.

use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{Language, Timestamp};
use daemun_store::outbox::{NewMessage, insert};
use daemun_testkit::{Answered, Setup, TestServer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::MEMBERS;

const ID: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const PATH: &str = "/delivery/twilio/01900000-0000-7000-8000-000000000001";
const FORM: &str = "MessageSid=SM00000000000000000000000000000004&MessageStatus=undelivered&ErrorCode=30003&To=%2B821012345678";
/// Of that form at that path of https://id.example.com, made with openssl and the key `token`.
const SIGNATURE: &str = "9aI4ESE1uiCkLFTS433LClZcsQk=";

/// Nothing listens on the discard port: no message leaves.
const TWILIO: &str = "kind = \"twilio\"\naccount_sid = \"AC00000000000000000000000000000001\"\nauth_token = \"token\"\n\
    from = \"+821000000000\"\nbase_url = \"http://127.0.0.1:9\"";

async fn server(sms: &str) -> TestServer {
    let setup = Setup::default().contract("members", MEMBERS).sms(sms);
    let server = setup.server("public_url = \"https://id.example.com/\"").start().await;
    let new = NewMessage {
        id: ID,
        app: server.app("members").id,
        account: None,
        message: Message {
            channel: Channel::Sms,
            to: "+821012345678".into(),
            template: Template::EmailCode,
            language: Language::Ko,
            app_title: "Members".into(),
            secret: Secret { code: Some("012345".into()), ..Secret::default() },
        },
        created_at: Timestamp(server.now().0),
        expires_at: None,
    };
    server.daemun().db.write(async move |tx| Ok(insert(tx, &new).await?)).await.unwrap();
    server
}

async fn tell(server: &TestServer, path: &str, signature: &str, form: &str) -> (u16, Value) {
    let request = server.post(path).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.header("x-twilio-signature", signature).body(form.to_owned()).answer().await;
    (answer.status, answer.json()["error"].clone())
}

async fn state(server: &TestServer) -> Value {
    let message = serde_json::to_value(server.last_message_to("+821012345678").await).unwrap();
    json!([message["delivery_state"], message["error_code"], message["provider_id"]])
}

#[tokio::test]
async fn a_signed_report_is_noted_whatever_host_it_is_sent_to() {
    let server = server(TWILIO).await;
    assert_eq!(tell(&server, PATH, SIGNATURE, FORM).await, (204, Value::Null));
    let noted = json!(["undelivered", "30003", "SM00000000000000000000000000000004"]);
    assert_eq!(state(&server).await, noted);
    assert_eq!(tell(&server, PATH, SIGNATURE, FORM).await, (204, Value::Null), "told twice is told once");
    assert_eq!(state(&server).await, noted);
    server.stop().await;
}

#[tokio::test]
async fn nobody_else_is_listened_to() {
    let server = server(TWILIO).await;
    let before = state(&server).await;
    let forbidden = (403, json!("forbidden"));
    assert_eq!(tell(&server, PATH, "", FORM).await, forbidden);
    assert_eq!(tell(&server, PATH, SIGNATURE, &FORM.replace("undelivered", "delivered")).await, forbidden);
    let other = PATH.replace("0001", "0002");
    assert_eq!(tell(&server, &other, SIGNATURE, FORM).await, forbidden);
    let unsigned = server.post(PATH).body(FORM).answer().await;
    assert_eq!(unsigned.status, 403);
    // The host of the request is none of the signature's business.
    let spoofed = server.post(PATH).header("host", "evil.example").header("x-twilio-signature", "AAAA");
    assert_eq!(spoofed.body(FORM).answer().await.status, 403);
    let large = format!("{FORM}&x={}", "y".repeat(20_000));
    assert_eq!(tell(&server, PATH, SIGNATURE, &large).await, (400, json!("body_malformed")));
    assert_eq!(server.get(PATH).answer().await.status, 405);
    for nowhere in ["/delivery/twilio/", "/delivery/twilio/x", "/delivery/twilio", "/delivery/other/1"] {
        assert_eq!(
            tell(&server, nowhere, SIGNATURE, FORM).await,
            (404, json!("route_not_found")),
            "{nowhere}"
        );
    }
    assert_eq!(state(&server).await, before);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_awaits_no_reports_has_no_such_place() {
    let server = server("kind = \"none\"").await;
    assert_eq!(tell(&server, PATH, SIGNATURE, FORM).await, (404, json!("route_not_found")));
    assert_eq!(state(&server).await, json!([null, null, null]));
    server.stop().await;
}
