//! A transaction on a connection of the pool.

use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::fault::classify;
use super::patience::Patience;
use super::query;
use crate::db::error::DbError;
use crate::db::statement::Statement;

/// How strictly transactions are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// As if no other transaction ran at the same time.
    Serializable,
}

impl Isolation {
    const fn begin(self) -> &'static str {
        match self {
            Self::ReadCommitted => "BEGIN",
            Self::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        }
    }
}

/// An open transaction. One that is dropped, because its future was, takes its connection with it: the server
/// rolls back, and the pool never sees an open transaction.
pub struct PostgresTx {
    /// `None` once the transaction has ended.
    client: Option<Object>,
    patience: Patience,
    trouble: Trouble,
}

/// What went wrong with the transaction's statements so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// A statement failed: PostgreSQL keeps nothing of the transaction.
    Failed,
    /// The transaction lost against another and may be run again.
    Conflict,
}

impl PostgresTx {
    /// Begins a transaction.
    pub async fn begin(client: Object, patience: Patience, isolation: Isolation) -> Result<Self, DbError> {
        let mut tx = Self { client: Some(client), patience, trouble: Trouble::None };
        tx.control(isolation.begin()).await?;
        Ok(tx)
    }

    /// Runs a statement that finds rows.
    pub async fn query(&mut self, statement: &Statement) -> Result<Vec<Row>, DbError> {
        let result = self.patience.wait(query::rows(self.client()?, statement)).await;
        self.note(result)
    }

    /// Runs a statement that changes rows.
    pub async fn execute(&mut self, statement: &Statement) -> Result<u64, DbError> {
        let result = self.patience.wait(query::execute(self.client()?, statement)).await;
        self.note(result)
    }

    /// What went wrong so far.
    pub const fn trouble(&self) -> Trouble {
        self.trouble
    }

    /// Ends the transaction; when this returns, it is on the server's disk.
    ///
    /// # Errors
    /// [`DbError::Conflict`] when it lost against another; [`DbError::Lost`] when it is not known whether it was kept.
    pub async fn commit(mut self) -> Result<(), DbError> {
        self.control("COMMIT").await?;
        self.client.take();
        Ok(())
    }

    /// Gives the transaction up. When the server does not answer, dropping the connection does the same.
    pub async fn roll_back(mut self) {
        if self.control("ROLLBACK").await.is_ok() {
            self.client.take();
        }
    }

    async fn control(&mut self, text: &'static str) -> Result<(), DbError> {
        let answer = self.client()?.batch_execute(text);
        let answer = async { answer.await.map_err(|error| classify(text, &error)) };
        let result = self.patience.wait(answer).await;
        self.leave_the_silent(result)
    }

    /// A connection that says nothing is left: nothing that comes after is to wait as long again, and the server rolls
    /// back when it sees.
    fn leave_the_silent<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        if matches!(result, Err(DbError::Silent)) {
            self.client.take().map(Object::take);
        }
        result
    }

    fn client(&self) -> Result<&Object, DbError> {
        self.client.as_ref().ok_or(DbError::Closed)
    }

    fn note<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        let result = self.leave_the_silent(result);
        if let Err(error) = &result
            && self.trouble != Trouble::Conflict
        {
            self.trouble = if error.is_conflict() { Trouble::Conflict } else { Trouble::Failed };
        }
        result
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
