//! Text messages on their way: what a provider answers, and what it tells later.

use std::sync::{Arc, Mutex};

use daemun_delivery::{
    DeliveryOptions, Report, SmsOptions, StatusCallback, Timeouts, TwilioCredentials, TwilioOptions,
    TwilioSender,
};
use daemun_model::message::{Channel, DeliveryState, Message, Secret, Template};
use daemun_model::{Failure, Language};
use daemun_operations::outbox::{Listed, Step, note_report, send_due};
use daemun_store::outbox::{NewMessage, insert};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::world::{World, dev};

const SID: &str = "SM00000000000000000000000000000004";
const CREATED: &str = r#"{"sid":"SM00000000000000000000000000000004","status":"queued"}"#;
const LATER: Step = Step { sent: 0, later: 1, given_up: 0 };
const SENT: Step = Step { sent: 1, later: 0, given_up: 0 };
const GIVEN_UP: Step = Step { sent: 0, later: 0, given_up: 1 };

/// A stand-in for Twilio, which answers what a test tells it to.
struct Twilio {
    url: String,
    answer: Arc<Mutex<String>>,
    requests: Arc<Mutex<usize>>,
}

impl Twilio {
    async fn start(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let twilio = Self { url, answer: Arc::default(), requests: Arc::default() };
        twilio.answers(status, body);
        let (answer, requests) = (Arc::clone(&twilio.answer), Arc::clone(&twilio.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *requests.lock().unwrap() += 1;
                let answer = answer.lock().unwrap().clone();
                tokio::spawn(converse(stream, answer));
            }
        });
        twilio
    }

    fn answers(&self, status: &str, body: &str) {
        *self.answer.lock().unwrap() =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    }

    fn options(&self) -> SmsOptions {
        SmsOptions::Twilio(TwilioOptions {
            account_sid: "AC00000000000000000000000000000001".into(),
            credentials: TwilioCredentials::AuthToken("token".to_owned().into()),
            sender: TwilioSender::From("+821000000000".into()),
            base_url: self.url.clone(),
            callback: Some(StatusCallback {
                url: "https://id.example.com/delivery/twilio".into(),
                auth_token: "token".to_owned().into(),
            }),
            timeouts: Timeouts { connect_seconds: 5, total_seconds: 5 },
        })
    }
}

async fn converse(stream: TcpStream, answer: String) {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).await.unwrap();
    stream.write_all(answer.as_bytes()).await.unwrap();
}

/// Queues a code by text message.
async fn queue(world: &World) -> Uuid {
    let now = world.daemun.clock.now();
    let new = NewMessage {
        id: world.daemun.random.uuid_v7(now),
        app: world.app.id,
        account: None,
        message: Message {
            channel: Channel::Sms,
            to: "+821012345678".into(),
            template: Template::EmailCode,
            language: Language::Ko,
            app_title: "Corner Shop".into(),
            secret: Secret { code: Some("012345".into()), ..Secret::default() },
        },
        created_at: now,
        expires_at: Some(now.plus_seconds(600)),
    };
    let id = new.id;
    world.daemun.db.write(async move |tx| Ok(insert(tx, &new).await?)).await.unwrap();
    id
}

async fn step(world: &World) -> Step {
    send_due(&world.daemun, || false).await.unwrap()
}

async fn told(world: &World, id: Uuid, state: DeliveryState, error: Option<&str>) -> Result<(), Failure> {
    let report = Report { provider_id: SID.into(), state, error_code: error.map(str::to_owned) };
    note_report(&world.daemun, id, report).await
}

/// What is known of the last message: how far it is, the provider's name for it, its code, whether it still has its secret.
async fn known(world: &World) -> (Option<&'static str>, Option<String>, Option<String>, bool) {
    let Listed { delivery_state, provider_id, error_code, code, .. } = world.last_message().await;
    (delivery_state.map(DeliveryState::as_str), provider_id, error_code, code.is_some())
}

fn sid() -> Option<String> {
    Some(SID.to_owned())
}

