//! Codes and links that a request asks for.

use daemun_model::app::VerifyEmail;
use serde_json::json;

use super::said;
use crate::world::{DAY, HOUR, PASSWORD, World, shop};

const MEMBER: &str = "a@example.com";
const STRANGER: &str = "nobody@example.com";

async fn reset(world: &World, email: &str) -> String {
    said(world.run("password.request_reset", json!({ "email": email })).await)
}

async fn code(world: &World, email: &str) -> String {
    said(world.run("email.request_code", json!({ "email": email })).await)
}

#[tokio::test]
async fn one_a_minute_five_an_hour_ten_a_day_whoever_it_is() {
    for (name, email) in [
        ("password.request_reset", MEMBER),
        ("password.request_reset", STRANGER),
        ("email.request_code", STRANGER),
    ] {
        let world = World::new().await;
        world.member(MEMBER).await;
        let ask = async || said(world.run(name, json!({ "email": email })).await);
        assert_eq!(ask().await, "{}");
        assert_eq!(ask().await, "too_many_requests in 60 s");
        world.clock.advance(59);
        assert_eq!(ask().await, "too_many_requests in 1 s");
        world.clock.advance(1);
        assert_eq!(ask().await, "{}");
        for _ in 0..3 {
            world.clock.advance(60);
            assert_eq!(ask().await, "{}");
        }
        world.clock.advance(60);
        assert_eq!(ask().await, "too_many_requests in 3300 s", "five in this hour");
        world.clock.advance(3300);
        assert_eq!(ask().await, "{}", "the first is an hour old");
        assert_eq!(ask().await, "too_many_requests in 60 s");
        for _ in 0..4 {
            world.clock.advance(60);
            assert_eq!(ask().await, "{}");
        }
        world.clock.advance(2 * HOUR);
        let left = DAY - (300 + 3300 + 240 + 2 * HOUR);
        assert_eq!(ask().await, format!("too_many_requests in {left} s"), "ten in this day");
        world.clock.advance(left);
        assert_eq!(ask().await, "{}", "the first is a day old");
        let sent = world.messages().await.len();
        assert_eq!(sent, if name == "password.request_reset" && email == STRANGER { 0 } else { 11 });
    }
}

#[tokio::test]
async fn a_target_is_counted_in_whatever_case_it_is_written_and_for_one_purpose_and_app() {
    let world = World::new().await;
    let mut other = shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    assert_eq!(reset(&world, STRANGER).await, "{}");
    assert_eq!(reset(&world, "NOBODY@Example.com").await, "too_many_requests in 60 s");
    assert_eq!(reset(&world.from("192.0.2.8"), STRANGER).await, "too_many_requests in 60 s");
    assert_eq!(code(&world, STRANGER).await, "{}");
    assert_eq!(reset(&other, STRANGER).await, "{}");
    assert_eq!(reset(&world, "other@example.com").await, "{}");
}

#[tokio::test]
async fn what_was_refused_is_not_counted_and_keeps_the_last_code() {
    let world = World::new().await;
    assert_eq!(code(&world, MEMBER).await, "{}");
    let sent = world.last_message().await.code.unwrap();
    for _ in 0..20 {
        assert_eq!(code(&world, MEMBER).await, "too_many_requests in 60 s");
    }
    let input = json!({ "email": MEMBER, "code": sent });
    assert_eq!(said(world.run("email.check_code", input).await), "{}");
    world.clock.advance(60);
    assert_eq!(code(&world, MEMBER).await, "{}");
}

#[tokio::test]
async fn notices_are_not_counted() {
    let world = World::limited(|limits| limits.budget = 1).await;
    let member = world.member(MEMBER).await;
    let access = member["tokens"]["access"].as_str().unwrap();
    let mut password = PASSWORD.to_owned();
    for number in 0..12 {
        let next = format!("a new password {number}");
        let input = json!({ "current_password": password, "password": next });
        assert_eq!(said(world.run_with(access, "password.change", input).await), "{}");
        password = next;
    }
    assert_eq!(world.messages().await.len(), 12);
    assert_eq!(reset(&world, MEMBER).await, "{}");
}

#[tokio::test]
async fn an_address_asks_for_a_hundred_an_hour_unless_it_is_this_machine() {
    let world = World::new().await;
    for number in 0..100 {
        assert_eq!(reset(&world, &format!("{number}@example.com")).await, "{}");
    }
    assert_eq!(code(&world, STRANGER).await, "too_many_requests in 3600 s");
    assert_eq!(code(&world.from("192.0.2.8"), STRANGER).await, "{}");
    let local = world.from("127.0.0.1");
    for number in 0..101 {
        assert_eq!(code(&local, &format!("{number}@example.com")).await, "{}");
    }
}

#[tokio::test]
async fn twenty_answers_an_hour_that_tell_who_is_a_member_and_then_none_of_either_kind() {
    let world = World::new().await;
    world.member(MEMBER).await;
    for _ in 0..20 {
        assert_eq!(code(&world, MEMBER).await, "email_taken on email");
    }
    assert_eq!(code(&world, MEMBER).await, "too_many_requests in 3600 s");
    assert_eq!(code(&world, STRANGER).await, "too_many_requests in 3600 s");
    assert_eq!(code(&world.from("192.0.2.8"), STRANGER).await, "{}");
    world.clock.advance(HOUR);
    assert_eq!(code(&world, MEMBER).await, "email_taken on email");
}

#[tokio::test]
async fn an_app_has_a_budget_for_each_day() {
    let world = World::limited(|limits| limits.budget = 3).await;
    world.member(MEMBER).await;
    // Half past three in the afternoon, UTC: eight hours and a half are left of the day.
    for email in ["1@example.com", "2@example.com", "3@example.com"] {
        assert_eq!(reset(&world, STRANGER).await, "{}", "what is not sent is not spent");
        assert_eq!(code(&world, email).await, "{}");
        world.clock.advance(60);
    }
    let left = 8 * HOUR + 1800 - 180;
    for email in [MEMBER, STRANGER, "5@example.com"] {
        assert_eq!(reset(&world, email).await, format!("too_many_requests in {left} s"));
    }
    let mut other = shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    assert_eq!(code(&other, MEMBER).await, "{}", "another app has its own");
    world.clock.advance(left);
    assert_eq!(reset(&world, MEMBER).await, "{}");
}

#[tokio::test]
async fn who_deletes_an_account_may_open_another_but_not_to_flood_a_mailbox() {
    let world = World::with(|app| app.policy.verify_email = VerifyEmail::Sent).await;
    let input = json!({ "email": MEMBER, "password": PASSWORD, "name": "A" });
    for _ in 0..5 {
        world.run("account.sign_up", input.clone()).await.unwrap();
        let account = json!({ "account": MEMBER });
        world.run_as(world.operator(), "account.erase", account).await.unwrap();
    }
    assert_eq!(said(world.run("account.sign_up", input.clone()).await), "too_many_requests in 3600 s");
    assert_eq!(world.messages().await.len(), 0, "an erased account's mails went with it");
    world.clock.advance(HOUR);
    assert!(world.run("account.sign_up", input).await.is_ok());
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_the_mails() {
    let world = World::new().await;
    for _ in 0..5 {
        assert_eq!(reset(&world, MEMBER).await, "{}");
        world.clock.advance(60);
    }
    assert!(reset(&world, MEMBER).await.starts_with("too_many_requests in "));
    world.clock.advance(-400 * DAY);
    assert_eq!(reset(&world, MEMBER).await, "{}");
    assert_eq!(reset(&world, MEMBER).await, "too_many_requests in 60 s");
}
