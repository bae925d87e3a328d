//! Connections to the SQLite file, and what its errors mean.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::db::error::DbError;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The one that writes.
    Write,
    /// One of those that read; it cannot write.
    Read,
    /// Checkpoints and migrations.
    Maintain,
}

/// How long a checkpoint that must be alone waits: the writer waits as long.
pub const CHECKPOINT_WAIT: Duration = Duration::from_millis(100);

/// The pause before a file that is locked is opened again.
const RETRY: Duration = Duration::from_millis(10);

/// How long a node waits for another that migrates the same file.
pub const MIGRATION_WAIT: Duration = Duration::from_secs(60);

/// Creates the folder and the file where they are missing, for this user only.
pub fn create(path: &Path) -> Result<(), DbError> {
    let fault = |error: std::io::Error| DbError::Url(format!("cannot create {}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(fault(error)),
    }
}

/// Opens a connection: WAL, and every commit flushed to the disk before it is acknowledged.
pub fn open(path: &Path, purpose: Purpose, wait: Duration) -> Result<Connection, DbError> {
    let began = Instant::now();
    loop {
        match set_up(path, purpose, wait) {
            // Of several that open a new file, one turns WAL on; SQLite does not wait for it by itself.
            Err(DbError::Unavailable(_)) if began.elapsed() < wait => thread::sleep(RETRY),
            Err(DbError::Statement { cause, .. }) => {
                return Err(DbError::Url(format!("cannot open {}: {cause}", path.display())));
            }
            result => return result,
        }
    }
}

fn set_up(path: &Path, purpose: Purpose, wait: Duration) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<(Connection, String)> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(wait)?;
        connection.set_prepared_statement_cache_capacity(256);
        // Plans must not depend on bound values: otherwise each use of a cached join parses and plans it anew, since
        // its bindings are cleared in between. That costs ten times what the read does.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        // Checkpoints run on a thread of their own, never in the middle of a write.
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0;",
        )?;
        if purpose == Purpose::Read {
            connection.execute_batch("PRAGMA query_only = ON")?;
        }
        Ok((connection, mode))
    };
    match open() {
        Ok((connection, mode)) if mode == "wal" => Ok(connection),
        Ok(_) => {
            Err(DbError::Url(format!("{}: SQLite cannot use a WAL on this file system", path.display())))
        }
        Err(error) => Err(classify("open", &error)),
    }
}

/// What an error of SQLite means to the caller of a statement.
pub fn classify(text: &'static str, error: &rusqlite::Error) -> DbError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted,
        ) => DbError::Unavailable(error.to_string()),
        _ => DbError::Statement { text, cause: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_cached_statement_is_planned_once_whatever_is_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        create(&path).unwrap();
        let connection = open(&path, Purpose::Write, RETRY).unwrap();
        let tables = "CREATE TABLE a (id TEXT PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE b (id TEXT PRIMARY KEY, a TEXT, ended BIGINT) WITHOUT ROWID;
            CREATE INDEX b_open ON b (a) WHERE ended IS NULL;
            CREATE INDEX b_ended ON b (ended) WHERE ended IS NOT NULL;";
        connection.execute_batch(tables).unwrap();
        let join = "SELECT a.id FROM b JOIN a ON a.id = b.a WHERE b.id = ?1";
        for id in ["one", "two", "three"] {
            let mut statement = connection.prepare_cached(join).unwrap();
            assert!(!statement.exists([id]).unwrap());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{id}");
        }
    }
}
