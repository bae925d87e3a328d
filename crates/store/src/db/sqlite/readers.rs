//! Reads outside a transaction: on the calling thread or on a few reader threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::{self, Purpose};
use super::snapshot::{Commits, Snapshots};
use crate::db::error::DbError;
use crate::db::statement::Cost;
use crate::db::timing::Timing;

/// Reads that may wait in one lane before more are refused.
const LANE_CAPACITY: usize = 1024;
/// Idle connections that are kept for inline reads.
const IDLE_CONNECTIONS: usize = 32;

/// The read connections of one SQLite file.
pub struct Readers {
    path: PathBuf,
    wait: Duration,
    commits: Arc<Commits>,
    /// How long reads take.
    pub(in crate::db) timing: Timing,
    /// Connections for inline reads; `None` once closed.
    idle: Mutex<Option<Vec<Snapshots>>>,
    usual: Arc<Lane>,
    heavy: Arc<Lane>,
}

type Read = Box<dyn FnOnce(Result<&Connection, DbError>) + Send>;

/// Reads that wait for a thread, first come, first served.
#[derive(Default)]
struct Lane {
    state: Mutex<LaneState>,
    changed: Condvar,
}

#[derive(Default)]
struct LaneState {
    waiting: VecDeque<Read>,
    closed: bool,
}

impl Readers {
    /// Starts `threads` usual readers and half as many heavy ones. Each opens its connection when it first reads: a
    /// connection costs a millisecond and half a MiB, and some are never needed.
    pub fn open(path: &Path, threads: usize, wait: Duration, commits: Arc<Commits>) -> Result<Self, DbError> {
        let readers = Self {
            path: path.to_owned(),
            wait,
            commits,
            timing: Timing::new(),
            idle: Mutex::new(Some(Vec::new())),
            usual: Arc::default(),
            heavy: Arc::default(),
        };
        for number in 0..threads.max(1) {
            readers.start(&readers.usual, format!("db-read-{number}"))?;
        }
        for number in 0..(threads / 2).max(1) {
            readers.start(&readers.heavy, format!("db-heavy-{number}"))?;
        }
        Ok(readers)
    }

    fn start(&self, lane: &Arc<Lane>, name: String) -> Result<(), DbError> {
        let (lane, path, wait) = (Arc::clone(lane), self.path.clone(), self.wait);
        let thread = thread::Builder::new().name(name).spawn(move || {
            let mut connection = None;
            while let Some(read) = lane.next() {
                let opened = match &connection {
                    Some(_) => Ok(()),
                    None => connection::open(&path, Purpose::Read, wait).map(|new| connection = Some(new)),
                };
                let opened = opened.and_then(|()| connection.as_ref().ok_or(DbError::Closed));
                // A panic in a row's reading ends that read alone: its answer is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| read(opened)));
            }
        });
        thread.map(|_| ()).map_err(|error| DbError::unavailable(&error))
    }

    /// Runs a read where its cost says.
    pub async fn read<T, F>(&self, cost: Cost, read: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, DbError> + Send + 'static,
    {
        let lane = match cost {
            Cost::Inline => return self.read_here(read),
            Cost::Usual => &self.usual,
            Cost::Heavy => &self.heavy,
        };
        let (reply, answer) = oneshot::channel();
        lane.push(Box::new(move |connection| {
            // Who has gone away needs no answer.
            if !reply.is_closed() {
                let _ = reply.send(connection.and_then(read));
            }
        }))?;
        answer.await.unwrap_or_else(|_| Err(DbError::Panicked("reading a row".to_owned())))
    }

    fn read_here<T>(&self, read: impl FnOnce(&Connection) -> Result<T, DbError>) -> Result<T, DbError> {
        let pooled = lock(&self.idle).as_mut().ok_or(DbError::Closed)?.pop();
        let mut connection = match pooled {
            Some(connection) => connection,
            None => {
                let new = connection::open(&self.path, Purpose::Read, self.wait)?;
                Snapshots::new(new, Arc::clone(&self.commits))
            }
        };
        let result = connection.read(read);
        if let Some(idle) = lock(&self.idle).as_mut()
            && idle.len() < IDLE_CONNECTIONS
        {
            idle.push(connection);
        }
        result
    }

    /// Runs `work` while no connection keeps a snapshot: a checkpoint cannot pass one.
    pub fn without_snapshots<T>(&self, work: impl FnOnce() -> T) -> T {
        self.commits.hurry(|| {
            lock(&self.idle).iter_mut().flatten().for_each(Snapshots::end);
            work()
        })
    }

    /// Ends the threads once the reads that wait are done, and closes the connections.
    pub fn close(&self) {
        lock(&self.idle).take();
        self.usual.close();
        self.heavy.close();
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Lane {
    fn push(&self, read: Read) -> Result<(), DbError> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(DbError::Closed);
        }
        if state.waiting.len() >= LANE_CAPACITY {
            return Err(DbError::Overloaded);
        }
        state.waiting.push_back(read);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The next read; `None` once the lane is closed and empty.
    fn next(&self) -> Option<Read> {
        let mut state = lock(&self.state);
        loop {
            if let Some(read) = state.waiting.pop_front() {
                return Some(read);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
