//! The worker's step over the outbox, and the retention job.

use daemun_delivery::{EmailOptions, Encryption, SmtpOptions};
use daemun_operations::outbox::{Step, send_due};
use daemun_operations::purge::{Purged, purge};
use serde_json::json;

use crate::world::{DAY, HOUR, PASSWORD, World};

async fn step(world: &World) -> Step {
    send_due(&world.daemun, || false).await.unwrap()
}

#[tokio::test]
async fn a_message_is_sent_once_and_the_dev_outbox_keeps_its_secret() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    assert_eq!(world.last_message().await.sent_at, None);
    assert_eq!(step(&world).await, Step { sent: 1, later: 0, given_up: 0 });
    assert_eq!(step(&world).await, Step::default());
    let mail = world.last_message().await;
    assert_eq!(mail.sent_at.unwrap().to_rfc3339(), "2026-11-20T15:30:00.000002Z");
    assert!(mail.link.is_some() && mail.text.unwrap().contains(&mail.code.unwrap()));
    let json = serde_json::to_value(world.messages().await).unwrap();
    for key in ["app", "channel", "to", "subject", "text", "code", "link", "created_at", "sent_at"] {
        assert!(!json[0][key].is_null(), "{key}");
    }
}

#[tokio::test]
async fn two_nodes_never_send_one_message_twice() {
    let world = World::new().await;
    let node = world.second_node().await;
    for number in 0..5 {
        let email = format!("{number}@example.com");
        world.member(&email).await;
        world.run("password.request_reset", json!({ "email": email })).await.unwrap();
    }
    let (here, there) = tokio::join!(step(&world), step(&node));
    assert_eq!(here.sent + there.sent, 5);
}

#[tokio::test]
async fn a_message_whose_secret_is_dead_is_given_up() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    world.clock.advance(30 * 60);
    assert_eq!(step(&world).await, Step { sent: 0, later: 0, given_up: 1 });
    let mail = world.last_message().await;
    assert!(mail.link.is_none() && mail.code.is_none() && mail.text.is_none());
    assert!(mail.subject.is_some() && mail.failed_at.is_some());
    assert_eq!(mail.last_error.as_deref(), Some("expired before it was sent"));
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_stops() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    assert_eq!(send_due(&world.daemun, || true).await.unwrap(), Step::default());
    assert_eq!(step(&world).await.sent, 1);
}

#[tokio::test]
async fn retention_forgets_what_is_old_and_nothing_else() {
    let world = World::new().await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    step(&world).await;
    assert_eq!(purge(&world.daemun).await.unwrap(), Purged::default());
    world.run_with(tokens["access"].as_str().unwrap(), "session.sign_out", json!({})).await.unwrap();
    world.clock.advance(30 * DAY + HOUR);
    let fresh = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
    assert_eq!(
        purge(&world.daemun).await.unwrap(),
        Purged { audit: 0, outbox: 1, spent: 2, sessions: 1, limits: 6, totals: 0, keys: 0, requests: 0 }
    );
    assert!(world.is_live(&fresh["access"]).await);
    assert!(world.messages().await.is_empty());
    world.clock.advance(340 * DAY);
    let purged = purge(&world.daemun).await.unwrap();
    assert_eq!((purged.audit, purged.sessions), (3, 1), "sign-up, reset mail, sign-out");
    assert!(world.sign_in("a@example.com", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn the_secret_of_a_message_that_nobody_sent_is_cleared_in_the_end() {
    let world = World::new().await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    world.clock.advance(HOUR);
    purge(&world.daemun).await.unwrap();
    let mail = world.last_message().await;
    assert!(mail.link.is_none() && mail.failed_at.is_some());
}

/// A mail server that nobody reaches: nothing listens on the discard port.
pub fn unreachable() -> EmailOptions {
    EmailOptions::Smtp(SmtpOptions {
        host: "127.0.0.1".to_owned(),
        port: 9,
        encryption: Encryption::None,
        username: None,
        password: None,
        from: "id@example.com".to_owned(),
        reply_to: None,
        timeout_seconds: 5,
        connections: 1,
        authority: None,
    })
}

#[tokio::test]
async fn a_message_that_cannot_leave_is_tried_again_for_a_day_and_then_given_up() {
    let world = World::with_mail(unreachable()).await;
    let tokens = world.member("a@example.com").await["tokens"].clone();
    let change = json!({ "current_password": PASSWORD, "password": "a longer new password" });
    world.run_with(tokens["access"].as_str().unwrap(), "password.change", change).await.unwrap();
    let later = Step { sent: 0, later: 1, given_up: 0 };
    let mut waited = 0;
    for wait in [10, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 28_800] {
        assert_eq!(step(&world).await, later);
        world.clock.advance(wait - 1);
        assert_eq!(step(&world).await, Step::default(), "not before its time");
        world.clock.advance(1);
        waited += wait;
    }
    assert!(waited > 23 * HOUR);
    assert_eq!(step(&world).await, Step { sent: 0, later: 0, given_up: 1 });
    let mail = world.last_message().await;
    assert_eq!((mail.attempts, mail.sent_at), (11, None));
    assert!(mail.failed_at.is_some() && mail.last_error.is_some());
    world.clock.advance(30 * DAY - 25 * HOUR);
    assert_eq!(step(&world).await, Step::default());
}

#[tokio::test]
async fn without_a_delivery_messages_wait() {
    let world = World::with_mail(EmailOptions::None).await;
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    assert_eq!(step(&world).await, Step::default());
    let mail = world.last_message().await;
    assert!(mail.link.is_some() && mail.sent_at.is_none() && mail.attempts == 0);
}
