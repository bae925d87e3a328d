//! SIGTERM in the middle of everything.

use std::time::Duration;

use crate::chance::Chance;
use crate::ground::Ground;
use crate::kills::{dawn, pause, verify};
use crate::load::Crowd;
use crate::rounds;

const USUAL_ROUNDS: usize = 4;
const WORKERS: usize = 24;
/// Longer than anything takes that is asked for here.
const SOON: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_answers_whatever_it_has_taken() {
    let mut chance = Chance::of_test("stops");
    let ground = Ground::new().with_mails();
    let mut crowd = Crowd::new(&chance, WORKERS);
    let mut node = ground.start();
    crowd.sign_up(vec![node.url().to_owned()]).await;
    let rounds = rounds(USUAL_ROUNDS);
    for round in 0..rounds {
        let load = crowd.begin(vec![node.url().to_owned()]);
        pause(&mut chance, 200, 1500).await;
        node.terminate();
        let took = tokio::task::spawn_blocking(move || node.ended()).await.unwrap();
        assert!(took < SOON, "the stop took {took:?}");
        crowd = load.end().await;
        let silences = crowd.journal.silences();
        assert!(silences.is_empty(), "taken and not answered: {}", silences.join("\n"));
        node = ground.start();
        verify(&ground, &mut crowd, vec![node.url().to_owned()], round + 1 == rounds).await;
    }
    dawn(&ground, &mut crowd, &[node], 0).await;
}
