//! Nobody learns who is a member from the work that a request makes: the statements are the same. This is a program of
//! its own, since it listens to every statement of the process.

#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

#[path = "../verbs/world.rs"]
#[expect(dead_code, reason = "the other tests need the rest of it")]
mod world;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::world::World;

/// What a mail to a member costs more than none to a stranger is hidden by an answer that waits for this.
const EVEN: Duration = Duration::from_millis(50);

/// The statements of the process, in their order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl<S: tracing::Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_str(&mut self, _: &tracing::field::Field, value: &str) {
                value.clone_into(&mut self.0);
            }
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn fmt::Debug) {}
        }
        if event.metadata().target() == "daemun::statement" {
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
    }
}

#[tokio::test]
async fn what_a_member_can_ask_for_takes_the_same_statements_as_for_nobody() {
    let heard = Heard::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(heard.clone())).unwrap();
    let world = World::new().await;
    world.member("member@example.com").await;
    // What is made once a day is made before.
    world.run("password.request_reset", json!({ "email": "first@example.com" })).await.unwrap();
    heard.take();

    let work = async |name: &str, input: Value| {
        let begun = Instant::now();
        let told = world.refusal(name, input).await;
        let mails = ["password.request_reset", "email.request_verification"].contains(&name);
        assert!(!mails || begun.elapsed() >= EVEN, "{name} answers as soon as its work is done");
        (told, heard.take())
    };
    let (told, known) = work("password.request_reset", json!({ "email": "member@example.com" })).await;
    assert_eq!(told, "{}");
    let (told, unknown) = work("password.request_reset", json!({ "email": "nobody@example.com" })).await;
    assert_eq!(told, "{}");
    assert!(known.iter().any(|text| text.starts_with("INSERT INTO outbox")), "{known:#?}");
    assert_eq!(known, unknown);

    let sent: Vec<_> = world.messages().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent, ["member@example.com"], "nobody gets no mail");
    heard.take();

    let wrong = |email: &str| json!({ "email": email, "code": "no code" });
    let (told, known) = work("password.check_reset_code", wrong("member@example.com")).await;
    assert_eq!(told, "code_invalid on code");
    let (told, unknown) = work("password.check_reset_code", wrong("nobody@example.com")).await;
    assert_eq!(told, "code_invalid on code");
    assert_eq!(known, unknown);

    let set = |email: &str| json!({ "email": email, "password": "another long password" });
    let (told, known) = work("password.reset", set("member@example.com")).await;
    assert_eq!(told, "email_not_proven on email");
    let (told, unknown) = work("password.reset", set("nobody@example.com")).await;
    assert_eq!(told, "email_not_proven on email");
    assert_eq!(known, unknown);

    world.run("email.request_verification", json!({ "email": "first@example.com" })).await.unwrap();
    heard.take();
    let ask = |email: &str| json!({ "email": email });
    let (told, known) = work("email.request_verification", ask("member@example.com")).await;
    assert_eq!(told, "{}");
    let (told, unknown) = work("email.request_verification", ask("nobody@example.com")).await;
    assert_eq!(told, "{}");
    assert!(known.iter().any(|text| text.starts_with("INSERT INTO outbox")), "{known:#?}");
    assert_eq!(known, unknown);
    assert_eq!(world.messages().await.len(), sent.len() + 1);
    heard.take();

    let wrong = |email: &str| json!({ "email": email, "password": "not the password" });
    let (told, known) = work("session.sign_in", wrong("member@example.com")).await;
    assert_eq!(told, "wrong_credentials");
    let (told, unknown) = work("session.sign_in", wrong("nobody@example.com")).await;
    assert_eq!(told, "wrong_credentials");
    assert_eq!(known, unknown);
}
