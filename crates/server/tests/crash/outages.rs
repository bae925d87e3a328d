//! The database goes away for a while, and the server stays.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use daemun_testpg::{Cluster, Shutdown};
use tokio::task::JoinHandle;

use crate::chance::Chance;
use crate::client::{client, status};
use crate::ground::{Ground, Node};
use crate::kills::{dawn, pause, verify};
use crate::load::Crowd;
use crate::{on_postgres, rounds};

const WORKERS: usize = 16;
const USUAL_ROUNDS: usize = 3;
/// Seconds that a request may take here.
const REQUEST: u64 = 5;
/// What the machine and the client add to that.
const SLACK: Duration = Duration::from_secs(2);
/// How long the database hangs: longer than a request may take.
const HANG: Duration = Duration::from_secs(8);
/// The longest until the server is ready after the database is.
const RECOVERY: Duration = Duration::from_secs(10);

struct Scene {
    cluster: Arc<Cluster>,
    ground: Ground,
    crowd: Crowd,
    node: Node,
}

impl Scene {
    async fn new(chance: &Chance) -> Option<Self> {
        if !on_postgres() {
            return None;
        }
        let cluster = Arc::new(daemun_testpg::own_server()?);
        let server = format!("request_seconds = {REQUEST}");
        let ground = Ground::on(cluster.url()).with_mails().with_server(&server);
        let (mut crowd, node) = (Crowd::new(chance, WORKERS), ground.start());
        crowd.sign_up(vec![node.url().to_owned()]).await;
        Some(Self { cluster, ground, crowd, node })
    }

    /// Members work while something is done to the database. Gives what `/readyz` said all the while.
    async fn through(
        mut self,
        chance: &mut Chance,
        outage: impl FnOnce(&Cluster) + Send + 'static,
    ) -> (Self, BTreeSet<u16>) {
        let url = self.node.url().to_owned();
        let probe = Probe::start(&url);
        let load = self.crowd.begin(vec![url.clone()]);
        pause(chance, 1000, 2000).await;
        let cluster = Arc::clone(&self.cluster);
        tokio::task::spawn_blocking(move || outage(&cluster)).await.unwrap();
        ready_again(&url).await;
        pause(chance, 1000, 2000).await;
        self.crowd = load.end().await;
        let numbers = self.crowd.journal.numbers();
        assert_eq!(numbers.silent + numbers.refused, 0, "{:?}", self.crowd.journal.silences());
        assert!(self.node.is_running(), "{}", self.node.log());
        (self, probe.end().await)
    }
}

/// Asks `/readyz` and `/healthz` all the time.
struct Probe {
    stop: Arc<AtomicBool>,
    task: JoinHandle<BTreeSet<u16>>,
}

impl Probe {
    fn start(url: &str) -> Self {
        let (client, stop, url) = (client(), Arc::new(AtomicBool::new(false)), url.to_owned());
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut seen = BTreeSet::new();
            while !stopped.load(Ordering::Relaxed) {
                seen.insert(status(&client, &format!("{url}/readyz")).await);
                assert_eq!(status(&client, &format!("{url}/healthz")).await, 200, "it is alive");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            seen
        });
        Self { stop, task }
    }

    async fn end(self) -> BTreeSet<u16> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

async fn ready_again(url: &str) {
    let (client, began) = (client(), Instant::now());
    while status(&client, &format!("{url}/readyz")).await != 200 {
        assert!(began.elapsed() < RECOVERY, "the server does not find back to its database");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_restarted_costs_some_503_and_nothing_else() {
    let mut chance = Chance::of_test("restarts");
    let Some(mut scene) = Scene::new(&chance).await else { return };
    let rounds = rounds(USUAL_ROUNDS);
    let mut seen = BTreeSet::new();
    for round in 0..rounds {
        let shutdown = if round.is_multiple_of(2) { Shutdown::Immediate } else { Shutdown::Fast };
        let (through, said) = scene.through(&mut chance, move |cluster| cluster.restart(shutdown)).await;
        scene = through;
        seen.extend(said);
        let urls = vec![scene.node.url().to_owned()];
        verify(&scene.ground, &mut scene.crowd, urls, round + 1 == rounds).await;
    }
    assert_eq!(seen, BTreeSet::from([200, 503]), "what /readyz said");
    finish(scene, rounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_costs_some_503_in_time_and_nothing_else() {
    let mut chance = Chance::of_test("hangs");
    let Some(scene) = Scene::new(&chance).await else { return };
    let (mut scene, seen) = scene.through(&mut chance, |cluster| cluster.pause(HANG)).await;
    assert_eq!(seen, BTreeSet::from([200, 503]), "what /readyz said");
    let urls = vec![scene.node.url().to_owned()];
    verify(&scene.ground, &mut scene.crowd, urls, true).await;
    finish(scene, 1).await;
}

async fn finish(mut scene: Scene, outages: usize) {
    let numbers = scene.crowd.journal.numbers();
    assert!(numbers.unavailable > 0, "nobody noticed: {numbers:?}");
    assert!(numbers.slowest < Duration::from_secs(REQUEST) + SLACK, "{numbers:?}");
    dawn(&scene.ground, &mut scene.crowd, &[scene.node], outages).await;
}
