//! Where nouns are kept. All SQL of Daemun is in this crate: one file a noun, and `db`, which alone knows that
//! there are two engines.

mod db;

pub use db::{
    Cell, Column, Db, DbError, DbOptions, Engine, Executor, FromRow, Reader, Row, Statement, Tx, Value,
    WriteCounts, sql,
};
