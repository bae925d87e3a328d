//! The one way to the database, the same over SQLite and PostgreSQL.
//!
//! ```no_run
//! # use daemun_store::{Db, DbOptions, Executor, sql};
//! # use daemun_model::Failure;
//! # async fn example() -> Result<(), Failure> {
//! let db = Db::open("sqlite://./daemun-data/daemun.db", DbOptions::default()).await?;
//! db.write(async |tx| {
//!     let won = sql("UPDATE codes SET spent_at = $1 WHERE digest = $2 AND spent_at IS NULL")
//!         .bind(1_i64)
//!         .bind("…")
//!         .execute(tx)
//!         .await?;
//!     Ok(won == 1)
//! })
//! .await?;
//! # Ok(())
//! # }
//! ```

mod backup;
mod error;
mod migrate;
mod options;
mod outage;
mod postgres;
mod reading;
mod row;
mod rows;
mod sqlite;
mod statement;
mod timing;
mod value;

use std::sync::Arc;
use std::time::Instant;

use daemun_model::Failure;
use tracing::Instrument;

pub use backup::{BackupError, Existing, Manifest, give_to_owner_of_folder, restore, verify};
pub use error::DbError;
pub use options::{DbOptions, Engine};
pub use reading::Reading;
pub use row::{Cell, Column, FromRow, Row};
pub(crate) use rows::{sql_locking, sql_rows};
pub(crate) use statement::either;
pub use statement::{Executor, Statement, sql};
pub use value::Value;

use options::Location;
use postgres::{Isolation, Postgres, PostgresTx};
use sqlite::{Sqlite, SqliteTx};
use timing::Timing;

/// The database. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Db(Backend);

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

/// A transaction, lent to the closure of [`Db::write`].
pub struct Tx(TxKind);

enum TxKind {
    Sqlite(SqliteTx),
    Postgres(PostgresTx),
}

/// Reads outside a transaction: each statement sees what was committed before it.
#[derive(Clone)]
pub struct Reader(Backend);

/// How many closures were kept and in how many commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Closures whose writes were kept.
    pub writes: u64,
    /// Commits, each one flush to the disk: fewer than writes where they were grouped.
    pub commits: u64,
}

impl Db {
    /// Opens the database that `url` names: `sqlite:///absolute/path.db`, `sqlite://relative/path.db` (file and
    /// folder are created, readable by this user only) or `postgres://…`. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// When the URL names no database or the SQLite file cannot be opened. A PostgreSQL server is first asked
    /// by [`Db::ping`].
    pub async fn open(url: &str, options: DbOptions) -> Result<Self, DbError> {
        Ok(Self(match Location::parse(url)? {
            Location::Sqlite(path) => {
                let opened = tokio::task::spawn_blocking(move || Sqlite::open(&path, &options)).await;
                Backend::Sqlite(Arc::new(opened.map_err(|error| DbError::Panicked(error.to_string()))??))
            }
            Location::Postgres(url) => Backend::Postgres(Arc::new(Postgres::open(&url, &options)?)),
        }))
    }

    /// The engine behind the facade.
    pub const fn engine(&self) -> Engine {
        match self.0 {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.0 {
            Backend::Sqlite(sqlite) => Some(sqlite.path()),
            Backend::Postgres(_) => None,
        }
    }

    /// Brings the schema up to date and names the migrations that were applied now. Several nodes may do it at
    /// once: one works, the others wait and find nothing left to do.
    ///
    /// # Errors
    /// When a migration fails, or the database holds one that this program does not have.
    pub async fn migrate(&self) -> Result<Vec<String>, DbError> {
        match &self.0 {
            Backend::Sqlite(sqlite) => migrate::sqlite(sqlite.path().to_owned()).await,
            Backend::Postgres(postgres) => migrate::postgres(postgres).await,
        }
    }

    /// The migrations that [`Db::migrate`] would apply now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DbError> {
        migrate::pending(self).await
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<(), DbError> {
        sql("SELECT 1").one::<i64>(&mut self.reader()).await.map(|_| ())
    }

    /// How many bytes the database takes, without what is not yet written back to a SQLite file.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn size(&self) -> Result<i64, DbError> {
        let text = either(
            "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s",
            "SELECT pg_database_size(current_database())",
        );
        text.heavy().one(&mut self.reader()).await
    }

