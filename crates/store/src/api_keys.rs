//! Keys of programs that act on an app's accounts.

use daemun_model::{AppId, Permissions, Timestamp};

use crate::{Cell, Column, DbError, Executor, FromRow, Row, Tx, sql};

/// A key as it is kept.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Names it, in the key itself, in the audit and in the log.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The SHA-256 of its secret.
    pub digest: String,
    /// What it may do.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
}

impl Column for Permissions {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        String::from_cell(cell).map(|text| Self::from_text(&text))
    }
}

macro_rules! api_key_columns {
    () => {
        "id, name, digest, permissions, created_at, created_by, expires_at, revoked_at, last_used_at"
    };
}

impl FromRow for ApiKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.next()?,
            name: row.next()?,
            digest: row.next()?,
            permissions: row.next()?,
            created_at: row.next()?,
            created_by: row.next()?,
            expires_at: row.next()?,
            revoked_at: row.next()?,
            last_used_at: row.next()?,
        })
    }
}

/// Adds a key.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, app: AppId, key: &ApiKey) -> Result<(), DbError> {
    sql("INSERT INTO api_keys (id, app, name, digest, permissions, created_at, created_by, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(&key.id)
    .bind(app)
    .bind(&key.name)
    .bind(&key.digest)
    .bind(key.permissions.to_text())
    .bind(key.created_at)
    .bind(&key.created_by)
    .bind(key.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The key of an identifier, live or not.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &mut impl Executor, app: AppId, id: &str) -> Result<Option<ApiKey>, DbError> {
    sql(concat!("SELECT ", api_key_columns!(), " FROM api_keys WHERE id = $1 AND app = $2"))
        .bind(id)
        .bind(app)
        .inline()
        .optional(on)
        .await
}

/// Every key of an app, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: AppId) -> Result<Vec<ApiKey>, DbError> {
    sql(concat!(
        "SELECT ",
        api_key_columns!(),
        " FROM api_keys WHERE app = $1 ORDER BY created_at DESC, id DESC"
    ))
    .bind(app)
    .all(on)
    .await
}

/// Revokes a key, and tells whether it was not revoked before.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(tx: &mut Tx, app: AppId, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let won = sql("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND app = $3 AND revoked_at IS NULL")
        .bind(now)
        .bind(id)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// Notes that a key was used, unless that was noted after `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn touch(
    tx: &mut Tx,
    app: AppId,
    id: &str,
    (now, before): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    sql("UPDATE api_keys SET last_used_at = $1 \
         WHERE id = $2 AND app = $3 AND (last_used_at IS NULL OR last_used_at <= $4)")
    .bind(now)
    .bind(id)
    .bind(app)
    .bind(before)
    .execute(tx)
    .await?;
    Ok(())
}
