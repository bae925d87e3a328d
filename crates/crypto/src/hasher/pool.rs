//! The hashing threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use daemun_model::Random;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::Instrument;
use zeroize::Zeroizing;

use super::Verdict;
use super::argon::{self, Argon, Cost, Memory, SALT};
use super::stored::Stored;
use crate::error::CryptoError;
use crate::password_rules::{Password, normalise};

/// How much lower than the rest hashing runs, in steps of nice(2): a thirtieth of the share of a thread that is not nice
/// (weight 36 of 1024, sched(7)), so that under load reads go first and sign-ins still move.
#[cfg(target_os = "linux")]
const NICE: i32 = 15;

type Answer<T> = oneshot::Sender<Result<T, CryptoError>>;

/// What a thread is asked to do.
pub(super) enum Work {
    /// Hash a new password.
    Hash { password: Password, answer: Answer<String> },
    /// Compare.
    Verify { typed: Zeroizing<String>, stored: Option<String>, answer: Answer<Verdict> },
}

/// Work with the place it holds in the queue; the place is free when both are dropped.
struct Job {
    work: Work,
    permit: OwnedSemaphorePermit,
    queued: Instant,
}

/// Threads that share one queue. The queue itself is unbounded: the permits bound it.
#[derive(Debug)]
pub(super) struct Pool {
    jobs: Sender<Job>,
}

/// What one thread has at hand.
struct Worker {
    cost: Cost,
    nobody: Arc<Argon>,
    random: Arc<dyn Random>,
    memory: Memory,
}

impl Pool {
    /// Starts `threads` threads, which end when the pool is dropped.
    pub(super) fn start(threads: usize, cost: Cost, random: Arc<dyn Random>) -> Result<Self, CryptoError> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let nobody = Arc::new(Argon::nobody(&cost, &random.bytes(), &random.bytes())?);
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            let mut worker = Worker {
                cost: cost.clone(),
                nobody: Arc::clone(&nobody),
                random: Arc::clone(&random),
                memory: Memory::default(),
            };
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || worker.work_off(&queue))
                .map_err(|error| CryptoError::Hasher(error.to_string()))?;
        }
        Ok(Self { jobs })
    }

    /// Queues work and waits for its answer. Whoever stops waiting takes the work off the queue.
    pub(super) async fn run<T>(
        &self,
        permit: OwnedSemaphorePermit,
        work: impl FnOnce(Answer<T>) -> Work,
    ) -> Result<Result<T, CryptoError>, CryptoError> {
        let (answer, waiting) = oneshot::channel();
        let stopped = || CryptoError::Hasher("the threads have ended".to_owned());
        self.jobs.send(Job { work: work(answer), permit, queued: Instant::now() }).map_err(|_| stopped())?;
        let span = tracing::trace_span!(target: "daemun::trace", "password hash");
        let answered = waiting.instrument(span).await;
        answered.map_err(|_| CryptoError::Hasher("a hash was not finished".to_owned()))
    }
}

impl Worker {
    fn work_off(&mut self, queue: &Mutex<Receiver<Job>>) {
        lower_priority();
        loop {
            // One thread waits for a job, the others for their turn to wait.
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = next else { return };
            // A panic ends this job, which its caller sees as unanswered, and not the thread.
            if catch_unwind(AssertUnwindSafe(|| self.finish(job))).is_err() {
                self.memory = Memory::default();
                tracing::error!("a hashing job panicked");
            }
            self.memory.shrink_to(&self.cost);
        }
    }

    fn finish(&mut self, Job { work, permit, queued }: Job) {
        metrics::histogram!("daemun_hash_wait_seconds").record(queued.elapsed());
        match work {
            Work::Hash { answer, .. } if answer.is_closed() => {}
            Work::Verify { answer, .. } if answer.is_closed() => {}
            Work::Hash { password, answer } => {
                let salt = self.random.bytes::<SALT>();
                let hash = argon::hash(password.as_bytes(), &salt, &self.cost, &mut self.memory);
                reply(permit, answer, hash);
            }
            Work::Verify { typed, stored, answer } => {
                let verdict = self.verify(&typed, stored.as_deref());
                reply(permit, answer, verdict);
            }
        }
    }

    fn verify(&mut self, typed: &str, stored: Option<&str>) -> Result<Verdict, CryptoError> {
        let Some(known) = stored.and_then(read) else {
            let nobody = Arc::clone(&self.nobody);
            self.compare(typed, |password, memory| nobody.matches(password, memory))?;
            return Ok(Verdict::Wrong);
        };
        let equal = self.compare(typed, |password, memory| known.matches(password, memory))?;
        Ok(match equal {
            Equal::No => Verdict::Wrong,
            Equal::Normalised if !known.is_weaker_than(&self.cost) => Verdict::Right,
            Equal::Normalised | Equal::AsSent => Verdict::RightButWeak,
        })
    }

    /// Tries the password in NFKC, as ours are hashed, then as it was sent, as foreign ones may have been.
    /// Most are the same both ways and are tried once; for unknown accounts it is done alike.
    fn compare(
        &mut self,
        typed: &str,
        matches: impl Fn(&[u8], &mut Memory) -> Result<bool, CryptoError>,
    ) -> Result<Equal, CryptoError> {
        let normal = normalise(typed);
        if matches(normal.as_bytes(), &mut self.memory)? {
            return Ok(Equal::Normalised);
        }
        if *normal != typed && matches(typed.as_bytes(), &mut self.memory)? {
            return Ok(Equal::AsSent);
        }
        Ok(Equal::No)
    }
}

/// In which form a password was found equal.
enum Equal {
    No,
    Normalised,
    AsSent,
}

/// A stored hash, if it can be used.
fn read(text: &str) -> Option<Stored> {
    Stored::read(text)
        .inspect_err(|reason| tracing::warn!(%reason, "a stored password hash cannot be used"))
        .ok()
}

/// The place is free before the answer is out: who has it may queue again at once.
fn reply<T>(permit: OwnedSemaphorePermit, answer: Answer<T>, result: Result<T, CryptoError>) {
    drop(permit);
    // Nobody may be waiting any more: then nobody needs to know.
    let _ = answer.send(result);
}

/// Linux gives each thread a niceness of its own.
#[cfg(target_os = "linux")]
fn lower_priority() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "hashing runs at normal priority");
    }
}

/// Elsewhere niceness belongs to the whole process: better none.
#[cfg(not(target_os = "linux"))]
fn lower_priority() {}
