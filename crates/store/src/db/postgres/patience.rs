//! How long PostgreSQL is waited for when it says nothing at all.

use std::time::Duration;

use crate::db::error::DbError;

/// What the server's own timeout is given to reach us. A server that hangs, or whose machine is gone, keeps none.
const TRANSIT: Duration = Duration::from_secs(1);

/// The longest that an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience(Duration);

impl Patience {
    /// A little longer than the server itself works on a statement.
    pub fn beyond(statement_timeout: Duration) -> Self {
        Self(statement_timeout + TRANSIT)
    }

    /// Waits for an answer. The connection of one that does not come is of no more use.
    ///
    /// # Errors
    /// Those of the answer, or [`DbError::Silent`]: what was asked for may still be done.
    pub async fn wait<T>(self, answer: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
        tokio::time::timeout(self.0, answer).await.unwrap_or(Err(DbError::Silent))
    }
}
