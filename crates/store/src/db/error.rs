//! What can go wrong between the store and its database, on either engine.

use std::error::Error;

use daemun_model::Failure;

use super::{outage, timing};

/// A failure of the database or of a statement. Its text holds SQL and column positions, never a bound value.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The connection was lost. What ran last on it may have been done or not.
    #[error("the connection to the database was lost: {0}")]
    Lost(String),
    /// The database said nothing for longer than it may work on a statement. What ran last may be done yet or not.
    #[error("the database does not answer")]
    Silent,
    /// The database cannot be used now: no free connection, locked, disk full.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// More work waits than may wait.
    #[error("too much work waits for the database")]
    Overloaded,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// Two transactions stood in each other's way and this one lost (SQLSTATE 40001, 40P01): it may be run again.
    #[error("the transaction lost against another: {0}")]
    Conflict(String),
    /// The engine refused a statement.
    #[error("{cause} in: {text}")]
    Statement {
        /// The statement.
        text: &'static str,
        /// What the engine said.
        cause: String,
    },
    /// A statement asked for one row and found none.
    #[error("no row for: {0}")]
    NoRow(&'static str),
    /// A statement asked for at most one row and found more.
    #[error("more than one row for: {0}")]
    ManyRows(&'static str),
    /// A statement's `$1…$n` and its bound values differ in number.
    #[error("{bound} values bound to: {text}")]
    Parameters {
        /// The statement.
        text: &'static str,
        /// How many values were bound.
        bound: usize,
    },
    /// A column does not hold what the program reads from it.
    #[error("column {column}: {fault}")]
    Column {
        /// Its place in the row, from 1.
        column: usize,
        /// What was expected and what is there.
        fault: String,
    },
    /// A statement failed earlier in the transaction and the closure went on as if it had not: nothing was kept.
    #[error("a statement failed inside the transaction and its error was passed over")]
    FailureIgnored,
    /// A write was asked for by what promised to write nothing.
    #[error("a write by what promised to write nothing")]
    Promised,
    /// A closure waited for something other than its transaction.
    #[error("awaited inside a transaction")]
    Awaited,
    /// A closure panicked.
    #[error("panicked inside a transaction: {0}")]
    Panicked(String),
    /// The URL names no database that can be opened.
    #[error("{0}")]
    Url(String),
    /// A later version prepared the database; it has this migration.
    #[error(
        "a later version of Daemun prepared the database: it has {0}, which this one does not know\n  hint: start that version, or restore a backup from before it"
    )]
    Later(String),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(String),
}

impl DbError {
    /// The error, unless the transaction may be run again and could then succeed.
    pub(super) const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// An error of the engine with all its causes, in one line.
    pub(super) fn unavailable(error: &dyn Error) -> Self {
        Self::Unavailable(chain(error))
    }
}

/// An error's text and those of its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Lost(cause) | DbError::Unavailable(cause) => {
                outage::failed(&cause);
                timing::unavailable();
                Self::Unavailable { retry_after: 1 }
            }
            DbError::Silent => {
                outage::failed("it does not answer");
                timing::unavailable();
                Self::Unavailable { retry_after: 1 }
            }
            DbError::Overloaded | DbError::Closed => {
                timing::unavailable();
                Self::Unavailable { retry_after: 1 }
            }
            DbError::Conflict(_)
            | DbError::Statement { .. }
            | DbError::NoRow(_)
            | DbError::ManyRows(_)
            | DbError::Parameters { .. }
            | DbError::Column { .. }
            | DbError::FailureIgnored
            | DbError::Promised
            | DbError::Awaited
            | DbError::Panicked(_)
            | DbError::Url(_)
            | DbError::Later(_)
            | DbError::Migration(_) => Self::broken(error),
        }
    }
}
