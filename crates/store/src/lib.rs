//! Where nouns are kept. All SQL of Daemun is in this crate: one file a noun, and `db`, which alone knows that
//! there are two engines.

pub mod accounts;
pub mod administrators;
pub mod api_keys;
pub mod approvals;
pub mod apps;
pub mod audit;
pub mod bulk;
pub mod catalogs;
pub mod codes;
pub mod contacts;
mod db;
pub mod directory;
pub mod friendships;
pub mod idempotency_keys;
pub mod identifiers;
pub mod limits;
pub mod one_time_tokens;
pub mod organizations;
pub mod outbox;
pub mod points;
pub mod product_keys;
pub mod proofs;
pub mod ranking;
pub mod rooms;
pub mod roster;
pub mod search;
pub mod sessions;
pub mod signing_keys;
pub mod statistics;
pub mod time_settings;
pub mod uploads;
pub mod wrong_passwords;

/// Backups of a SQLite database; one is made by [`Db::backup`].
pub mod backup {
    pub use crate::db::{BackupError, Existing, Manifest, give_to_owner_of_folder, restore, verify};
}

pub use db::{
    Cell, Column, Db, DbError, DbOptions, Engine, Executor, FromRow, Reader, Reading, Row, Statement, Tx,
    Value, WriteCounts, sql,
};
