//! A hundred at the same moment, on two nodes: no more get through than one after the other would.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{fail, gets_in, patient};
use crate::world::{PASSWORD, World, told};

const MANY: usize = 100;
const MEMBER: &str = "a@example.com";

/// Runs one operation a hundred times at once, and counts the answers.
async fn rush(world: World, name: &'static str, input: impl Fn(usize) -> Value) -> BTreeMap<String, usize> {
    let nodes = [Arc::new(world.second_node().await), Arc::new(world)];
    let tasks = (0..MANY).map(|number| {
        let (node, input) = (Arc::clone(&nodes[number % 2]), input(number));
        tokio::spawn(async move {
            match node.run(name, input).await {
                Ok(_) => "done".to_owned(),
                refused => told(refused),
            }
        })
    });
    let mut answers = BTreeMap::new();
    for answer in join_all(tasks.collect::<Vec<_>>()).await {
        *answers.entry(answer.unwrap()).or_default() += 1;
    }
    answers
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(answer, times)| ((*answer).to_owned(), *times)).collect()
}

fn sign_in(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_guesses_five_are_looked_at() {
    let world = patient().await;
    world.member(MEMBER).await;
    let here = world.from("192.0.2.7");
    let answers = rush(here, "session.sign_in", |number| sign_in(MEMBER, &format!("guess {number}"))).await;
    assert_eq!(answers, counts(&[("wrong_credentials", MANY)]));
    let audit = daemun_store::audit::list_latest(&mut world.daemun.db.reader(), world.app.id, 200).await;
    let looked_at = audit
        .unwrap()
        .into_iter()
        .filter(|entry| entry.outcome == "wrong_credentials" && entry.detail.is_none());
    assert_eq!(looked_at.count(), 5);
    assert!(!gets_in(&world, MEMBER).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_right_password_among_a_hundred_is_no_luck_after_five_failures() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail(&world, MEMBER, 5).await;
    let here = world.from("192.0.2.7");
    let answers = rush(here, "session.sign_in", |_| sign_in(MEMBER, PASSWORD)).await;
    assert_eq!(answers, counts(&[("too_many_requests", MANY - 25), ("wrong_credentials", 25)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_right_passwords_are_all_right() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail(&world, MEMBER, 4).await;
    let here = world.from("192.0.2.7");
    let answers = rush(here, "session.sign_in", |_| sign_in(MEMBER, PASSWORD)).await;
    assert_eq!(answers, counts(&[("done", MANY)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_failures_from_an_address_thirty_are_told() {
    let world = World::new().await;
    let email = |number| format!("{number}@example.com");
    let answers = rush(world, "session.sign_in", |number| sign_in(&email(number), PASSWORD)).await;
    assert_eq!(answers, counts(&[("too_many_requests", MANY - 30), ("wrong_credentials", 30)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_requests_for_a_mail_one_is_sent() {
    for email in [MEMBER, "nobody@example.com"] {
        let world = World::new().await;
        world.member(MEMBER).await;
        let here = world.from("192.0.2.7");
        let answers = rush(here, "password.request_reset", |_| json!({ "email": email })).await;
        assert_eq!(answers, counts(&[("done", 1), ("too_many_requests", MANY - 1)]));
        assert_eq!(world.messages().await.len(), usize::from(email == MEMBER));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_guesses_at_codes_twenty_are_looked_at_in_an_hour() {
    let world = World::limited(|limits| limits.sends[0].seconds = 0).await;
    let mut code = String::new();
    for _ in 0..4 {
        world.run("email.request_code", json!({ "email": MEMBER })).await.unwrap();
        code = world.last_message().await.code.unwrap();
        let wrong = if code.starts_with('0') { "1" } else { "0" };
        let guess = |number| json!({ "email": MEMBER, "code": format!("{wrong}{number:05}") });
        let answers = rush(world.from("192.0.2.7"), "email.check_code", guess).await;
        assert_eq!(answers, counts(&[("code_invalid on code", MANY)]));
    }
    assert_ne!(code, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_sign_ups_as_many_are_let_in_as_may() {
    let world = World::limited(|limits| limits.sign_ups.most = 10).await;
    let answers = rush(
        world,
        "account.sign_up",
        |number| json!({ "email": format!("{number}@example.com"), "password": PASSWORD, "name": "A" }),
    )
    .await;
    assert_eq!(answers, counts(&[("done", 10), ("too_many_requests", MANY - 10)]));
}
