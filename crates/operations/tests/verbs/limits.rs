//! Limits and delays: each number, with a clock that stands still, and what happens when many come at once.

mod accounts;
mod codes;
mod passwords;
mod rush;
mod sends;
mod sign_ups;

use daemun_model::Failure;
use daemun_operations::Networks;
use serde_json::Value;

use crate::world::{PASSWORD, World, told};

/// What is told, with the seconds after which it may be tried again.
fn said(result: Result<Value, Failure>) -> String {
    match result {
        Err(Failure::TooManyRequests { retry_after }) => format!("too_many_requests in {retry_after} s"),
        other => told(other),
    }
}

/// Whether a sign-in with the right password opens a session now.
async fn gets_in(world: &World, email: &str) -> bool {
    match said(world.sign_in(email, PASSWORD).await).as_str() {
        "wrong_credentials" => false,
        answer => {
            assert!(answer.contains("tokens"), "{answer}");
            true
        }
    }
}

/// Types a wrong password so many times, each after the delay that the ones before have earned.
async fn fail(world: &World, email: &str, times: usize) {
    for time in 0..times {
        assert_eq!(said(world.sign_in(email, "wrong password").await), "wrong_credentials");
        let failures = time + 1;
        if failures < times {
            world.clock.advance(delay_after(failures));
        }
    }
}

/// A world that lets one address fail as often as it likes, to see what else holds.
async fn patient() -> World {
    World::limited(|limits| limits.exempt = Networks::parse(&["192.0.2.0/24"]).unwrap()).await
}

/// The delay of the documents.
const fn delay_after(failures: usize) -> i64 {
    match failures {
        0..5 => 0,
        5..10 => 1,
        10..20 => 5,
        20..50 => 30,
        _ => 15 * 60,
    }
}
