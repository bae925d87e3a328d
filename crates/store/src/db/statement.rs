//! Statements: one SQL text for both engines, its values, and how its answer is read.
//!
//! What waits for PostgreSQL is boxed: its futures are large, and each future that has one inside is moved about.

use std::time::Instant;

use tracing::Instrument;

use super::error::DbError;
use super::postgres::{self, Postgres, PostgresTx};
use super::row::FromRow;
use super::sqlite::{Readers, SqliteTx, query};
use super::timing;
use super::value::Value;
use super::{Backend, Reader, Tx, TxKind};
use sealed::{Sealed, Target};

/// A statement with its bound values. The text is a literal: standard SQL with `$1…$n`.
#[must_use = "a statement does nothing until it is executed"]
#[derive(Clone, Debug)]
pub struct Statement {
    pub(super) text: &'static str,
    /// The text for PostgreSQL, where it must differ.
    pub(super) postgres: Option<&'static str>,
    pub(super) values: Vec<Value>,
    pub(super) cost: Cost,
}

/// Where a read outside a transaction runs on SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// On the calling thread: a few microseconds.
    Inline,
    /// On a reader thread.
    Usual,
    /// On a reader thread for slow statements, so that they never hold up the others.
    Heavy,
}

/// A statement of this text.
pub const fn sql(text: &'static str) -> Statement {
    Statement { text, postgres: None, values: Vec::new(), cost: Cost::Usual }
}

/// A statement that must differ between the engines. Only for the forms in `db`.
pub(crate) const fn either(sqlite: &'static str, postgres: &'static str) -> Statement {
    Statement { text: sqlite, postgres: Some(postgres), values: Vec::new(), cost: Cost::Usual }
}

impl Statement {
    /// Binds the next parameter: the first call is `$1`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs on the calling thread where it is a read on SQLite. Only for lookups by a unique index.
    pub const fn inline(mut self) -> Self {
        self.cost = Cost::Inline;
        self
    }

    /// A slow statement (search, export): it waits behind other slow ones only.
    pub const fn heavy(mut self) -> Self {
        self.cost = Cost::Heavy;
        self
    }

    /// The statement as PostgreSQL takes it.
    pub(super) fn on_postgres(self) -> Self {
        Self { text: self.postgres.unwrap_or(self.text), ..self }
    }

    /// The row, where there is one.
    ///
    /// # Errors
    /// When the statement fails or finds more than one row.
    pub async fn optional<R: FromRow>(self, on: &mut impl Executor) -> Result<Option<R>, DbError> {
        timing::statement(self.text);
        match on.target() {
            Target::SqliteTx(tx) => tx.first(&self),
            Target::SqliteReaders(readers) => {
                let (cost, began, span) = (self.cost, Instant::now(), timing::span("read", self.text));
                let found = readers.read(cost, move |connection| query::first(connection, &self));
                let found = found.instrument(span).await;
                readers.timing.read(began);
                found
            }
            Target::PostgresTx(tx) => {
                let statement = self.on_postgres();
                postgres::first(statement.text, &Box::pin(tx.query(&statement)).await?)
            }
            Target::PostgresPool(pool) => {
                let statement = self.on_postgres();
                let (began, span) = (Instant::now(), timing::span("read", statement.text));
                let rows = Box::pin(pool.query(&statement)).instrument(span).await;
                pool.timing.read(began);
                postgres::first(statement.text, &rows?)
            }
        }
    }

    /// The row.
    ///
    /// # Errors
    /// When the statement fails or does not find exactly one row.
    pub async fn one<R: FromRow>(self, on: &mut impl Executor) -> Result<R, DbError> {
        let text = self.text;
        self.optional(on).await?.ok_or(DbError::NoRow(text))
    }

    /// All rows.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn all<R: FromRow>(self, on: &mut impl Executor) -> Result<Vec<R>, DbError> {
        timing::statement(self.text);
        match on.target() {
            Target::SqliteTx(tx) => tx.all(&self),
            Target::SqliteReaders(readers) => {
                let (cost, began, span) = (self.cost, Instant::now(), timing::span("read", self.text));
                let found = readers.read(cost, move |connection| query::all(connection, &self));
                let found = found.instrument(span).await;
                readers.timing.read(began);
                found
            }
            Target::PostgresTx(tx) => postgres::all(&Box::pin(tx.query(&self.on_postgres())).await?),
            Target::PostgresPool(pool) => {
                let statement = self.on_postgres();
                let (began, span) = (Instant::now(), timing::span("read", statement.text));
                let rows = Box::pin(pool.query(&statement)).instrument(span).await;
                pool.timing.read(began);
                postgres::all(&rows?)
            }
        }
    }

    /// Changes rows and tells how many.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        timing::statement(self.text);
        match &mut tx.0 {
            TxKind::Sqlite(tx) => tx.execute(&self),
            TxKind::Postgres(tx) => Box::pin(tx.execute(&self.on_postgres())).await,
        }
    }
}

/// What a statement can run on: a transaction ([`Tx`]) or, for reads, a [`Reader`].
pub trait Executor: Sealed + Send {}

impl Executor for Tx {}
impl Executor for Reader {}

mod sealed {
    use super::{Postgres, PostgresTx, Readers, SqliteTx};

    /// Keeps the facade's two engines its own business.
    pub trait Sealed {
        fn target(&mut self) -> Target<'_>;
    }

    /// Where a statement goes.
    pub enum Target<'a> {
        SqliteTx(&'a mut SqliteTx),
        SqliteReaders(&'a Readers),
        PostgresTx(&'a mut PostgresTx),
        PostgresPool(&'a Postgres),
    }
}

impl Sealed for Tx {
    fn target(&mut self) -> Target<'_> {
        match &mut self.0 {
            TxKind::Sqlite(tx) => Target::SqliteTx(tx),
            TxKind::Postgres(tx) => Target::PostgresTx(tx),
        }
    }
}

impl Sealed for Reader {
    fn target(&mut self) -> Target<'_> {
        match &self.0 {
            Backend::Sqlite(sqlite) => Target::SqliteReaders(&sqlite.readers),
            Backend::Postgres(postgres) => Target::PostgresPool(postgres),
        }
    }
}
