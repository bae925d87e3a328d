//! What PostgreSQL's errors mean.

use std::io;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::db::error::{DbError, chain};

/// SQLSTATEs after which the connection is gone: class 08, and the server being stopped or crashed.
const LOST: [&str; 4] = ["08", "57P01", "57P02", "57P05"];
/// SQLSTATEs for which the server, not the statement, is to blame: out of resources, cancelled, starting up, a lock
/// not granted in time, a transaction left idle, a server that follows another until it is made the leader, an unknown
/// outcome.
const UNAVAILABLE: [&str; 6] = ["53", "57", "55P03", "25P03", "25006", "40003"];

/// What an error means to the caller of a statement. Takes the server's message but not its detail, which
/// repeats values.
pub fn classify(text: &'static str, error: &tokio_postgres::Error) -> DbError {
    let Some(fault) = error.as_db_error() else {
        return if is_connection(error) {
            DbError::Lost(chain(error))
        } else {
            DbError::Statement { text, cause: chain(error) }
        };
    };
    let code = fault.code();
    let cause = format!("{} {}", code.code(), fault.message());
    let is_one_of = |list: &[&str]| list.iter().any(|start| code.code().starts_with(start));
    if *code == SqlState::T_R_SERIALIZATION_FAILURE
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || is_stale_plan(error)
    {
        DbError::Conflict(cause)
    } else if is_one_of(&LOST) {
        DbError::Lost(cause)
    } else if is_one_of(&UNAVAILABLE) {
        DbError::Unavailable(cause)
    } else {
        DbError::Statement { text, cause }
    }
}

/// Whether the statement was prepared before a migration changed its table: prepared anew, it works.
pub fn is_stale_plan(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|fault| {
        *fault.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || (*fault.code() == SqlState::FEATURE_NOT_SUPPORTED && fault.message().contains("cached plan"))
    })
}

/// Whether the connection failed and not the server's work. What the server was doing is unknown then.
fn is_connection(error: &tokio_postgres::Error) -> bool {
    let source = std::error::Error::source(error);
    error.is_closed() || source.is_some_and(|source| source.is::<io::Error>())
}

/// Why the pool gave no connection.
pub fn no_connection(error: &PoolError) -> DbError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => {
            DbError::Unavailable("no connection became free in time".to_owned())
        }
        PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => {
            DbError::Unavailable("no server took a connection in time".to_owned())
        }
        PoolError::Closed => DbError::Closed,
        PoolError::Backend(_) | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            DbError::unavailable(error)
        }
    }
}
