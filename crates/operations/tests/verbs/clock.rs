//! A clock that is wrong for a while: nobody is locked out, and nothing lives longer for it than the tolerance.

use daemun_model::Clock;
use daemun_model::app::VerifyEmail;
use daemun_operations::outbox::{Listed, Step, send_due};
use serde_json::{Value, json};

use crate::world::{DAY, HOUR, PASSWORD, World, opaque, parameter, told};

const EMAIL: &str = "a@example.com";
/// The clock is wrong by this much.
const FAR: i64 = 3650 * DAY;

async fn request_reset(world: &World) -> (String, String) {
    world.run("password.request_reset", json!({ "email": EMAIL })).await.unwrap();
    let mail = message_of_now(world).await;
    (parameter(&mail.link.unwrap(), "token"), mail.code.unwrap())
}

/// The last message; what lies in the future was written before.
async fn message_of_now(world: &World) -> Listed {
    let now = world.clock.now();
    let mut messages = world.messages().await;
    messages.retain(|message| message.created_at <= now);
    messages.pop().expect("a message")
}

async fn reset(world: &World, token: &str) -> String {
    let password = "another horse battery";
    world.refusal("password.reset", json!({ "token": token, "password": password })).await
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Sent).await;
    world.member(EMAIL).await;
    request_reset(&world).await;
    for _ in 0..12 {
        assert_eq!(told(world.sign_in(EMAIL, "wrong horse battery").await), "wrong_credentials");
    }
    world.clock.advance(-DAY);
    let tokens = world.sign_in(EMAIL, PASSWORD).await.unwrap()["tokens"].clone();
    assert!(world.is_live(&tokens["access"]).await);
    let next = world.refresh(&tokens["refresh"]).await.unwrap();
    assert!(world.is_live(&next["tokens"]["access"]).await);
    let (token, _) = request_reset(&world).await;
    assert_eq!(reset(&world, &token).await, "{}");
    world.member("b@example.com").await;
    // What was written before leaves as well, with what was written now.
    let waiting = world.messages().await.len();
    let step = send_due(&world.daemun, || false).await.unwrap();
    assert_eq!((step.sent as usize, step.later), (waiting, 0));
}

#[tokio::test]
async fn tokens_from_the_future_are_worth_nothing_and_those_from_before_are_good() {
    let world = World::new().await;
    let before = world.member(EMAIL).await["tokens"].clone();
    world.clock.advance(FAR);
    let wrong = world.sign_in(EMAIL, PASSWORD).await.unwrap()["tokens"].clone();
    assert!(world.is_live(&wrong["access"]).await, "the clock is wrong, and nobody knows");
    let (link, code) = request_reset(&world).await;
    world.clock.advance(-FAR);

    assert!(!world.is_live(&wrong["access"]).await);
    assert_eq!(told(world.refresh(&wrong["refresh"]).await), "token_invalid on refresh_token");
    assert_eq!(reset(&world, &link).await, "token_invalid on token");
    let by_code = json!({ "email": EMAIL, "code": code });
    assert_eq!(world.refusal("password.check_reset_code", by_code).await, "code_invalid on code");
    assert!(world.is_live(&before["access"]).await);
    assert!(world.refresh(&before["refresh"]).await.is_ok());
}

#[tokio::test]
async fn an_opaque_session_from_the_future_is_worth_nothing() {
    let world = World::with(|app| app.tokens = opaque()).await;
    let before = world.member(EMAIL).await["tokens"].clone();
    world.clock.advance(FAR);
    let wrong = world.sign_in(EMAIL, PASSWORD).await.unwrap()["tokens"].clone();
    world.clock.advance(-FAR);
    assert!(!world.is_live(&wrong["access"]).await);
    assert!(world.is_live(&before["access"]).await);
    // A step that nodes may differ by is none.
    let now = world.sign_in(EMAIL, PASSWORD).await.unwrap()["tokens"].clone();
    world.clock.advance(-200);
    assert!(world.is_live(&now["access"]).await);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_lengthen_the_grace() {
    let world = World::new().await;
    let first = world.member(EMAIL).await["tokens"].clone();
    world.clock.advance(DAY);
    let second = world.refresh(&first["refresh"]).await.unwrap()["tokens"].clone();
    world.clock.advance(-HOUR);
    // The thief has the old one. Its owner cannot use the new one before its time, and signs in again.
    assert_eq!(told(world.refresh(&first["refresh"]).await), "token_revoked on refresh_token");
    assert_eq!(told(world.refresh(&second["refresh"]).await), "token_invalid on refresh_token");
    assert!(world.sign_in(EMAIL, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_proof_from_the_future_proves_nothing() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Proven).await;
    let prove = async |email: &str| {
        world.run("email.request_code", json!({ "email": email })).await.unwrap();
        let code = message_of_now(&world).await.code.unwrap();
        world.run("email.check_code", json!({ "email": email, "code": code })).await.unwrap();
    };
    let sign_up = async |email: &str| {
        let input = json!({ "email": email, "password": PASSWORD, "name": "John Doe" });
        told(world.run("account.sign_up", input).await.map(|_| Value::Null))
    };
    world.clock.advance(FAR);
    prove("later@example.com").await;
    world.clock.advance(-FAR);
    assert_eq!(sign_up("later@example.com").await, "email_not_proven on email");
    prove("later@example.com").await;
    assert_eq!(sign_up("later@example.com").await, "null");
}

#[tokio::test]
async fn a_message_that_was_leased_or_put_off_before_the_clock_was_set_back_leaves() {
    let world = World::with_mail(crate::outbox::unreachable()).await;
    world.member(EMAIL).await;
    request_reset(&world).await;
    let later = Step { sent: 0, later: 1, given_up: 0 };
    assert_eq!(send_due(&world.daemun, || false).await.unwrap(), later);
    assert_eq!(send_due(&world.daemun, || false).await.unwrap(), Step::default(), "it is put off");
    world.clock.advance(-DAY);
    assert_eq!(send_due(&world.daemun, || false).await.unwrap(), later);
}