    /// For reads outside a transaction.
    pub fn reader(&self) -> Reader {
        Reader(self.0.clone())
    }

    /// Runs the closure in a transaction. `Ok` is kept and durable when this returns; `Err`, a panic and a
    /// statement's failure that the closure passed over leave nothing behind. A refusal that must be remembered
    /// is therefore `Ok(refused)`.
    ///
    /// The closure may run more than once and must wait for nothing but its transaction: on SQLite it runs on
    /// the one writer thread, together with others that are waiting, and is polled once.
    ///
    /// # Errors
    /// The closure's own; `Unavailable` when the database cannot be used, or when it is not known whether the
    /// transaction was kept (a connection that is lost during COMMIT); `Broken` otherwise.
    pub async fn write<T, F>(&self, f: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
    {
        self.write_in(Isolation::ReadCommitted, f).await
    }

    /// As [`Db::write`] of one change that decides by itself (a compare-and-swap), and of a read of what it changed: `None`
    /// where it changed nothing. On PostgreSQL both are one statement in one round trip: `at_once`, with the values of the
    /// change.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn change_and_read<R: FromRow>(
        &self,
        change: Statement,
        at_once: &'static str,
        read: Statement,
    ) -> Result<Option<R>, Failure> {
        let Backend::Postgres(postgres) = &self.0 else {
            let done = self.write(async move |tx| {
                let changed = change.clone().execute(tx).await?;
                Ok(if changed == 0 { None } else { Some(read.clone().one(tx).await?) })
            });
            return done.await;
        };
        permitted()?;
        let at_once = Statement { text: at_once, ..change };
        let (began, span) = (Instant::now(), timing::span("write", at_once.text));
        let done = Box::pin(postgres.query_alone(&at_once)).instrument(span).await;
        postgres.timing.write(began);
        match done {
            Err(DbError::Conflict(_)) => {}
            done => return Ok(postgres::first(at_once.text, &done?)?),
        }
        self.write(async move |tx| Ok(at_once.clone().optional(tx).await?)).await
    }

    /// As [`Db::write`], as if no other transaction ran at the same time: for rules that span rows.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_serializable<T, F>(&self, f: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
    {
        self.write_in(Isolation::Serializable, f).await
    }

    async fn write_in<T, F>(&self, isolation: Isolation, f: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Tx) -> Result<T, Failure> + Send + Sync + 'static,
    {
        permitted()?;
        let (began, span) = (Instant::now(), timing::span("write", ""));
        let done = match &self.0 {
            Backend::Sqlite(sqlite) => sqlite.write(f).instrument(span).await,
            Backend::Postgres(postgres) => Box::pin(postgres.write(isolation, f)).instrument(span).await,
        };
        self.timing().write(began);
        if done.is_ok() {
            outage::worked();
        }
        done
    }

    fn timing(&self) -> &Timing {
        match &self.0 {
            Backend::Sqlite(sqlite) => &sqlite.readers.timing,
            Backend::Postgres(postgres) => &postgres.timing,
        }
    }

    /// How many closures were kept so far, and in how many commits.
    pub fn write_counts(&self) -> WriteCounts {
        match &self.0 {
            Backend::Sqlite(sqlite) => sqlite.counts(),
            Backend::Postgres(postgres) => postgres.counts(),
        }
    }

    /// Finishes the writes that wait, checkpoints and lets go of the database. Later calls are `Unavailable`.
    pub async fn close(&self) {
        match &self.0 {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close(),
        }
    }
}

/// Who promised to write nothing is held to it.
fn permitted() -> Result<(), DbError> {
    if Reading::is_on() { Err(DbError::Promised) } else { Ok(()) }
}

/// What a panic said, where it said it in text.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text").to_owned()
}
