//! Rows that come out of a statement, the same for both engines.

use std::error::Error;

use daemun_model::{AccountUuid, AppId, Timestamp};
use rusqlite::types::ValueRef;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::error::DbError;

/// One column's value as it lies in the engine's buffer.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// BIGINT, and BOOLEAN on SQLite.
    Integer(i64),
    /// BOOLEAN on PostgreSQL.
    Boolean(bool),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(&'a str),
    /// BLOB, BYTEA.
    Bytes(&'a [u8]),
}

impl Cell<'_> {
    /// The name of the type that was found, for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "integer",
            Self::Boolean(_) => "boolean",
            Self::Real(_) => "real",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        }
    }
}

/// What one column can be read as.
pub trait Column: Sized {
    /// The value in the cell.
    ///
    /// # Errors
    /// What is there instead, in a few words and without the value itself.
    fn from_cell(cell: Cell<'_>) -> Result<Self, String>;
}

macro_rules! column {
    ($($type:ty: $($pattern:pat => $value:expr),+;)*) => {$(
        impl Column for $type {
            fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
                match cell {
                    $($pattern => Ok($value),)+
                    other => Err(format!("{} where {} is expected", other.kind(), stringify!($type))),
                }
            }
        }
    )*};
}

column! {
    i64: Cell::Integer(number) => number;
    bool: Cell::Boolean(truth) => truth, Cell::Integer(number @ (0 | 1)) => number == 1;
    f64: Cell::Real(number) => number;
    String: Cell::Text(text) => text.to_owned();
    Vec<u8>: Cell::Bytes(bytes) => bytes.to_vec();
    Timestamp: Cell::Integer(micros) => Self(micros);
    AppId: Cell::Integer(number) => Self(number);
}

impl Column for Uuid {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Text(text) => Self::try_parse(text).map_err(|_| "text that is no UUID".to_owned()),
            other => Err(format!("{} where a UUID is expected", other.kind())),
        }
    }
}

impl Column for AccountUuid {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        Uuid::from_cell(cell).map(Self)
    }
}

impl<T: Column> Column for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match cell {
            Cell::Null => Ok(None),
            other => T::from_cell(other).map(Some),
        }
    }
}

/// One row, read from its first column to its last.
pub struct Row<'a> {
    source: Source<'a>,
    next: usize,
}

enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The next column.
    ///
    /// # Errors
    /// When there is none, or it holds something else.
    #[expect(clippy::should_implement_trait, reason = "columns differ in type, so a row is no iterator")]
    pub fn next<T: Column>(&mut self) -> Result<T, DbError> {
        let index = self.next;
        self.next += 1;
        let cell = match &self.source {
            Source::Sqlite(row) => {
                row.get_ref(index).map_err(|error| error.to_string()).and_then(sqlite_cell)
            }
            Source::Postgres(row) => row.try_get(index).map_err(|error| error.to_string()),
        };
        cell.and_then(T::from_cell).map_err(|fault| DbError::Column { column: self.next, fault })
    }

    fn columns(&self) -> usize {
        match &self.source {
            Source::Sqlite(row) => row.as_ref().column_count(),
            Source::Postgres(row) => row.len(),
        }
    }
}

/// What a whole row can be read as. Every column of the statement must be read, in its order.
pub trait FromRow: Sized + Send + 'static {
    /// Reads the columns.
    ///
    /// # Errors
    /// When a column holds something else.
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError>;
}

impl<T: Column + Send + 'static> FromRow for T {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.next()
    }
}

macro_rules! tuple_from_row {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Column + Send + 'static),+> FromRow for ($($name,)+) {
            fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
                Ok(($(row.next::<$name>()?,)+))
            }
        }
    )*};
}

tuple_from_row! {
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

/// Reads a row of SQLite.
pub(super) fn read_sqlite<R: FromRow>(row: &rusqlite::Row<'_>) -> Result<R, DbError> {
    read(Row { source: Source::Sqlite(row), next: 0 })
}

/// Reads a row of PostgreSQL.
pub(super) fn read_postgres<R: FromRow>(row: &tokio_postgres::Row) -> Result<R, DbError> {
    read(Row { source: Source::Postgres(row), next: 0 })
}

fn read<R: FromRow>(mut row: Row<'_>) -> Result<R, DbError> {
    let value = R::from_row(&mut row)?;
    if row.next == row.columns() {
        Ok(value)
    } else {
        let fault = format!("read {} of {} columns", row.next, row.columns());
        Err(DbError::Column { column: row.next, fault })
    }
}

fn sqlite_cell(value: ValueRef<'_>) -> Result<Cell<'_>, String> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => {
            Cell::Text(str::from_utf8(bytes).map_err(|_| "text that is not UTF-8".to_owned())?)
        }
        ValueRef::Blob(bytes) => Cell::Bytes(bytes),
    })
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Integer(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Integer(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Self::Boolean(bool::from_sql(ty, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(<&str>::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::FLOAT8 | Type::BYTEA)
            || <&str as FromSql>::accepts(ty)
    }
}
