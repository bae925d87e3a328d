//! Requests that must not be done twice, by the key that their client gave them.

use daemun_model::{AppId, Timestamp};

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// Whose request it is: keys of one operator mean nothing to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The app.
    pub app: AppId,
    /// The operator, as the audit calls them.
    pub operator: String,
    /// What the client calls the request.
    pub key: String,
}

/// A request that begins.
#[derive(Clone, Debug)]
pub struct Begun {
    /// A digest of what is asked.
    pub request: String,
    /// Names this run of it.
    pub run: String,
    /// When it begins.
    pub now: Timestamp,
    /// Until when nobody else may run it.
    pub leased_until: Timestamp,
    /// Until when it is remembered.
    pub expires_at: Timestamp,
}

/// What is known of a request.
#[derive(Clone, Debug)]
pub struct Known {
    /// The digest of what was asked.
    pub request: String,
    /// What came of it, sealed; nothing while it is at work.
    pub outcome: Option<Vec<u8>>,
}

impl FromRow for Known {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { request: row.next()?, outcome: row.next()? })
    }
}

/// Claims a request, and tells whether it is this call's to run: nobody began it before, it is forgotten, or whoever
/// began the same never came back.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(tx: &mut Tx, key: &Key, begun: &Begun) -> Result<bool, DbError> {
    let won =
        sql("INSERT INTO idempotency_keys (app, operator, key, request, run, leased_until, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (app, operator, key) DO UPDATE SET request = excluded.request, run = excluded.run, \
             leased_until = excluded.leased_until, expires_at = excluded.expires_at, outcome = NULL \
         WHERE idempotency_keys.expires_at <= $8 OR (idempotency_keys.outcome IS NULL \
             AND idempotency_keys.leased_until <= $8 AND idempotency_keys.request = excluded.request)")
        .bind(key.app)
        .bind(&key.operator)
        .bind(&key.key)
        .bind(&begun.request)
        .bind(&begun.run)
        .bind(begun.leased_until)
        .bind(begun.expires_at)
        .bind(begun.now)
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// What is known of a request.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &mut impl Executor, key: &Key) -> Result<Option<Known>, DbError> {
    sql("SELECT request, outcome FROM idempotency_keys WHERE app = $1 AND operator = $2 AND key = $3")
        .bind(key.app)
        .bind(&key.operator)
        .bind(&key.key)
        .inline()
        .optional(on)
        .await
}

/// Keeps what came of a run, unless another took over.
///
/// # Errors
/// When the database does not answer.
pub async fn finish(tx: &mut Tx, key: &Key, run: &str, outcome: Vec<u8>) -> Result<bool, DbError> {
    let won = sql("UPDATE idempotency_keys SET outcome = $1 \
         WHERE app = $2 AND operator = $3 AND key = $4 AND run = $5 AND outcome IS NULL")
    .bind(outcome)
    .bind(key.app)
    .bind(&key.operator)
    .bind(&key.key)
    .bind(run)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Forgets a run that came to nothing, so that it may be tried again.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &mut Tx, key: &Key, run: &str) -> Result<(), DbError> {
    sql("DELETE FROM idempotency_keys \
         WHERE app = $1 AND operator = $2 AND key = $3 AND run = $4 AND outcome IS NULL")
    .bind(key.app)
    .bind(&key.operator)
    .bind(&key.key)
    .bind(run)
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets up to `limit` requests that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM idempotency_keys WHERE (app, operator, key) IN (SELECT app, operator, key \
         FROM idempotency_keys WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
