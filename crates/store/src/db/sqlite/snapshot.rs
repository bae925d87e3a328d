//! Connections for reads on the calling thread, which keep what they see for a moment.
//!
//! To begin and to end a read takes SQLite longer than to find a row: locks of the file, and a mutex that all connections
//! of the process share. So a connection goes on with what it saw a moment ago, as long as nothing was committed since.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connection::classify;
use crate::db::error::DbError;

/// For so long another process's commit (the command line's) may stay unseen.
const KEPT: Duration = Duration::from_millis(1);

/// What was committed to a file by this process: the same for all who opened it.
#[derive(Default)]
pub struct Commits {
    count: AtomicU64,
    /// Whether nobody may keep a snapshot: a checkpoint waits for their end.
    hurried: AtomicBool,
}

impl Commits {
    /// Those of a file.
    pub fn of(path: &Path) -> Arc<Self> {
        static FILES: Mutex<Option<HashMap<PathBuf, Weak<Commits>>>> = Mutex::new(None);
        let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
        let files = files.get_or_insert_default();
        files.retain(|_, commits| commits.strong_count() > 0);
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let known = files.get(&path).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let new = Arc::new(Self::default());
            files.insert(path, Arc::downgrade(&new));
            new
        })
    }

    /// Notes one, before anybody is told of it.
    pub fn note(&self) {
        self.count.fetch_add(1, Ordering::Release);
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// While `work` runs nobody keeps a snapshot.
    pub fn hurry<T>(&self, work: impl FnOnce() -> T) -> T {
        self.hurried.store(true, Ordering::SeqCst);
        let done = work();
        self.hurried.store(false, Ordering::SeqCst);
        done
    }
}

/// A connection, and since when it sees what it sees.
pub struct Snapshots {
    connection: Connection,
    commits: Arc<Commits>,
    since: Option<Since>,
}

struct Since {
    commits: u64,
    began: Instant,
}

impl Snapshots {
    pub const fn new(connection: Connection, commits: Arc<Commits>) -> Self {
        Self { connection, commits, since: None }
    }

    /// Runs a read that sees whatever this process committed before.
    pub fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Result<T, DbError>) -> Result<T, DbError> {
        let fresh = |since: &Since| since.commits == self.commits.count() && since.began.elapsed() < KEPT;
        if !self.since.as_ref().is_some_and(fresh) {
            self.end();
            // Counted before the transaction sees anything: at worst it is begun anew without need.
            let since = Since { commits: self.commits.count(), began: Instant::now() };
            self.run("BEGIN")?;
            self.since = Some(since);
        }
        let result = read(&self.connection);
        if result.is_err() || self.commits.hurried.load(Ordering::SeqCst) {
            self.end();
        }
        result
    }

    /// Lets go of what it sees.
    pub fn end(&mut self) {
        if self.since.take().is_some() {
            // What failed in a way that ended the transaction needs no end.
            self.run("ROLLBACK").ok();
        }
    }

    fn run(&self, text: &'static str) -> Result<(), DbError> {
        let done = self.connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
        done.map(|_| ()).map_err(|error| classify(text, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::{self, Purpose};
    use super::*;

    const WAIT: Duration = Duration::from_millis(50);

    struct Ground {
        _folder: tempfile::TempDir,
        path: PathBuf,
        writer: Connection,
        commits: Arc<Commits>,
    }

    fn ground() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        connection::create(&path).unwrap();
        let writer = connection::open(&path, Purpose::Write, WAIT).unwrap();
        writer.execute_batch("CREATE TABLE notes (id BIGINT PRIMARY KEY)").unwrap();
        let commits = Commits::of(&path);
        Ground { _folder: folder, path, writer, commits }
    }

    impl Ground {
        fn reader(&self) -> Snapshots {
            let connection = connection::open(&self.path, Purpose::Read, WAIT).unwrap();
            Snapshots::new(connection, Arc::clone(&self.commits))
        }

        fn write(&self, id: i64) {
            self.writer.execute("INSERT INTO notes (id) VALUES (?1)", [id]).unwrap();
        }

        /// Whether a checkpoint came to its end.
        fn checkpoint(&self) -> bool {
            let busy = |row: &rusqlite::Row<'_>| row.get::<_, i64>("busy");
            self.writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], busy).unwrap() == 0
        }
    }

    fn count(connection: &Connection) -> Result<i64, DbError> {
        let text = "SELECT count(*) FROM notes";
        connection.query_row(text, [], |row| row.get(0)).map_err(|error| classify(text, &error))
    }

    #[test]
    fn what_this_process_committed_is_seen_at_once() {
        let ground = ground();
        let mut reader = ground.reader();
        for id in 1..=100 {
            ground.write(id);
            ground.commits.note();
            assert_eq!(reader.read(count).unwrap(), id);
        }
    }

    #[test]
    fn what_another_process_committed_is_seen_soon() {
        let ground = ground();
        let mut reader = ground.reader();
        assert_eq!(reader.read(count).unwrap(), 0);
        ground.write(1);
        std::thread::sleep(KEPT);
        assert_eq!(reader.read(count).unwrap(), 1);
    }

    #[test]
    fn a_read_that_fails_keeps_nothing() {
        let ground = ground();
        let mut reader = ground.reader();
        assert!(reader.read(|_| Err::<(), _>(DbError::Closed)).is_err());
        ground.write(1);
        assert_eq!(reader.read(count).unwrap(), 1);
    }

    #[test]
    fn a_checkpoint_passes_whoever_lets_go_or_is_hurried() {
        let ground = ground();
        let mut reader = ground.reader();
        ground.write(1);
        reader.read(count).unwrap();
        ground.write(2);
        assert!(!ground.checkpoint(), "the snapshot is in its way");
        reader.end();
        assert!(ground.checkpoint());
        ground.write(3);
        ground.commits.hurry(|| {
            assert_eq!(reader.read(count).unwrap(), 3);
            ground.write(4);
            assert!(ground.checkpoint());
        });
    }

    #[test]
    fn whoever_opens_a_file_counts_its_commits_together() {
        let ground = ground();
        ground.commits.note();
        let link = ground.path.with_extension("link");
        std::os::unix::fs::symlink(&ground.path, &link).unwrap();
        assert_eq!(Commits::of(&link).count(), 1);
        assert_eq!(Commits::of(Path::new("/nowhere")).count(), 0);
    }
}
