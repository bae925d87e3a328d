//! Wrong passwords of one account from one address, and of one address.

use daemun_operations::purge::purge;
use daemun_store::accounts;
use serde_json::json;

use super::{fail, gets_in, patient, said};
use crate::world::{DAY, HOUR, PASSWORD, World};

const MEMBER: &str = "a@example.com";

#[tokio::test]
async fn from_the_fifth_failure_a_delay_grows() {
    for (failures, delay) in [(4, 0), (5, 1), (9, 1), (10, 5), (19, 5), (20, 30), (49, 30), (50, 900)] {
        let world = patient().await;
        world.member(MEMBER).await;
        fail(&world, MEMBER, failures).await;
        if delay > 0 {
            let early = world.second_node().await;
            world.clock.advance(delay - 1);
            assert!(!gets_in(&early, MEMBER).await, "{delay} s after failure {failures} are not over");
            let (act, detail) = (world.last_act().await, world.audit().await[0].detail.clone());
            assert_eq!(
                (act.as_str(), detail.as_deref()),
                ("session.sign_in wrong_credentials", Some("delayed"))
            );
        }

        let world = patient().await;
        world.member(MEMBER).await;
        fail(&world, MEMBER, failures).await;
        world.clock.advance(delay);
        assert!(gets_in(&world, MEMBER).await, "{delay} s after failure {failures} are over");
    }
}

#[tokio::test]
async fn an_attempt_that_comes_too_soon_counts_too() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail(&world, MEMBER, 5).await;
    for _ in 0..5 {
        assert!(!gets_in(&world, MEMBER).await);
    }
    world.clock.advance(4);
    assert!(!gets_in(&world, MEMBER).await, "that was the tenth failure: five seconds");
    world.clock.advance(5);
    assert!(gets_in(&world, MEMBER).await);
}

#[tokio::test]
async fn success_clears_the_count() {
    let world = World::new().await;
    world.member(MEMBER).await;
    for _ in 0..5 {
        fail(&world, MEMBER, 4).await;
        assert!(gets_in(&world, MEMBER).await);
    }
}

#[tokio::test]
async fn a_delay_is_for_one_account_from_one_address() {
    let world = World::new().await;
    world.member(MEMBER).await;
    world.member("b@example.com").await;
    fail(&world, MEMBER, 10).await;
    assert!(gets_in(&world, "b@example.com").await);
    assert!(gets_in(&world.from("192.0.2.8"), MEMBER).await);
    assert!(!gets_in(&world, MEMBER).await, "a success from elsewhere does not end the delay here");
}