#[tokio::test]
async fn a_provider_that_is_busy_is_left_alone_as_long_as_it_asks() {
    let twilio = Twilio::start("429 Too Many\r\nRetry-After: 120", r#"{"code":20429}"#).await;
    let world = World::with_sms(twilio.options()).await;
    queue(&world).await;
    assert_eq!(step(&world).await, LATER);
    assert_eq!(known(&world).await, (None, None, Some("20429".to_owned()), true));
    world.clock.advance(119);
    assert_eq!(step(&world).await, Step::default(), "not after the 10 s of the first pause");
    world.clock.advance(1);
    twilio.answers("503 Unavailable", "");
    assert_eq!(step(&world).await, LATER);
    world.clock.advance(60);
    twilio.answers("201 Created", CREATED);
    assert_eq!(step(&world).await, SENT);
    assert_eq!(known(&world).await, (Some("queued"), sid(), None, false));
    assert_eq!(step(&world).await, Step::default());
    assert_eq!(*twilio.requests.lock().unwrap(), 3);
}

#[tokio::test]
async fn a_pause_that_a_provider_asks_for_ends_with_the_longest_of_ours() {
    let twilio = Twilio::start("429 Too Many\r\nRetry-After: 4000000000", "").await;
    let world = World::with_sms(twilio.options()).await;
    queue(&world).await;
    assert_eq!(step(&world).await, LATER);
    world.clock.advance(8 * 3600);
    assert_eq!(step(&world).await, GIVEN_UP, "its code is dead by then");
    assert_eq!(*twilio.requests.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_number_that_a_provider_refuses_is_given_up_at_once() {
    for code in ["21211", "21610"] {
        let twilio = Twilio::start("400 Bad Request", &format!(r#"{{"code":{code},"message":"x"}}"#)).await;
        let world = World::with_sms(twilio.options()).await;
        queue(&world).await;
        assert_eq!(step(&world).await, GIVEN_UP);
        assert_eq!(known(&world).await, (None, None, Some(code.to_owned()), false));
        let message = world.last_message().await;
        assert!(message.failed_at.is_some() && message.sent_at.is_none());
        assert_eq!(
            message.last_error.unwrap(),
            format!("Twilio answered 400, error {code}: https://www.twilio.com/docs/api/errors/{code}")
        );
        world.clock.advance(300);
        assert_eq!(step(&world).await, Step::default());
        assert_eq!(*twilio.requests.lock().unwrap(), 1);
    }
}

#[tokio::test]
async fn two_nodes_hand_a_text_message_over_once() {
    let twilio = Twilio::start("201 Created", CREATED).await;
    let world = World::with_sms(twilio.options()).await;
    let node = world.second_node_with(DeliveryOptions { sms: twilio.options(), ..dev() }).await;
    for _ in 0..5 {
        queue(&world).await;
    }
    let (here, there) = tokio::join!(step(&world), step(&node));
    assert_eq!((here.sent + there.sent, *twilio.requests.lock().unwrap()), (5, 5));
}

#[tokio::test]
async fn what_a_provider_tells_later_goes_forward_only() {
    use DeliveryState::{Delivered, Failed, Queued, Sent, Undelivered};
    let twilio = Twilio::start("201 Created", CREATED).await;
    let world = World::with_sms(twilio.options()).await;
    let id = queue(&world).await;
    step(&world).await;
    for (state, error, expected) in [
        (Sent, None, ("sent", None)),
        (Queued, None, ("sent", None)),
        (Undelivered, Some("30003"), ("undelivered", Some("30003".to_owned()))),
        (Sent, None, ("undelivered", Some("30003".to_owned()))),
        (Delivered, None, ("undelivered", Some("30003".to_owned()))),
        (Failed, Some("30008"), ("undelivered", Some("30003".to_owned()))),
    ] {
        told(&world, id, state, error).await.unwrap();
        let (state, error) = expected;
        assert_eq!(known(&world).await, (Some(state), sid(), error, false));
    }
    assert_eq!(step(&world).await, Step::default(), "what did not arrive is not sent again");
}

#[tokio::test]
async fn a_report_of_another_message_changes_nothing() {
    let twilio = Twilio::start("201 Created", CREATED).await;
    let world = World::with_sms(twilio.options()).await;
    let id = queue(&world).await;
    step(&world).await;
    let other = Report { provider_id: "SM5".into(), state: DeliveryState::Delivered, error_code: None };
    note_report(&world.daemun, id, other).await.unwrap();
    told(&world, Uuid::nil(), DeliveryState::Delivered, None).await.unwrap();
    assert_eq!(known(&world).await, (Some("queued"), sid(), None, false));
    world.member("a@example.com").await;
    world.run("password.request_reset", serde_json::json!({ "email": "a@example.com" })).await.unwrap();
    let mail = daemun_store::outbox::list(&mut world.daemun.db.reader(), None, 1).await.unwrap()[0].id;
    told(&world, mail, DeliveryState::Delivered, None).await.unwrap();
    assert_eq!(known(&world).await, (None, None, None, true), "a mail is no text message");
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_not_sent_again_once_its_provider_tells_of_it() {
    let twilio = Twilio::start("500 Oops", "").await;
    let world = World::with_sms(twilio.options()).await;
    let id = queue(&world).await;
    assert_eq!(step(&world).await, LATER);
    told(&world, id, DeliveryState::Sent, None).await.unwrap();
    assert_eq!(known(&world).await, (Some("sent"), sid(), None, false));
    let message = world.last_message().await;
    assert!(message.sent_at.is_some() && message.last_error.is_none());
    world.clock.advance(60);
    assert_eq!(step(&world).await, Step::default());
    assert_eq!(*twilio.requests.lock().unwrap(), 1);
}

#[tokio::test]
async fn of_reports_that_come_at_the_same_time_one_end_is_kept() {
    let twilio = Twilio::start("201 Created", CREATED).await;
    let world = World::with_sms(twilio.options()).await;
    let node = world.second_node_with(DeliveryOptions { sms: twilio.options(), ..dev() }).await;
    let id = queue(&world).await;
    step(&world).await;
    let calls = (0..50).map(|number| {
        let state = [DeliveryState::Queued, DeliveryState::Sent, DeliveryState::Delivered][number % 3];
        let on = if number % 2 == 0 { &world } else { &node };
        told(on, id, state, None)
    });
    for done in futures_util::future::join_all(calls).await {
        done.unwrap();
    }
    assert_eq!(known(&world).await, (Some("delivered"), sid(), None, false));
}
