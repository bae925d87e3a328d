//! Statements on a SQLite connection.

use rusqlite::{CachedStatement, Connection};

use super::connection::classify;
use crate::db::error::DbError;
use crate::db::row::{FromRow, read_sqlite};
use crate::db::statement::{Cost, Statement};

/// The row of a statement that finds at most one.
pub fn first<R: FromRow>(connection: &Connection, statement: &Statement) -> Result<Option<R>, DbError> {
    let fault = |error: rusqlite::Error| classify(statement.text, &error);
    let mut prepared = prepare(connection, statement)?;
    let mut rows = prepared.raw_query();
    let Some(row) = rows.next().map_err(fault)? else { return Ok(None) };
    let found = read_sqlite(row)?;
    // What is read on the spot is found by a unique index: only tests look whether that is so.
    if statement.cost == Cost::Inline && !cfg!(debug_assertions) {
        return Ok(Some(found));
    }
    match rows.next().map_err(fault)? {
        None => Ok(Some(found)),
        Some(_) => Err(DbError::ManyRows(statement.text)),
    }
}

/// The rows of a statement.
pub fn all<R: FromRow>(connection: &Connection, statement: &Statement) -> Result<Vec<R>, DbError> {
    let mut prepared = prepare(connection, statement)?;
    let mut rows = prepared.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(|error| classify(statement.text, &error))? {
        found.push(read_sqlite(row)?);
    }
    Ok(found)
}

/// How many rows a statement changed.
pub fn execute(connection: &Connection, statement: &Statement) -> Result<u64, DbError> {
    let changed = prepare(connection, statement)?.raw_execute();
    changed.map(|rows| rows as u64).map_err(|error| classify(statement.text, &error))
}

/// SQLite takes `$2` for a name and numbers the names as they come up, so each is bound by its name.
fn prepare<'a>(connection: &'a Connection, statement: &Statement) -> Result<CachedStatement<'a>, DbError> {
    let wrong = || DbError::Parameters { text: statement.text, bound: statement.values.len() };
    let fault = |error: rusqlite::Error| classify(statement.text, &error);
    let mut prepared = connection.prepare_cached(statement.text).map_err(fault)?;
    let count = prepared.parameter_count();
    if count != statement.values.len() {
        return Err(wrong());
    }
    for index in 1..=count {
        let number = prepared.parameter_name(index).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let value =
            number.and_then(|number| statement.values.get(number.checked_sub(1)?)).ok_or_else(wrong)?;
        prepared.raw_bind_parameter(index, value).map_err(fault)?;
    }
    Ok(prepared)
}
