//! Points under `kill -9`: what was acknowledged is in the ledger once, what was not is there once or never, and the
//! totals are what the ledger adds up to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use daemun_store::sql;
use reqwest::{Client, Method};
use serde_json::json;

use crate::apps::App;
use crate::chance::Chance;
use crate::client::{Heard, client, hear};
use crate::ground::{Ground, Node};
use crate::kills::{pause, taken};
use crate::rounds;

const USUAL_ROUNDS: usize = 4;
const MEMBERS: u64 = 4;
const WORKERS: u64 = 12;

/// What programs of operators do.
#[derive(Clone)]
struct Grants {
    client: Client,
    url: String,
    key: String,
    stop: Arc<AtomicBool>,
    number: Arc<AtomicU64>,
}

impl Grants {
    /// Grants and takes points until it is told to stop, or nobody answers; gives the amounts by their reasons, and
    /// whether they were acknowledged.
    async fn go_on(self) -> Vec<(String, i64, bool)> {
        let mut told = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.number.fetch_add(1, Ordering::Relaxed);
            let reason = format!("grant-{number}");
            let amount = if number % 5 == 4 { -1 } else { 3 };
            // One of three is repeated under its key, as a careful program does.
            let times = if number.is_multiple_of(3) { 2 } else { 1 };
            let mut outcome = None;
            for _ in 0..times {
                match self.grant(number, &reason, amount).await {
                    Heard::Reply(reply) if reply.status == 201 => outcome = Some(true),
                    // Nobody has less than nothing.
                    Heard::Reply(reply) if reply.status < 500 && amount < 0 => {}
                    Heard::Reply(reply) if reply.status < 500 => panic!("{} {}", reply.status, reply.body),
                    Heard::Reply(_) | Heard::Silence(_) => outcome = outcome.or(Some(false)),
                    Heard::Refused => self.stop.store(true, Ordering::Relaxed),
                }
            }
            told.extend(outcome.map(|acknowledged| (reason, amount, acknowledged)));
        }
        told
    }

    async fn grant(&self, number: u64, reason: &str, amount: i64) -> Heard {
        let member = email(number % MEMBERS);
        let request =
            self.client.request(Method::POST, format!("{}/welt/admin/accounts/{member}/points", self.url));
        let request = request.bearer_auth(&self.key).header("Idempotency-Key", reason);
        hear(request.json(&json!({ "amount": amount, "reason": reason }))).await
    }
}

fn email(number: u64) -> String {
    format!("saver{number}@example.com")
}

async fn sign_up(client: &Client, url: &str) {
    for number in 0..MEMBERS {
        let (method, path, body) = App::Welt.sign_up(&email(number), "correct horse battery staple", number);
        let heard = hear(client.request(method, format!("{url}{path}")).json(&body)).await;
        assert!(matches!(&heard, Heard::Reply(reply) if reply.status < 300), "{heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_grant_that_was_acknowledged_is_in_the_ledger_once() {
    let mut chance = Chance::of_test("points");
    let ground = Ground::new();
    let mut node: Node = ground.start();
    let client = client();
    sign_up(&client, node.url()).await;
    let key = ground.api_key("points:write");
    let number = Arc::new(AtomicU64::new(0));
    let mut told = BTreeMap::new();
    for _ in 0..rounds(USUAL_ROUNDS) {
        let stop = Arc::new(AtomicBool::new(false));
        let (client, url, key) = (client.clone(), node.url().to_owned(), key.clone());
        let grants = Grants { client, url, key, stop: Arc::clone(&stop), number: Arc::clone(&number) };
        let work: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(grants.clone().go_on())).collect();
        // Of those who work at once all but so many have heard an answer.
        taken(&number, number.load(Ordering::Relaxed) + WORKERS + 3).await;
        pause(&mut chance, 200, 1200).await;
        node.kill();
        stop.store(true, Ordering::Relaxed);
        for work in work {
            told.extend(
                work.await
                    .unwrap()
                    .into_iter()
                    .map(|(reason, amount, acknowledged)| (reason, (amount, acknowledged))),
            );
        }
        node = ground.start();
        agrees(&ground, &told).await;
    }
    let checked = ground.run(&["points", "check"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    assert!(node.incidents().is_empty(), "{:?}", node.incidents());
    let acknowledged = told.values().filter(|(_, acknowledged)| *acknowledged).count();
    eprintln!("{acknowledged} of {} grants were acknowledged", told.len());
    assert!(acknowledged > 5, "too little was done to prove anything");
}

/// The ledger holds what was told, and nothing else.
async fn agrees(ground: &Ground, told: &BTreeMap<String, (i64, bool)>) {
    let db = ground.look().await;
    let text = "SELECT reason, amount, count(*) FROM point_entries GROUP BY reason, amount";
    let lines: Vec<(String, i64, i64)> = sql(text).all(&mut db.reader()).await.unwrap();
    db.close().await;
    let kept: BTreeMap<&str, (i64, i64)> =
        lines.iter().map(|(reason, amount, count)| (reason.as_str(), (*amount, *count))).collect();
    assert_eq!(kept.len(), lines.len(), "one reason, one amount");
    for (reason, (amount, count)) in &kept {
        assert_eq!((told.get(*reason).map(|(amount, _)| amount), *count), (Some(amount), 1), "{reason}");
    }
    for (reason, (_, acknowledged)) in told {
        assert!(!acknowledged || kept.contains_key(reason.as_str()), "{reason} was acknowledged and is lost");
    }
}
