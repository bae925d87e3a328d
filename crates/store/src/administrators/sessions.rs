//! Signed-in browsers of administrators.

use daemun_model::{Administrator, Timestamp};
use uuid::Uuid;

use super::{administrator_columns, read_administrator};
use crate::limits::CLOCK_TOLERANCE;
use crate::{Cell, Column, DbError, Executor, FromRow, Row, Tx, sql};

/// How far a sign-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; the second factor is still asked for.
    Password,
    /// Both were.
    Whole,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Whole => "whole",
        }
    }
}

impl Column for Stage {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match String::from_cell(cell)?.as_str() {
            "password" => Ok(Self::Password),
            "whole" => Ok(Self::Whole),
            _ => Err("a stage that is not known".to_owned()),
        }
    }
}

/// A session to be kept.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The identifier that lists show.
    pub id: Uuid,
    /// The digest of what the cookie holds.
    pub digest: String,
    /// Whose it is.
    pub administrator: Uuid,
    /// How far the sign-in has come.
    pub stage: Stage,
    /// When.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// From where.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

/// A session as it is kept.
#[derive(Clone, Debug)]
pub struct Session {
    /// The identifier that lists show.
    pub id: Uuid,
    /// How far the sign-in has come.
    pub stage: Stage,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last proven who sits there.
    pub confirmed_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// From where it was opened.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

macro_rules! session_columns {
    () => {
        "s.id, s.stage, s.created_at, s.confirmed_at, s.last_used_at, s.expires_at, s.address, s.user_agent"
    };
}

impl FromRow for Session {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.next()?,
            stage: row.next()?,
            created_at: row.next()?,
            confirmed_at: row.next()?,
            last_used_at: row.next()?,
            expires_at: row.next()?,
            address: row.next()?,
            user_agent: row.next()?,
        })
    }
}

/// A session and whose it is, from one read.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub administrator: Administrator,
}

impl FromRow for Joined {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { session: Session::from_row(row)?, administrator: read_administrator(row)? })
    }
}

/// Opens a session.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_session(tx: &mut Tx, new: &NewSession) -> Result<(), DbError> {
    sql("INSERT INTO administrator_sessions (id, digest, administrator, stage, created_at, confirmed_at, last_used_at, \
             expires_at, address, user_agent) \
         VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8)")
    .bind(new.id)
    .bind(&new.digest)
    .bind(new.administrator)
    .bind(new.stage.as_str())
    .bind(new.created_at)
    .bind(new.expires_at)
    .bind(&new.address)
    .bind(new.user_agent.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

/// The session of a digest that neither ended nor expired and was used after `idle_since`, of an administrator who can
/// sign in. One from the future does not count: it was opened while the clock was wrong.
///
/// # Errors
/// When the database does not answer.
pub async fn find_session(
    on: &mut impl Executor,
    digest: &str,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<Joined>, DbError> {
    sql(concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        administrator_columns!(),
        " FROM administrator_sessions s JOIN administrators a ON a.uuid = s.administrator \
          WHERE s.digest = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_used_at > $3 \
              AND s.last_used_at <= $4 AND a.disabled_at IS NULL AND a.totp_sealed IS NOT NULL"
    ))
    .bind(digest)
    .bind(now)
    .bind(idle_since)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .inline()
    .optional(on)
    .await
}

/// Notes that a session is used.
///
/// # Errors
/// When the database does not answer.
pub async fn touch_session(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    sql("UPDATE administrator_sessions SET last_used_at = $1 \
         WHERE id = $2 AND ended_at IS NULL AND last_used_at < $1")
    .bind(now)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// What the cookie held until now and what it holds from now on, as digests.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Until now.
    pub old: String,
    /// From now on.
    pub new: String,
}

/// Notes that it was proven again who sits there, under a new secret; tells whether the session lives and the secret
/// was the old one.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate_session(
    tx: &mut Tx,
    id: Uuid,
    rotation: &Rotation,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE administrator_sessions SET digest = $1, confirmed_at = $2, last_used_at = $2 \
         WHERE id = $3 AND digest = $4 AND ended_at IS NULL AND expires_at > $2")
    .bind(&rotation.new)
    .bind(now)
    .bind(id)
    .bind(&rotation.old)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Ends a session of an administrator, and tells whether it was open.
///
/// # Errors
/// When the database does not answer.
pub async fn end_session(
    tx: &mut Tx,
    administrator: Uuid,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE administrator_sessions SET ended_at = $1 \
         WHERE id = $2 AND administrator = $3 AND ended_at IS NULL")
    .bind(now)
    .bind(id)
    .bind(administrator)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Ends every session of an administrator, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all_sessions(tx: &mut Tx, administrator: Uuid, now: Timestamp) -> Result<u64, DbError> {
    sql("UPDATE administrator_sessions SET ended_at = $1 WHERE administrator = $2 AND ended_at IS NULL")
        .bind(now)
        .bind(administrator)
        .execute(tx)
        .await
}

/// Ends every session of an administrator but one, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_other_sessions(
    tx: &mut Tx,
    administrator: Uuid,
    kept: Uuid,
    now: Timestamp,
) -> Result<u64, DbError> {
    sql("UPDATE administrator_sessions SET ended_at = $1 \
         WHERE administrator = $2 AND id <> $3 AND ended_at IS NULL")
    .bind(now)
    .bind(administrator)
    .bind(kept)
    .execute(tx)
    .await
}

/// The open sessions of an administrator, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_live_sessions(
    on: &mut impl Executor,
    administrator: Uuid,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<Session>, DbError> {
    sql(concat!(
        "SELECT ",
        session_columns!(),
        " FROM administrator_sessions s WHERE s.administrator = $1 AND s.stage = 'whole' AND s.ended_at IS NULL \
          AND s.expires_at > $2 AND s.last_used_at > $3 ORDER BY s.last_used_at DESC, s.id DESC"
    ))
    .bind(administrator)
    .bind(now)
    .bind(idle_since)
    .all(on)
    .await
}

/// Forgets up to `limit` sessions that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old_sessions(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM administrator_sessions WHERE id IN (SELECT id FROM administrator_sessions \
         WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
