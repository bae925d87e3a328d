//! Moves what was written from the WAL into the database file, off the writer's thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::readers::Readers;
use crate::db::error::DbError;

/// A checkpoint follows a commit after this time,
const INTERVAL: Duration = Duration::from_secs(1);
/// or after this many commits.
const COMMITS: u32 = 1000;
/// Pages in the WAL (64 MiB) from which the writer is held up for a moment so that the WAL starts anew: under
/// steady writing a passive checkpoint never catches up.
const LARGE_WAL: i64 = 16_384;

/// The thread that checkpoints.
pub struct Checkpointer {
    bell: Arc<Bell>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Tells the thread that there is something to do.
#[derive(Default)]
pub struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    /// Commits since the last checkpoint began.
    commits: u32,
    stop: bool,
}

impl Checkpointer {
    /// Starts the thread. What the readers see never holds it up for long.
    pub fn start(connection: Connection, readers: Arc<Readers>) -> Result<Self, DbError> {
        let bell = Arc::new(Bell::default());
        let heard = Arc::clone(&bell);
        let thread = thread::Builder::new().name("db-checkpoint".to_owned()).spawn(move || {
            while heard.wait() {
                readers.without_snapshots(|| checkpoint(&connection));
            }
            // The last act: leave a small WAL behind. Another process may be at work; then it stays.
            report(readers.without_snapshots(|| run(&connection, "PRAGMA wal_checkpoint(TRUNCATE)")));
        });
        let thread = thread.map_err(|error| DbError::unavailable(&error))?;
        Ok(Self { bell, thread: Mutex::new(Some(thread)) })
    }

    /// What the writer rings after each commit.
    pub fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    /// Checkpoints a last time and waits for it. Blocks.
    pub fn stop(&self) {
        self.bell.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.bell.stop();
    }
}

impl Bell {
    /// A transaction was committed.
    pub fn committed(&self) {
        let mut state = self.lock();
        state.commits = state.commits.saturating_add(1);
        let worth_waking = state.commits == 1 || state.commits == COMMITS;
        drop(state);
        if worth_waking {
            self.rung.notify_one();
        }
    }

    fn stop(&self) {
        self.lock().stop = true;
        self.rung.notify_one();
    }

    /// Waits until a checkpoint is due; `false` when it is time to stop.
    fn wait(&self) -> bool {
        let idle = |state: &mut State| state.commits == 0 && !state.stop;
        let state = self.rung.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let early = |state: &mut State| state.commits < COMMITS && !state.stop;
        let waited = self.rung.wait_timeout_while(state, INTERVAL, early);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.commits = 0;
        !state.stop
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn checkpoint(connection: &Connection) {
    let pages = run(connection, "PRAGMA wal_checkpoint(PASSIVE)");
    if matches!(pages, Ok(pages) if pages > LARGE_WAL) {
        report(run(connection, "PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    report(pages);
}

/// Runs a checkpoint; gives the pages that are in the WAL.
fn run(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.query_row(pragma, [], |row| row.get("log"))
}

fn report(result: rusqlite::Result<i64>) {
    if let Err(error) = result {
        tracing::warn!(%error, "checkpoint failed");
    }
}
