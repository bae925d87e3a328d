//! Connections to the SQLite file, and what its errors mean.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

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
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let set_up = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(wait)?;
        connection.set_prepared_statement_cache_capacity(256);
        // Checkpoints run on a thread of their own, never in the middle of a write.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA wal_autocheckpoint = 0;",
        )?;
        if purpose == Purpose::Read {
            connection.execute_batch("PRAGMA query_only = ON")?;
        }
        Ok(connection)
    };
    set_up().map_err(|error| match classify("open", &error) {
        DbError::Unavailable(cause) => DbError::Unavailable(cause),
        other => DbError::Url(format!("cannot open {}: {other}", path.display())),
    })
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
