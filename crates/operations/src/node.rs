//! How this node and its database do, for who runs the server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use daemun_model::{Code, Failure, Permission};
use serde::Serialize;

use crate::call::Operator;
use crate::daemun::Daemun;
use crate::outbox;

/// How often limits kept a call out, by the limit's name. As the metrics it is the process's: two servers in one
/// process, as in tests, share it.
static REACHED: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// How the server does.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Of this program.
    pub version: &'static str,
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// The file of the database, where it is one.
    pub file: Option<String>,
    /// Migrations that this program has and the database has not.
    pub pending_migrations: Vec<String>,
    /// Transactions that this node has kept since it started.
    pub writes: u64,
    /// Commits that they took.
    pub commits: u64,
    /// Password hashes of this node that are at work or wait.
    pub hashes: usize,
    /// The most of them before more are refused.
    pub hash_places: usize,
    /// What waits to be sent, of all nodes.
    pub outbox: Vec<Waiting>,
    /// How often limits kept a call out since this node started, by the limit.
    pub limits: Vec<Reached>,
}

/// What waits to be sent in one way.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Waiting {
    /// How messages travel.
    pub channel: &'static str,
    /// Whether they stay in the dev outbox.
    pub stays_here: bool,
    /// How many wait.
    pub messages: i64,
    /// For how many seconds the oldest has waited; 0 where none does.
    pub oldest_seconds: i64,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Reached {
    /// What it counts.
    pub limit: &'static str,
    /// How many calls it kept out; one may count twice.
    pub times: u64,
}

/// How the server does.
///
/// # Errors
/// `forbidden` for who may not see it; when the database does not answer.
pub async fn show(daemun: &Daemun, operator: &Operator) -> Result<Shown, Failure> {
    if !operator.may.hold(Permission::SystemRead) {
        return Err(Code::Forbidden.into());
    }
    let writes = daemun.db.write_counts();
    let waiting = outbox::backlog(daemun).await?.map(|one| Waiting {
        channel: one.channel.as_str(),
        stays_here: daemun.delivery.keeps_secrets(one.channel),
        messages: one.messages,
        oldest_seconds: one.oldest_seconds,
    });
    let file = daemun.db.file();
    Ok(Shown {
        version: env!("CARGO_PKG_VERSION"),
        engine: if file.is_some() { "SQLite" } else { "PostgreSQL" },
        file: file.map(|path| path.display().to_string()),
        pending_migrations: daemun.db.pending_migrations().await?,
        writes: writes.writes,
        commits: writes.commits,
        hashes: daemun.hasher.taken(),
        hash_places: daemun.hasher.places(),
        outbox: waiting.to_vec(),
        limits: reached(),
    })
}

/// Counts a call that a limit kept out.
pub(crate) fn note_limit(limit: &'static str) {
    metrics::counter!("daemun_limits_reached_total", "limit" => limit).increment(1);
    *REACHED.lock().unwrap_or_else(PoisonError::into_inner).entry(limit).or_default() += 1;
}

fn reached() -> Vec<Reached> {
    let counts = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
    counts.iter().map(|(limit, times)| Reached { limit, times: *times }).collect()
}
