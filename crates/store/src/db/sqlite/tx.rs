//! A transaction on the writer's connection.

use rusqlite::Connection;

use super::connection::classify;
use super::query;
use crate::db::error::DbError;
use crate::db::row::FromRow;
use crate::db::statement::Statement;

/// The writer's connection while closures run on it, each in a savepoint of one outer transaction.
pub struct SqliteTx {
    connection: Connection,
    /// Whether a statement failed in the closure that runs now.
    failed: bool,
}

impl SqliteTx {
    /// For the writer.
    pub const fn new(connection: Connection) -> Self {
        Self { connection, failed: false }
    }

    /// Runs a statement that finds at most one row.
    pub fn first<R: FromRow>(&mut self, statement: &Statement) -> Result<Option<R>, DbError> {
        let result = query::first(&self.connection, statement);
        self.note(result)
    }

    /// Runs a statement that finds rows.
    pub fn all<R: FromRow>(&mut self, statement: &Statement) -> Result<Vec<R>, DbError> {
        let result = query::all(&self.connection, statement);
        self.note(result)
    }

    /// Runs a statement that changes rows.
    pub fn execute(&mut self, statement: &Statement) -> Result<u64, DbError> {
        let result = query::execute(&self.connection, statement);
        self.note(result)
    }

    /// A failed statement makes the closure fail, as it does on PostgreSQL.
    fn note<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        self.failed |= result.is_err();
        result
    }

    /// Whether a statement failed since this was last asked.
    pub const fn take_failed(&mut self) -> bool {
        std::mem::replace(&mut self.failed, false)
    }

    /// Whether the outer transaction is there. Some errors (disk full, I/O) roll it back.
    pub fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Begins the outer transaction, as a writer from the start: one that begins by reading can lose its snapshot
    /// to another process and then fails at its first write.
    pub fn begin(&self) -> Result<(), DbError> {
        self.control("BEGIN IMMEDIATE")
    }

    /// Ends the outer transaction; when this returns, it is on the disk.
    pub fn commit(&self) -> Result<(), DbError> {
        self.control("COMMIT")
    }

    /// Gives up the outer transaction, where there is one.
    pub fn roll_back(&self) {
        if self.is_open()
            && let Err(error) = self.control("ROLLBACK")
        {
            tracing::error!(%error, "cannot roll back");
        }
    }

    /// Begins one closure's part.
    pub fn begin_part(&self) -> Result<(), DbError> {
        self.control("SAVEPOINT part")
    }

    /// Keeps one closure's part, if the outer transaction is kept.
    pub fn keep_part(&self) -> Result<(), DbError> {
        self.control("RELEASE part")
    }

    /// Undoes one closure's part.
    pub fn undo_part(&self) -> Result<(), DbError> {
        self.control("ROLLBACK TO part")?;
        self.control("RELEASE part")
    }

    fn control(&self, text: &'static str) -> Result<(), DbError> {
        let run = || self.connection.prepare_cached(text)?.raw_execute();
        run().map(|_| ()).map_err(|error| classify(text, &error))
    }
}
