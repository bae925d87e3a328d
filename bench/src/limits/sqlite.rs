//! Durable commits of one row each.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::fault::Outcome;

/// Commits a second of one connection: WAL, every commit flushed. The file is made in `folder` and removed.
///
/// # Errors
/// When SQLite fails.
pub fn commits_per_second(folder: &Path, time: Duration) -> Outcome<f64> {
    let folder = tempfile::Builder::new().prefix("commits-").tempdir_in(folder)?;
    let connection = Connection::open(folder.path().join("rows.db"))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err("SQLite cannot use a WAL here".into());
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)",
    )?;
    let mut insert = connection.prepare("INSERT INTO rows (value) VALUES (?1)")?;
    let began = Instant::now();
    let mut commits = 0_i64;
    while began.elapsed() < time {
        insert.execute([commits])?;
        commits += 1;
    }
    Ok(commits as f64 / began.elapsed().as_secs_f64())
}