#[tokio::test]
async fn a_member_and_nobody_fail_alike_to_the_last_letter() {
    let (member, nobody) = (World::new().await, World::new().await);
    for world in [&member, &nobody] {
        world.member(MEMBER).await;
    }
    let mut answers = Vec::new();
    for (world, email) in [(&member, MEMBER), (&nobody, "nobody@example.com")] {
        let mut told = Vec::new();
        for _ in 0..40 {
            told.push(said(world.sign_in(email, "wrong password").await));
        }
        let noted = world.audit().await.into_iter().map(|entry| (entry.act, entry.outcome, entry.detail));
        answers.push((told, noted.collect::<Vec<_>>()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0[29], "wrong_credentials");
    assert!(answers[0].0[30].starts_with("too_many_requests in "), "{}", answers[0].0[30]);
}

#[tokio::test]
async fn thirty_failures_in_ten_minutes_close_an_address() {
    let world = World::new().await;
    world.member(MEMBER).await;
    for number in 0..30 {
        let email = format!("{number}@example.com");
        assert_eq!(said(world.sign_in(&email, PASSWORD).await), "wrong_credentials");
    }
    let audit = world.audit().await.len();
    assert_eq!(said(world.sign_in(MEMBER, PASSWORD).await), "too_many_requests in 600 s");
    assert_eq!(world.audit().await.len(), audit, "to be turned away costs no row");
    assert!(gets_in(&world.from("192.0.2.8"), MEMBER).await);
    world.clock.advance(599);
    assert_eq!(said(world.sign_in(MEMBER, PASSWORD).await), "too_many_requests in 1 s");
    world.clock.advance(1);
    assert!(gets_in(&world, MEMBER).await);
}

#[tokio::test]
async fn ten_minutes_are_any_ten_minutes() {
    let world = World::new().await;
    world.member(MEMBER).await;
    let stranger = async || said(world.sign_in("nobody@example.com", PASSWORD).await);
    assert_eq!(stranger().await, "wrong_credentials");
    world.clock.advance(9 * 60);
    for _ in 0..29 {
        assert_eq!(stranger().await, "wrong_credentials");
    }
    world.clock.advance(60);
    assert_eq!(stranger().await, "wrong_credentials", "the first is ten minutes old");
    assert!(stranger().await.starts_with("too_many_requests in "), "the others are a minute old");
}

#[tokio::test]
async fn right_passwords_do_not_count_against_an_address() {
    let world = World::new().await;
    world.member(MEMBER).await;
    for _ in 0..40 {
        assert!(gets_in(&world, MEMBER).await);
    }
}

#[tokio::test]
async fn an_ipv6_network_of_64_is_one_address() {
    let world = World::new().await;
    world.member(MEMBER).await;
    for number in 0..30 {
        let here = world.from(&format!("2001:db8:1:2:{number:x}::1"));
        assert_eq!(said(here.sign_in("nobody@example.com", PASSWORD).await), "wrong_credentials");
    }
    let answer = said(world.from("2001:db8:1:2:ffff::9").sign_in(MEMBER, PASSWORD).await);
    assert_eq!(answer, "too_many_requests in 600 s");
    assert!(gets_in(&world.from("2001:db8:1:3::1"), MEMBER).await);
}

#[tokio::test]
async fn a_school_behind_one_address_can_be_exempt_but_its_accounts_are_not() {
    let world = patient().await;
    world.member(MEMBER).await;
    for number in 0..60 {
        let email = format!("{number}@example.com");
        assert_eq!(said(world.sign_in(&email, PASSWORD).await), "wrong_credentials");
    }
    fail(&world, MEMBER, 5).await;
    assert!(!gets_in(&world, MEMBER).await);
    let elsewhere = world.from("198.51.100.1");
    for _ in 0..30 {
        assert_eq!(said(elsewhere.sign_in("x@example.com", PASSWORD).await), "wrong_credentials");
    }
    let answer = said(elsewhere.sign_in(MEMBER, PASSWORD).await);
    assert!(answer.starts_with("too_many_requests"), "{answer}");
}

#[tokio::test]
async fn another_app_counts_for_itself() {
    let world = World::new().await;
    let mut other = crate::world::shop();
    other.name = "other".to_owned();
    let other = world.through(&world.serve(other).await);
    for world in [&world, &other] {
        world.member(MEMBER).await;
    }
    fail(&world, MEMBER, 20).await;
    assert!(!gets_in(&world, MEMBER).await);
    assert!(gets_in(&other, MEMBER).await);
}

#[tokio::test]
async fn a_callers_own_password_counts_wherever_it_is_asked_for() {
    let wrong = "wrong password";
    for (name, input, answer) in [
        ("account.verify_password", json!({ "password": wrong }), "wrong_password on password"),
        ("account.delete", json!({ "password": wrong }), "wrong_password on password"),
        (
            "password.change",
            json!({ "current_password": wrong, "password": "a longer new password" }),
            "wrong_password on current_password",
        ),
    ] {
        let world = World::new().await;
        let member = world.member(MEMBER).await;
        let access = member["tokens"]["access"].as_str().unwrap();
        for _ in 0..4 {
            assert_eq!(said(world.run_with(access, name, input.clone()).await), answer);
            assert_eq!(world.last_act().await, format!("{name} wrong_password"));
        }
        let verify = async || {
            said(world.run_with(access, "account.verify_password", json!({ "password": PASSWORD })).await)
        };
        assert_eq!(verify().await, "{}", "and the right one clears the count");
        for _ in 0..5 {
            assert_eq!(said(world.run_with(access, name, input.clone()).await), answer);
        }
        assert_eq!(verify().await, "wrong_password on password", "too soon");
        assert!(!gets_in(&world, MEMBER).await, "the count is the account's");
        world.clock.advance(1);
        assert_eq!(verify().await, "{}");
        assert!(gets_in(&world, MEMBER).await);
    }
}

#[tokio::test]
async fn an_overload_counts_against_nobody() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail(&world, MEMBER, 4).await;
    let mut slots = Vec::new();
    while let Ok(slot) = world.daemun.hasher.reserve() {
        slots.push(slot);
    }
    for _ in 0..40 {
        assert_eq!(said(world.sign_in(MEMBER, PASSWORD).await), "unavailable");
    }
    drop(slots);
    assert!(gets_in(&world, MEMBER).await);
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let world = patient().await;
    world.member(MEMBER).await;
    fail(&world, MEMBER, 50).await;
    world.clock.advance(-60);
    assert!(!gets_in(&world, MEMBER).await, "a minute is a difference between clocks");
    world.clock.advance(-DAY);
    assert!(gets_in(&world, MEMBER).await);

    let world = World::new().await;
    world.member(MEMBER).await;
    for number in 0..30 {
        let _ = world.sign_in(&format!("{number}@example.com"), PASSWORD).await;
    }
    world.clock.advance(-60);
    assert_eq!(said(world.sign_in(MEMBER, PASSWORD).await), "too_many_requests in 660 s");
    world.clock.advance(-DAY);
    assert!(gets_in(&world, MEMBER).await);
}

#[tokio::test]
async fn a_weak_hash_stays_when_its_password_was_not_looked_at() {
    let world = World::new().await;
    let member = world.member(MEMBER).await;
    let app = world.app.id;
    let uuid = daemun_model::AccountUuid::parse(member["account"]["uuid"].as_str().unwrap()).unwrap();
    let db = &world.daemun.db;
    let weak = crate::sign_in::DJANGO;
    db.write(async move |tx| Ok(accounts::update_password(tx, app, uuid, weak).await?)).await.unwrap();
    fail(&world, MEMBER, 5).await;
    assert!(!gets_in(&world, MEMBER).await);
    let hash = async || accounts::find_password_hash(&mut db.reader(), app, uuid).await.unwrap().unwrap();
    assert_eq!(hash().await, weak);
    world.clock.advance(1);
    assert!(gets_in(&world, MEMBER).await);
    assert!(hash().await.starts_with("$argon2id$"));
}

#[tokio::test]
async fn failures_are_forgotten_a_day_after_the_last() {
    let world = World::new().await;
    world.member(MEMBER).await;
    fail(&world, MEMBER, 4).await;
    world.clock.advance(DAY - HOUR);
    purge(&world.daemun).await.unwrap();
    fail(&world, MEMBER, 1).await;
    assert!(!gets_in(&world, MEMBER).await);
    let stranger = world.from("198.51.100.1");
    fail(&stranger, MEMBER, 4).await;
    world.clock.advance(DAY + HOUR);
    assert!(purge(&world.daemun).await.unwrap().limits > 0);
    fail(&stranger, MEMBER, 4).await;
    assert!(gets_in(&stranger, MEMBER).await);
}
