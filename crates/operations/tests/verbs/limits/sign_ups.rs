//! Sign-ups from one address.

use serde_json::json;

use super::said;
use crate::world::{HOUR, PASSWORD, World};

async fn sign_up(world: &World, email: &str) -> String {
    let input = json!({ "email": email, "password": PASSWORD, "name": "A" });
    match world.run("account.sign_up", input).await {
        Ok(_) => "done".to_owned(),
        refused => said(refused),
    }
}

#[tokio::test]
async fn an_address_opens_a_hundred_accounts_an_hour_and_taken_names_count() {
    let world = World::new().await;
    assert_eq!(sign_up(&world, "taken@example.com").await, "done");
    for number in 0..98 {
        assert_eq!(sign_up(&world, &format!("{number}@example.com")).await, "done");
    }
    assert_eq!(sign_up(&world, "taken@example.com").await, "email_taken on email");
    for email in ["taken@example.com", "new@example.com"] {
        assert_eq!(sign_up(&world, email).await, "too_many_requests in 3600 s");
    }
    assert_eq!(sign_up(&world.from("192.0.2.8"), "new@example.com").await, "done");
    world.clock.advance(HOUR);
    assert_eq!(sign_up(&world, "newer@example.com").await, "done");
}

#[tokio::test]
async fn a_mistake_in_a_form_does_not_count_and_this_machine_has_no_limit() {
    let world = World::limited(|limits| limits.sign_ups.most = 2).await;
    for _ in 0..5 {
        assert_eq!(sign_up(&world, "nonsense").await, "invalid (email: malformed)");
    }
    assert_eq!(sign_up(&world, "a@example.com").await, "done");
    let local = world.from("::1");
    for number in 0..5 {
        assert_eq!(sign_up(&local, &format!("{number}@example.com")).await, "done");
    }
    assert_eq!(sign_up(&world, "b@example.com").await, "done");
    assert_eq!(sign_up(&world, "c@example.com").await, "too_many_requests in 3600 s");
}
