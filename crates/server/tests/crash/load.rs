//! Many members at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

use crate::apps::App;
use crate::chance::Chance;
use crate::client::{Nodes, client};
use crate::journal::Journal;
use crate::member::{Line, Member};
use crate::truth::Ledger;

/// Members that each worker looks after, one act at a time.
const EACH: usize = 2;

/// The members, at rest.
pub struct Crowd {
    workers: Vec<Vec<Member>>,
    pub nodes: Nodes,
    pub journal: Journal,
    round: usize,
}

/// The members at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Vec<Member>>>,
    nodes: Nodes,
    journal: Journal,
    round: usize,
}

impl Crowd {
    /// So many workers.
    pub fn new(chance: &Chance, workers: usize) -> Self {
        let (nodes, journal, client) = (Nodes::default(), Journal::default(), client());
        let member = |number: usize| {
            let number = number as u64;
            let app = if number.is_multiple_of(2) { App::Energyboost } else { App::Welt };
            let line = Line {
                client: client.clone(),
                nodes: nodes.clone(),
                journal: journal.clone(),
                chance: chance.branch(number + 1),
                address: String::new(),
            };
            Member::new(app, number, line)
        };
        let workers = (0..workers).map(|worker| (0..EACH).map(|n| member(worker * EACH + n)).collect());
        Self { workers: workers.collect(), nodes, journal, round: 0 }
    }

    /// Each signs up, so that what comes then meets every kind of act.
    pub async fn sign_up(&mut self, nodes: Vec<String>) {
        self.nodes.set(nodes);
        self.move_on();
        self.all(|mut member| async move {
            member.act().await;
            member
        })
        .await;
    }

    /// Sets them to work on these nodes.
    pub fn begin(mut self, nodes: Vec<String>) -> Load {
        self.nodes.set(nodes);
        self.round += 1;
        self.move_on();
        let stop = Arc::new(AtomicBool::new(false));
        let work = |members| tokio::spawn(work(members, Arc::clone(&stop)));
        let tasks = self.workers.into_iter().map(work).collect();
        Load { stop, tasks, nodes: self.nodes, journal: self.journal, round: self.round }
    }

    /// Wrong passwords count against an address: each round has addresses of its own.
    fn move_on(&mut self) {
        let (high, low) = (self.round / 256 % 256, self.round % 256);
        for (number, member) in self.workers.iter_mut().flatten().enumerate() {
            member.moves_to(format!("10.{high}.{low}.{}", number % 256));
        }
    }

    /// Each finds out what became of its act that was not acknowledged, and checks all that was.
    pub async fn verify(&mut self, nodes: Vec<String>, ledger: &Ledger, thorough: bool) {
        self.nodes.set(nodes);
        let ledger = Arc::new(ledger.clone());
        self.all(move |mut member| {
            let ledger = Arc::clone(&ledger);
            async move {
                member.resolve(&ledger).await;
                member.verify(thorough).await;
                member
            }
        })
        .await;
    }

    /// Each shows tokens that were replaced long ago.
    pub async fn verify_old_tokens(&mut self) {
        tokio::time::sleep(crate::member::SURELY_OUT_OF_GRACE).await;
        self.all(|mut member| async move {
            member.verify_old_tokens().await;
            member
        })
        .await;
    }

    async fn all<F, Fut>(&mut self, each: F)
    where
        F: Fn(Member) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Member> + Send,
    {
        let tasks: Vec<_> = std::mem::take(&mut self.workers)
            .into_iter()
            .map(|members| {
                let each = each.clone();
                tokio::spawn(async move {
                    let mut done = Vec::with_capacity(members.len());
                    for member in members {
                        done.push(each(member).await);
                    }
                    done
                })
            })
            .collect();
        for task in tasks {
            self.workers.push(finished(task.await));
        }
    }
}

impl Load {
    /// What came of the acts so far.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lets each finish its act.
    pub async fn end(self) -> Crowd {
        self.stop.store(true, Ordering::Relaxed);
        let mut workers = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            workers.push(finished(task.await));
        }
        Crowd { workers, nodes: self.nodes, journal: self.journal, round: self.round }
    }
}

/// The result of a task; its panic is the test's.
fn finished<T>(result: Result<T, tokio::task::JoinError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Goes from member to member until told to stop, or until nobody knows what became of its act.
async fn work(mut members: Vec<Member>, stop: Arc<AtomicBool>) -> Vec<Member> {
    let mut turn = 0;
    while !stop.load(Ordering::Relaxed) && !members.iter().all(Member::is_in_doubt) {
        turn = (turn + 1) % members.len();
        let member = &mut members[turn];
        if !member.is_in_doubt() {
            member.act().await;
        }
    }
    members
}
