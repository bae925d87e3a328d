//! Statements over many rows that are bound as one value: a JSON array of arrays. Only the clause that unpacks it
//! differs between the engines, and both forms of it stand here.

/// A statement of three parts: what stands before the rows, the parameter that holds them, and what stands after.
/// Between the two it reads a table that is to be named `r` next, whose column `value` is one of the inner arrays:
/// `CAST(r.value ->> 0 AS BIGINT)` is the first member on both engines.
macro_rules! sql_rows {
    ($before:expr, $parameter:literal, $after:expr) => {
        $crate::db::either(
            concat!($before, " json_each(", $parameter, ") ", $after),
            concat!($before, " json_array_elements(CAST(CAST(", $parameter, " AS TEXT) AS json)) ", $after),
        )
    };
}

/// A read inside a transaction whose row stays as it is until the end of it. SQLite has one writer: nothing need be
/// said there.
macro_rules! sql_locking {
    ($text:expr) => {
        $crate::db::either($text, concat!($text, " FOR NO KEY UPDATE"))
    };
}

pub(crate) use {sql_locking, sql_rows};
