//! Of any number at the same time, over two nodes, one wins.

use std::sync::Arc;

use daemun_model::Role;
use daemun_operations::administrator::{invite, join, links, manage};
use futures_util::future::join_all;

use super::{Person, call, cli, code, come_in, form, invited, owner, refusal, signed};
use crate::world::{World, parameter, two_nodes};

/// How often each outcome came.
fn tally(outcomes: Vec<String>, won: &str) -> (usize, Vec<String>) {
    let (winners, mut losers): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|told| told == won);
    losers.sort();
    losers.dedup();
    (winners.len(), losers)
}

async fn joined_at_once(nodes: &[Arc<World>], url: &str, email: impl Fn(usize) -> String) -> Vec<String> {
    let token = parameter(url, "token");
    let tasks = (0..50).map(|n| {
        let world = Arc::clone(&nodes[n % 2]);
        let (input, _) = form(&world, &token, &email(n));
        tokio::spawn(async move { refusal(join::join(world.daemun.clone(), call(&world), input).await) })
    });
    join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_use_the_set_up_link_one_becomes_the_owner() {
    let nodes = two_nodes().await;
    let url = links::set_up_link(&nodes[0].daemun, &call(&nodes[0])).await.unwrap().unwrap().url;
    let outcomes = joined_at_once(&nodes, &url, |n| format!("owner{n}@example.com")).await;
    assert_eq!(tally(outcomes, "done"), (1, vec!["token_invalid on token".to_owned()]));
    assert_eq!(manage::list(&nodes[0].daemun, &cli(&nodes[0])).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_who_use_one_invitation_one_joins() {
    let nodes = two_nodes().await;
    owner(&nodes[0]).await;
    let input = invite::Input {
        email: "bob@example.com".to_owned(),
        name: "Bob".to_owned(),
        role: Role::Auditor,
        language: None,
    };
    let url = invite::invite(nodes[0].daemun.clone(), cli(&nodes[0]), input).await.unwrap().url;
    let outcomes = joined_at_once(&nodes, &url, |_| "bob@example.com".to_owned()).await;
    assert_eq!(tally(outcomes, "done"), (1, vec!["token_invalid on token".to_owned()]));
    assert_eq!(manage::list(&nodes[1].daemun, &cli(&nodes[1])).await.unwrap().len(), 2);
}

/// So many sign-ins that wait for their second factor, over both nodes in turn, with the same code at the same time.
async fn codes_at_once(nodes: &[Arc<World>], ann: Person, typed: String) -> Vec<String> {
    let ann = Arc::new(ann);
    let mut halves = Vec::new();
    for n in 0..16 {
        halves.push(ann.first(&nodes[n % 2]).await.unwrap());
    }
    let tasks = halves.into_iter().enumerate().map(|(n, half)| {
        let (world, ann, typed) = (Arc::clone(&nodes[n % 2]), Arc::clone(&ann), typed.clone());
        tokio::spawn(async move { refusal(ann.second(&world, (&half, &typed)).await) })
    });
    join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_of_the_app_lets_one_browser_in() {
    let nodes = two_nodes().await;
    let ann = owner(&nodes[0]).await;
    nodes[0].clock.advance(60);
    let typed = code(&nodes[0], &ann.totp, 0);
    let outcomes = codes_at_once(&nodes, ann, typed).await;
    assert_eq!(tally(outcomes, "done"), (1, vec!["code_invalid on code".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_recovery_code_lets_one_browser_in() {
    let nodes = two_nodes().await;
    let ann = owner(&nodes[0]).await;
    let typed = ann.recovery_codes[9].clone();
    let outcomes = codes_at_once(&nodes, ann, typed).await;
    assert_eq!(tally(outcomes, "done"), (1, vec!["code_invalid on code".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_password_step_leads_to_one_session() {
    let nodes = two_nodes().await;
    let ann = Arc::new(owner(&nodes[0]).await);
    let half = ann.first(&nodes[0]).await.unwrap();
    // Every recovery code is right; the half session is spent by one of them, and the others keep theirs.
    let tasks = (0..10).map(|n| {
        let (world, ann, half) = (Arc::clone(&nodes[n % 2]), Arc::clone(&ann), half.clone());
        tokio::spawn(async move { refusal(ann.second(&world, (&half, &ann.recovery_codes[n])).await) })
    });
    let outcomes = join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(tally(outcomes, "done"), (1, vec!["unauthenticated".to_owned()]));
    let who = signed(&nodes[0], &ann.cookie).await.unwrap();
    let left = daemun_operations::administrator::own::count_recovery_codes(&nodes[0].daemun, &who).await;
    assert_eq!(left.unwrap(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn owners_who_demote_each_other_leave_one() {
    let nodes = two_nodes().await;
    let ann = owner(&nodes[0]).await;
    let mut owners = vec![ann.signed(&nodes[0]).await.administrator.uuid];
    for n in 0..5 {
        let other = invited(&nodes[0], &format!("owner{n}@example.com"), Role::Owner).await;
        owners.push(other.signed(&nodes[0]).await.administrator.uuid);
    }
    let tasks = owners.into_iter().enumerate().map(|(n, uuid)| {
        let world = Arc::clone(&nodes[n % 2]);
        tokio::spawn(async move {
            let (daemun, call) = (world.daemun.clone(), cli(&world));
            refusal(match n % 3 {
                0 => manage::disable(daemun, call, uuid).await,
                _ => manage::change_role(daemun, call, uuid, Role::Auditor).await,
            })
        })
    });
    let outcomes = join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(tally(outcomes, "done"), (5, vec!["forbidden on last_owner".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reset_link_is_used_once() {
    let nodes = two_nodes().await;
    owner(&nodes[0]).await;
    let bob = invited(&nodes[0], "bob@example.com", Role::Auditor).await;
    let uuid = bob.signed(&nodes[0]).await.administrator.uuid;
    let url = manage::reset(nodes[0].daemun.clone(), cli(&nodes[0]), uuid).await.unwrap().url;
    let outcomes = joined_at_once(&nodes, &url, |_| "bob@example.com".to_owned()).await;
    assert_eq!(tally(outcomes, "done"), (1, vec!["token_invalid on token".to_owned()]));
    assert_eq!(refusal(come_in(&nodes[1], &url, "bob@example.com").await), "token_invalid on token");
}
