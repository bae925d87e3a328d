//! Brings the schema up to date: one folder of migrations an engine, under the same names, embedded here.

use std::path::PathBuf;

use refinery::error::Kind;
use refinery::{Migration, Runner};
use refinery_core::traits::sync::{Migrate, Query, Transaction};
use rusqlite::Connection;

use super::error::{DbError, chain};
use super::options::Engine;
use super::postgres::Postgres;
use super::sqlite::connection::{self, Purpose};
use super::{Db, sql};

mod sqlite_files {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres_files {
    refinery::embed_migrations!("migrations/postgres");
}

/// The advisory lock that a node holds while it migrates: "daemun" in hexadecimal.
const LOCK: i64 = 0x6461_656d_756e;

fn runner(engine: Engine) -> Runner {
    match engine {
        Engine::Sqlite => sqlite_files::migrations::runner(),
        Engine::Postgres => postgres_files::migrations::runner(),
    }
}

/// Applies what is missing in one transaction that excludes everybody else.
pub(super) async fn sqlite(path: PathBuf) -> Result<Vec<String>, DbError> {
    let work = move || {
        let mut locked = Locked(connection::open(&path, Purpose::Maintain, connection::MIGRATION_WAIT)?);
        // With foreign keys on, a migration that makes a table anew would empty those that point to it. They
        // are checked at the end instead.
        locked.control("PRAGMA foreign_keys = OFF")?;
        locked.control("BEGIN EXCLUSIVE")?;
        let report = runner(Engine::Sqlite).run(&mut locked).map_err(|error| fault(&error))?;
        locked.check_foreign_keys()?;
        locked.control("COMMIT")?;
        Ok(names(report.applied_migrations()))
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| DbError::Panicked(error.to_string()))?
}

/// Applies what is missing, each in its transaction, while holding the advisory lock.
pub(super) async fn postgres(postgres: &Postgres) -> Result<Vec<String>, DbError> {
    let mut client = postgres.detached().await?;
    let text = "SELECT pg_advisory_lock($1)";
    let lock = async {
        // Another node may work for long, and so may a migration.
        let settings = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";
        client.batch_execute(settings).await?;
        client.query_one(text, &[&LOCK]).await
    };
    lock.await.map_err(|error| super::postgres::classify(text, &error))?;
    // The connection is closed when this returns, and with it the lock is given back.
    let report = runner(Engine::Postgres).run_async(&mut *client).await.map_err(|error| fault(&error))?;
    Ok(names(report.applied_migrations()))
}

/// What is missing in the database, in the order in which it would be applied.
pub(super) async fn pending(db: &Db) -> Result<Vec<String>, DbError> {
    let exists = match db.engine() {
        Engine::Sqlite => sql("SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'"),
        Engine::Postgres => sql("SELECT count(*) FROM pg_catalog.pg_tables \
             WHERE schemaname = current_schema() AND tablename = 'refinery_schema_history'"),
    };
    let mut reader = db.reader();
    let applied: Vec<i64> = if exists.one::<i64>(&mut reader).await? == 0 {
        Vec::new()
    } else {
        sql("SELECT version FROM refinery_schema_history").all(&mut reader).await?
    };
    let runner = runner(db.engine());
    let mut missing: Vec<_> = runner
        .get_migrations()
        .iter()
        .filter(|migration| !applied.contains(&i64::from(migration.version())))
        .cloned()
        .collect();
    missing.sort_by_key(Migration::version);
    Ok(names(&missing))
}

/// The versions of the migrations that this program has.
pub(super) fn versions(engine: Engine) -> Vec<i64> {
    runner(engine).get_migrations().iter().map(|migration| i64::from(migration.version())).collect()
}

fn names(migrations: &[Migration]) -> Vec<String> {
    migrations.iter().map(ToString::to_string).collect()
}

fn fault(error: &refinery::Error) -> DbError {
    match error.kind() {
        Kind::MissingVersion(unknown) => DbError::Later(unknown.to_string()),
        // Kinds are of refinery's making, and a later one may have more.
        _ => DbError::Migration(chain(error)),
    }
}

/// A connection inside the transaction that holds the lock: refinery's own begins one of its own for each step,
/// and two nodes would get in between.
struct Locked(Connection);

impl Locked {
    fn check_foreign_keys(&self) -> Result<(), DbError> {
        let text = "PRAGMA foreign_key_check";
        let dangling = || self.0.prepare(text)?.exists([]);
        match dangling().map_err(|error| connection::classify(text, &error))? {
            false => Ok(()),
            true => Err(DbError::Migration("a row points to another that is gone".to_owned())),
        }
    }

    fn control(&self, text: &'static str) -> Result<(), DbError> {
        self.0.execute_batch(text).map_err(|error| connection::classify(text, &error))
    }
}

impl Transaction for Locked {
    type Error = rusqlite::Error;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Self::Error> {
        let mut count = 0;
        for query in queries {
            self.0.execute_batch(query)?;
            count += 1;
        }
        Ok(count)
    }
}

impl Query<Vec<Migration>> for Locked {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Self::Error> {
        let fault = |column, text: String| {
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, text.into())
        };
        // When it was applied is of no interest here, but the type wants a moment.
        let mut any = Migration::unapplied("V0__any", "").map_err(|error| fault(0, error.to_string()))?;
        any.set_applied();
        let moment = any.applied_on().copied().ok_or_else(|| fault(2, "no moment".to_owned()))?;
        let mut statement = self.0.prepare(query)?;
        let rows = statement.query_map([], |row| {
            let checksum: String = row.get(3)?;
            let checksum = checksum.parse().map_err(|_| fault(3, "no number".to_owned()))?;
            Ok(Migration::applied(row.get(0)?, row.get(1)?, moment, checksum))
        })?;
        rows.collect()
    }
}

impl Migrate for Locked {}
