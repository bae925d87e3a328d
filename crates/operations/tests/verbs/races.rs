//! Two at the same moment: one wins, and what was ended stays ended.

use std::collections::HashSet;
use std::sync::Arc;

use daemun_model::Failure;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World, told};

const MANY: usize = 50;
const NEW: &str = "a longer new password";

/// Runs one operation in so many tasks at the same time.
async fn at_once(
    world: &Arc<World>,
    name: &'static str,
    inputs: impl IntoIterator<Item = Value>,
) -> Vec<Result<Value, Failure>> {
    let tasks = inputs.into_iter().map(|input| {
        let world = Arc::clone(world);
        tokio::spawn(async move { world.run(name, input).await })
    });
    join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

fn won(results: &[Result<Value, Failure>]) -> usize {
    results.iter().filter(|result| result.is_ok()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_sign_ups_with_one_address_in_any_case_one_wins() {
    let world = Arc::new(World::new().await);
    let spellings = ["user@example.com", "USER@example.com", "User@Example.COM", "ｕser@example.com"];
    let inputs = (0..MANY)
        .map(|n| json!({ "email": spellings[n % spellings.len()], "password": PASSWORD, "name": "U" }));
    let results = at_once(&world, "account.sign_up", inputs).await;
    assert_eq!(won(&results), 1);
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(told(lost), "email_taken on email");
    }
    let second = world.member("other@example.com").await;
    assert!(second["account"]["id"].as_i64().unwrap() > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_refreshes_of_one_token_get_one_and_the_same_successor() {
    let world = Arc::new(World::new().await);
    let token = world.member("a@example.com").await["tokens"]["refresh"].clone();
    let inputs = (0..MANY).map(|_| json!({ "refresh_token": token }));
    let results = at_once(&world, "session.refresh", inputs).await;
    let successors: HashSet<String> =
        results.into_iter().map(|result| result.unwrap()["tokens"].to_string()).collect();
    assert_eq!(successors.len(), 1);
    let tokens: Value = serde_json::from_str(successors.iter().next().unwrap()).unwrap();
    assert!(world.refresh(&tokens["refresh"]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_that_races_a_sign_out_leaves_no_live_token() {
    let world = Arc::new(World::new().await);
    world.member("a@example.com").await;
    for _ in 0..20 {
        let tokens = world.sign_in("a@example.com", PASSWORD).await.unwrap()["tokens"].clone();
        let refreshes = {
            let (world, token) = (Arc::clone(&world), tokens["refresh"].clone());
            tokio::spawn(async move {
                at_once(&world, "session.refresh", (0..4).map(|_| json!({ "refresh_token": token }))).await
            })
        };
        let sign_out = {
            let (world, access) = (Arc::clone(&world), tokens["access"].as_str().unwrap().to_owned());
            tokio::spawn(async move { world.run_with(&access, "session.sign_out", json!({})).await })
        };
        sign_out.await.unwrap().unwrap();
        for refreshed in refreshes.await.unwrap() {
            match refreshed {
                Ok(answer) => {
                    assert!(!world.is_live(&answer["tokens"]["access"]).await);
                    let next = world.refresh(&answer["tokens"]["refresh"]).await;
                    assert_eq!(told(next), "token_revoked on refresh_token");
                }
                Err(failure) => assert_eq!(told(Err(failure)), "token_revoked on refresh_token"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_one_reset_token_one_wins() {
    let world = Arc::new(World::new().await);
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let link = world.last_message().await.link.unwrap();
    let token = crate::world::parameter(&link, "token");
    let inputs = (0..MANY).map(|n| json!({ "token": token, "password": format!("{NEW} {n}") }));
    let results = at_once(&world, "password.reset", inputs).await;
    assert_eq!(won(&results), 1);
    let winner = results.iter().position(Result::is_ok).unwrap();
    assert!(world.sign_in("a@example.com", &format!("{NEW} {winner}")).await.is_ok());
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(told(lost), "token_invalid on token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_guesses_at_the_same_time_five_are_looked_at() {
    let world = Arc::new(World::new().await);
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    let code = world.last_message().await.code.unwrap();
    let wrong = if code.starts_with('0') { "1" } else { "0" };
    let inputs = (0..MANY).map(|n| json!({ "email": "a@example.com", "code": format!("{wrong}{n:05}") }));
    let results = at_once(&world, "password.check_reset_code", inputs).await;
    assert_eq!(won(&results), 0);
    let input = json!({ "email": "a@example.com", "code": code });
    assert_eq!(world.refusal("password.check_reset_code", input).await, "code_invalid on code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_of_one_code_one_wins() {
    let world = Arc::new(World::new().await);
    world.run("email.request_code", json!({ "email": "a@example.com" })).await.unwrap();
    let code = world.last_message().await.code.unwrap();
    let inputs = (0..MANY).map(|_| json!({ "email": "a@example.com", "code": code }));
    let results = at_once(&world, "email.check_code", inputs).await;
    assert_eq!(won(&results), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_that_races_a_new_password_leaves_no_session_of_the_old_one() {
    let world = Arc::new(World::new().await);
    let mut password = PASSWORD.to_owned();
    world.member("a@example.com").await;
    for round in 0..10 {
        let next = format!("{NEW} {round}");
        let mine = world.sign_in("a@example.com", &password).await.unwrap()["tokens"].clone();
        let change = {
            let (world, access) = (Arc::clone(&world), mine["access"].as_str().unwrap().to_owned());
            let input = json!({ "current_password": password, "password": next });
            tokio::spawn(async move { world.run_with(&access, "password.change", input).await })
        };
        let input = json!({ "email": "a@example.com", "password": password });
        let old = at_once(&world, "session.sign_in", (0..4).map(|_| input.clone())).await;
        change.await.unwrap().unwrap();
        for opened in old.into_iter().flatten() {
            assert!(!world.is_live(&opened["tokens"]["access"]).await);
        }
        password = next;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_updates_of_different_fields_are_both_kept() {
    let world = Arc::new(World::new().await);
    let access = world.member("a@example.com").await["tokens"]["access"].as_str().unwrap().to_owned();
    let fields = ["given_name", "family_name", "nickname", "picture"];
    let tasks = fields.map(|field| {
        let (world, access) = (Arc::clone(&world), access.clone());
        tokio::spawn(async move {
            let mut input = json!({});
            input[field] = field.into();
            world.run_with(&access, "account.update", input).await.unwrap();
        })
    });
    join_all(tasks).await.into_iter().for_each(Result::unwrap);
    let shown = world.run_with(&access, "account.show", json!({})).await.unwrap();
    for field in fields {
        assert_eq!(shown["account"][field], field);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_account_is_deleted_once() {
    let world = Arc::new(World::new().await);
    let access = world.member("a@example.com").await["tokens"]["access"].as_str().unwrap().to_owned();
    let call = world.with_token(&access).await.unwrap();
    let tasks = (0..10).map(|_| {
        let (world, call) = (Arc::clone(&world), call.clone());
        tokio::spawn(async move { world.run_as(call, "account.delete", json!({})).await })
    });
    let results: Vec<_> = join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(won(&results), 1);
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(told(lost), "unauthenticated");
    }
}

/// The code of a fresh reset mail.
async fn reset_code(world: &World) -> String {
    world.member("a@example.com").await;
    world.run("password.request_reset", json!({ "email": "a@example.com" })).await.unwrap();
    world.last_message().await.code.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_checked_code_sets_one_password_whether_it_is_shown_again_or_relied_on() {
    let world = Arc::new(World::new().await);
    let code = reset_code(&world).await;
    let input = json!({ "email": "a@example.com", "code": code });
    world.run("password.check_reset_code", input).await.unwrap();
    // Half of them show the code again, which is used up; half rely on the proof that it left.
    let inputs = (0..MANY).map(|n| {
        let mut input = json!({ "email": "a@example.com", "password": format!("{NEW} {n}") });
        if n % 2 == 0 {
            input["code"] = code.clone().into();
        }
        input
    });
    let results = at_once(&world, "password.reset", inputs).await;
    assert_eq!(won(&results), 1);
    let winner = results.iter().position(Result::is_ok).unwrap();
    assert!(world.sign_in("a@example.com", &format!("{NEW} {winner}")).await.is_ok());
    let fair = ["code_invalid on code", "email_not_proven on email"];
    for lost in results.into_iter().filter(Result::is_err) {
        let told = told(lost);
        assert!(fair.contains(&told.as_str()), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_that_is_checked_and_used_at_the_same_time_on_two_nodes_sets_one_password() {
    let world = Arc::new(World::new().await);
    let second = Arc::new(world.second_node().await);
    let code = reset_code(&world).await;
    let checks = (0..2).map(|_| json!({ "email": "a@example.com", "code": code }));
    let uses =
        (0..2).map(|n| json!({ "email": "a@example.com", "code": code, "password": format!("{NEW} {n}") }));
    let (checked, used) = tokio::join!(
        at_once(&second, "password.check_reset_code", checks),
        at_once(&world, "password.reset", uses)
    );
    assert_eq!(won(&checked) + won(&used), 1, "a code is used up once, whatever for");
    if won(&used) == 1 {
        let input = json!({ "email": "a@example.com", "password": "yet another password" });
        assert_eq!(world.refusal("password.reset", input).await, "email_not_proven on email");
    }
}
