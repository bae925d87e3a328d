//! `kill -9`, again and again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::chance::Chance;
use crate::ground::{Ground, Node};
use crate::load::Crowd;
use crate::truth::{self, Ledger};
use crate::{outbox, rounds};

/// Kills in a run that every change has time for.
const USUAL_ROUNDS: usize = 5;
/// Workers that send requests at the same time.
const WORKERS: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill() {
    let mut chance = Chance::of_test("kills");
    let ground = Ground::new().with_mails();
    // On an empty database the start has the most to do: it, too, can end anywhere.
    for _ in 0..3 {
        kill_a_start(&ground, &mut chance);
    }
    let crowd = Crowd::new(&chance, WORKERS);
    night(&ground, crowd, 1, &mut chance).await;
}

/// So many nodes, of which one after the other is killed while members use all of them.
pub async fn night(ground: &Ground, mut crowd: Crowd, count: usize, chance: &mut Chance) {
    let mut nodes: Vec<Node> = (0..count).map(|_| ground.start()).collect();
    let rounds = rounds(USUAL_ROUNDS);
    for round in 0..rounds {
        let load = crowd.begin(urls(&nodes));
        pause(chance, 200, 1500).await;
        let killed = chance.index(count);
        nodes[killed].kill();
        if count > 1 {
            pause(chance, 0, 500).await;
        }
        crowd = load.end().await;
        if chance.below(3) == 0 {
            kill_a_start(ground, chance);
        }
        nodes[killed] = ground.start();
        let last = round + 1 == rounds;
        verify(ground, &mut crowd, urls(&nodes), last).await;
    }
    dawn(ground, &mut crowd, &nodes, rounds).await;
}

/// Everything that can be checked while the members rest.
pub async fn verify(ground: &Ground, crowd: &mut Crowd, urls: Vec<String>, thorough: bool) {
    let db = ground.look().await;
    let ledger = Ledger::read(&db).await;
    ledger.agrees_with(&crowd.journal);
    truth::nothing_is_half(&db).await;
    crowd.verify(urls, &ledger, thorough).await;
    db.close().await;
}

/// The end: mails have left, old tokens are dead, the database is whole.
pub async fn dawn(ground: &Ground, crowd: &mut Crowd, nodes: &[Node], crashes: usize) {
    let db = ground.look().await;
    if let Some(mails) = &ground.mails {
        outbox::all_leave(&db).await;
        eprintln!("mails: {:?}", outbox::each_came(&db, mails, crashes).await);
    }
    crowd.verify_old_tokens().await;
    truth::nothing_is_half(&db).await;
    truth::is_sound(&db).await;
    db.close().await;
    let incidents: Vec<String> = nodes.iter().flat_map(Node::incidents).collect();
    assert!(incidents.is_empty(), "{}", incidents.join("\n"));
    let numbers = crowd.journal.numbers();
    eprintln!("{crashes} times: {numbers:?}");
    // On a machine with much else to do it is few, and never so few.
    assert!(numbers.acknowledged > 20, "too little was done to prove anything: {numbers:?}");
}

fn kill_a_start(ground: &Ground, chance: &mut Chance) {
    let starting = ground.launch();
    std::thread::sleep(Duration::from_millis(chance.below(400)));
    starting.kill();
}

/// Where they listen.
pub fn urls(nodes: &[Node]) -> Vec<String> {
    nodes.iter().map(|node| node.url().to_owned()).collect()
}

/// Waits until workers have taken so many numbers, for half a minute at most: on a machine with much else to do nothing is done
/// in a pause.
pub async fn taken(number: &AtomicU64, least: u64) {
    for _ in 0..3000 {
        if number.load(Ordering::Relaxed) >= least {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for so many milliseconds, at least and at most.
pub async fn pause(chance: &mut Chance, least: u64, most: u64) {
    tokio::time::sleep(Duration::from_millis(least + chance.below(most - least))).await;
}
