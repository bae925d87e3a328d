//! Requests with a key of their own under `kill -9`: what makes product keys is done once, and its answer is there with its
//! work, whenever the node dies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use daemun_store::sql;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::client::{Heard, client, hear};
use crate::ground::{Ground, Node};
use crate::kills::{pause, taken};
use crate::rounds;

const USUAL_ROUNDS: usize = 4;
const WORKERS: u64 = 8;
/// The answers that are asked for again in each round.
const LOOKED_AT: usize = 100;
const KEYS_OF_A_REQUEST: i64 = 3;

/// What a program of an operator does.
#[derive(Clone)]
struct Maker {
    client: Client,
    url: String,
    key: String,
    stop: Arc<AtomicBool>,
    number: Arc<AtomicU64>,
}

impl Maker {
    /// Asks for keys until it is told to stop, or nobody answers; gives the answers that came by their requests' names.
    async fn go_on(self) -> Vec<(String, Option<Value>)> {
        let mut told = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let name = format!("order-{:06}", self.number.fetch_add(1, Ordering::Relaxed));
            match self.ask(&name).await {
                Heard::Reply(reply) if reply.status == 201 => {
                    told.push((name, Some(reply.body["product_keys"].clone())))
                }
                Heard::Reply(reply) if reply.status < 500 => panic!("{} {}", reply.status, reply.body),
                Heard::Reply(_) | Heard::Silence(_) => told.push((name, None)),
                Heard::Refused => self.stop.store(true, Ordering::Relaxed),
            }
        }
        told
    }

    async fn ask(&self, name: &str) -> Heard {
        let request = self.client.request(Method::POST, format!("{}/welt/admin/product-keys", self.url));
        let request = request.bearer_auth(&self.key).header("Idempotency-Key", name);
        hear(request.json(&json!({ "count": KEYS_OF_A_REQUEST }))).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_a_request_that_is_sent_again_are_made_once() {
    let mut chance = Chance::of_test("once");
    let ground = Ground::new();
    let mut node: Node = ground.start();
    let (client, key) = (client(), ground.api_key("product_keys:write"));
    let number = Arc::new(AtomicU64::new(0));
    let mut told: BTreeMap<String, Option<Value>> = BTreeMap::new();
    for _ in 0..rounds(USUAL_ROUNDS) {
        let stop = Arc::new(AtomicBool::new(false));
        let maker = |url: &str| Maker {
            client: client.clone(),
            url: url.to_owned(),
            key: key.clone(),
            stop: Arc::clone(&stop),
            number: Arc::clone(&number),
        };
        let work: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(maker(node.url()).go_on())).collect();
        // Of those who work at once all but so many have heard an answer.
        taken(&number, number.load(Ordering::Relaxed) + WORKERS + 3).await;
        pause(&mut chance, 200, 1200).await;
        node.kill();
        stop.store(true, Ordering::Relaxed);
        for work in work {
            told.extend(work.await.unwrap());
        }
        node = ground.start();
        let again = maker(node.url());
        // Whatever was not answered, and the latest that was.
        let latest = told.len().saturating_sub(LOOKED_AT);
        for (place, (name, answer)) in told.iter_mut().enumerate() {
            if answer.is_none() || place >= latest {
                asked_again(&again, name, answer).await;
            }
        }
        agrees(&ground, &told).await;
    }
    assert!(node.incidents().is_empty(), "{:?}", node.incidents());
    let answered = told.values().flatten().count();
    eprintln!("{answered} of {} requests were answered", told.len());
    assert!(answered > 5, "too little was done to prove anything");
}

/// A careful program sends again what was not answered. What was answered gets the same answer.
async fn asked_again(maker: &Maker, name: &str, answer: &mut Option<Value>) {
    match (maker.ask(name).await, answer.as_ref()) {
        (Heard::Reply(reply), Some(first)) => {
            assert_eq!((reply.status, &reply.body["product_keys"]), (201, first), "{name}")
        }
        (Heard::Reply(reply), None) if reply.status == 201 => {
            *answer = Some(reply.body["product_keys"].clone())
        }
        // The node that died had begun it, and nothing came of it; another may try when its time is over.
        (Heard::Reply(reply), None) => assert_eq!(reply.body["code"], "request_in_progress", "{name}"),
        (heard, _) => panic!("{name}: {heard:?}"),
    }
}

/// Every key that is there was told in exactly one answer.
async fn agrees(ground: &Ground, told: &BTreeMap<String, Option<Value>>) {
    let db = ground.look().await;
    let kept: Vec<String> = sql("SELECT shown FROM product_keys").all(&mut db.reader()).await.unwrap();
    db.close().await;
    let kept: BTreeSet<String> = kept.into_iter().collect();
    let keys = told.values().flatten().flat_map(|answer| answer.as_array().unwrap());
    let keys: Vec<String> = keys.map(|key| key.as_str().unwrap().to_owned()).collect();
    assert_eq!(keys.iter().cloned().collect::<BTreeSet<_>>(), kept);
    assert_eq!(keys.len(), kept.len(), "no key was told twice");
}
