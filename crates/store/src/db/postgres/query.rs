//! Statements on a PostgreSQL connection.

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::fault::{classify, is_stale_plan};
use crate::db::error::DbError;
use crate::db::row::{FromRow, read_postgres};
use crate::db::statement::Statement;

/// Begins a transaction in which each statement sees what was committed before it.
pub const READ_COMMITTED: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The rows of a statement.
pub async fn rows(client: &Object, statement: &Statement) -> Result<Vec<Row>, DbError> {
    let prepared = prepare(client, statement).await?;
    let result = client.query(&prepared, &values(statement)).await;
    result.map_err(|error| fault(client, statement, &error))
}

/// How many rows a statement changed.
pub async fn execute(client: &Object, statement: &Statement) -> Result<u64, DbError> {
    let prepared = prepare(client, statement).await?;
    let result = client.execute(&prepared, &values(statement)).await;
    result.map_err(|error| fault(client, statement, &error))
}

/// As [`rows`], as a transaction of its own that takes one round trip: nothing is waited for in between.
pub async fn rows_alone(client: &Object, statement: &Statement) -> Result<Vec<Row>, DbError> {
    let prepared = prepare(client, statement).await?;
    let values = values(statement);
    let control = async |text| client.batch_execute(text).await.map_err(|error| classify(text, &error));
    let run = async {
        let result = client.query(&prepared, &values).await;
        result.map_err(|error| fault(client, statement, &error))
    };
    // They are sent in this order. After a statement that failed, COMMIT gives the transaction up.
    let (begun, rows, kept) = tokio::join!(control(READ_COMMITTED), run, control("COMMIT"));
    // A server that follows another until it is made the leader refuses READ WRITE, and the statement with it.
    begun.map_err(|error| match error {
        DbError::Statement { cause, .. } => DbError::Unavailable(cause),
        error => error,
    })?;
    let rows = rows?;
    kept.map(|()| rows)
}

/// The row of a statement that finds at most one.
pub fn first<R: FromRow>(text: &'static str, rows: &[Row]) -> Result<Option<R>, DbError> {
    match rows {
        [] => Ok(None),
        [row] => read_postgres(row).map(Some),
        _ => Err(DbError::ManyRows(text)),
    }
}

/// The rows, read.
pub fn all<R: FromRow>(rows: &[Row]) -> Result<Vec<R>, DbError> {
    rows.iter().map(read_postgres).collect()
}

async fn prepare(client: &Object, statement: &Statement) -> Result<tokio_postgres::Statement, DbError> {
    let prepared = client.prepare_cached(statement.text).await;
    let prepared = prepared.map_err(|error| classify(statement.text, &error))?;
    if prepared.params().len() == statement.values.len() {
        Ok(prepared)
    } else {
        Err(DbError::Parameters { text: statement.text, bound: statement.values.len() })
    }
}

fn values(statement: &Statement) -> Vec<&(dyn ToSql + Sync)> {
    statement.values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn fault(client: &Object, statement: &Statement, error: &tokio_postgres::Error) -> DbError {
    if is_stale_plan(error) {
        client.statement_cache.clear();
    }
    classify(statement.text, error)
}
