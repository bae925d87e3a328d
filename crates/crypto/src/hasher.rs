//! Password hashing on threads of its own, so that it never starves the rest (invariant 11).
//!
//! A slot is reserved before any work: whoever gets none is told to come back, and whoever goes away while
//! waiting costs nothing. Each thread keeps its memory, so hashing takes memory × threads and not a page more.

mod argon;
mod foreign;
mod pool;
mod stored;

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use daemun_model::{Failure, Random, SystemRandom};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::error::CryptoError;
use crate::password_rules::{MOST_BYTES, Password};
use argon::Cost;
use pool::{Pool, Work};

/// Waiting hashes for each thread, unless configured: about a second of work.
const QUEUE_PER_THREAD: usize = 64;
/// Seconds after which a full queue has been worked off.
const RETRY_AFTER_SECONDS: u32 = 2;

/// How passwords are hashed, and on how many threads.
#[derive(Clone, Debug)]
pub struct HasherOptions {
    /// Hashing threads: as many as cores unless there is a reason.
    pub threads: usize,
    /// Hashes that may wait for a thread; beyond it requests are refused with `Unavailable`.
    pub queue: usize,
    /// argon2id's m, in KiB (RFC 9106 section 3.1).
    pub memory_kib: u32,
    /// argon2id's t.
    pub iterations: u32,
    /// argon2id's p.
    pub parallelism: u32,
    /// Where salts come from.
    pub random: Arc<dyn Random>,
}

impl Default for HasherOptions {
    /// OWASP's Password Storage Cheat Sheet: m = 19456 KiB, t = 2, p = 1; a thread a core.
    fn default() -> Self {
        let threads = available_parallelism().map_or(2, NonZero::get);
        Self {
            threads,
            queue: threads * QUEUE_PER_THREAD,
            memory_kib: 19456,
            iterations: 2,
            parallelism: 1,
            random: Arc::new(SystemRandom),
        }
    }
}

impl HasherOptions {
    /// As cheap as argon2id gets. For tests only: it protects nothing.
    pub fn for_tests() -> Self {
        Self { threads: 2, queue: 1024, memory_kib: 8, iterations: 1, parallelism: 1, ..Self::default() }
    }

    /// Whether the costs reach OWASP's Password Storage Cheat Sheet: less memory asks for more iterations.
    pub fn is_strong(&self) -> bool {
        [(47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5)]
            .iter()
            .any(|&(memory_kib, iterations)| self.memory_kib >= memory_kib && self.iterations >= iterations)
    }
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password, or there is no such account.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, but its hash is weaker than today's, or foreign: hash it again and keep that.
    RightButWeak,
}

/// Whether a stored hash, ours or a foreign one, can be compared with a password at a cost that one may have.
///
/// # Errors
/// Why it cannot, in a few words that hold nothing of it.
pub fn check_stored(text: &str) -> Result<(), &'static str> {
    stored::Stored::read(text).map(drop)
}

/// The pool. Clones share it; its threads end when the last clone is gone.
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    pool: Arc<Pool>,
    slots: Arc<Semaphore>,
    places: usize,
}

/// A reserved place in the queue. Dropping it gives the place back.
#[derive(Debug)]
pub struct Slot {
    pool: Arc<Pool>,
    permit: OwnedSemaphorePermit,
}

impl PasswordHasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// `HasherOptions` for costs that argon2id does not have, `Hasher` when a thread cannot be started.
    pub fn start(options: HasherOptions) -> Result<Self, CryptoError> {
        let cost = Cost::new(options.memory_kib, options.iterations, options.parallelism)
            .map_err(|error| CryptoError::HasherOptions(error.to_string()))?;
        if options.threads == 0 {
            return Err(CryptoError::HasherOptions("no threads".to_owned()));
        }
        let places = options.threads.saturating_add(options.queue).min(Semaphore::MAX_PERMITS);
        Ok(Self {
            pool: Arc::new(Pool::start(options.threads, cost, options.random)?),
            slots: Arc::new(Semaphore::new(places)),
            places,
        })
    }

    /// Reserves a place. Do it before a failed attempt is counted, so that an overload counts against nobody.
    ///
    /// # Errors
    /// `Unavailable` when as many wait as may.
    pub fn reserve(&self) -> Result<Slot, Failure> {
        match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(permit) => Ok(Slot { pool: Arc::clone(&self.pool), permit }),
            Err(_) => {
                metrics::counter!("daemun_hash_rejected_total").increment(1);
                Err(Failure::Unavailable { retry_after: RETRY_AFTER_SECONDS })
            }
        }
    }

    /// How many hashes are at work or wait.
    pub fn taken(&self) -> usize {
        self.places - self.slots.available_permits()
    }

    /// How many may be at work or wait.
    pub const fn places(&self) -> usize {
        self.places
    }

    /// [`PasswordHasher::reserve`], then [`Slot::hash`].
    ///
    /// # Errors
    /// `Unavailable` when the queue is full.
    pub async fn hash(&self, password: Password) -> Result<String, Failure> {
        self.reserve()?.hash(password).await
    }

    /// [`PasswordHasher::reserve`], then [`Slot::verify`].
    ///
    /// # Errors
    /// `Unavailable` when the queue is full.
    pub async fn verify(&self, typed: &str, stored: Option<&str>) -> Result<Verdict, Failure> {
        self.reserve()?.verify(typed, stored).await
    }
}

impl Slot {
    /// The argon2id hash of a password as a PHC string, with a fresh salt of 16 bytes and an output of 32.
    ///
    /// # Errors
    /// `Broken` when the hashing thread failed.
    pub async fn hash(self, password: Password) -> Result<String, Failure> {
        Ok(self.pool.run(self.permit, |answer| Work::Hash { password, answer }).await??)
    }

    /// Whether what was typed is the password of a stored hash. `None` stands for an unknown account: the same
    /// work is done and the verdict is always `Wrong`. So it is for a stored hash that cannot be used, such as
    /// that of an account without a password, or one whose cost would be an attack.
    ///
    /// More than 1024 bytes are `Wrong` without any work, whoever's account it is.
    ///
    /// # Errors
    /// `Broken` when the hashing thread failed.
    pub async fn verify(self, typed: &str, stored: Option<&str>) -> Result<Verdict, Failure> {
        if typed.len() > MOST_BYTES {
            return Ok(Verdict::Wrong);
        }
        let typed = Zeroizing::new(typed.to_owned());
        let stored = stored.map(str::to_owned);
        Ok(self.pool.run(self.permit, |answer| Work::Verify { typed, stored, answer }).await??)
    }
}
