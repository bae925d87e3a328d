//! Statements on a PostgreSQL connection.

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::fault::{classify, is_stale_plan};
use crate::db::error::DbError;
use crate::db::row::{FromRow, read_postgres};
use crate::db::statement::Statement;

/// Whether a statement only reads. One that begins with WITH may change rows in a part of it, and then says so.
pub fn only_reads(text: &str) -> bool {
    let changes = || ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().any(|word| text.contains(word));
    text.starts_with("SELECT ") || (text.starts_with("WITH ") && !changes())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_changes_rows_does_not_only_read() {
        assert!(only_reads("SELECT id FROM notes"));
        assert!(only_reads("WITH n AS (SELECT id FROM notes) SELECT id FROM n"));
        for text in [
            "INSERT INTO notes (id) VALUES (1) RETURNING id",
            "UPDATE notes SET id = 2",
            "DELETE FROM notes",
            "WITH n AS (DELETE FROM notes RETURNING id) SELECT id FROM n",
            "WITH n AS (UPDATE notes SET id = 2 RETURNING id) SELECT id FROM n",
            "WITH n AS (INSERT INTO notes (id) VALUES (1) RETURNING id) SELECT id FROM n",
            "TRUNCATE notes",
        ] {
            assert!(!only_reads(text), "{text}");
        }
    }
}
