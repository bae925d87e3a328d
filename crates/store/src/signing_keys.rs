//! The keys that sign an app's tokens, sealed under the master key.

use daemun_model::{AppId, Timestamp};

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// A signing key as it is kept.
#[derive(Clone)]
pub struct SealedKey {
    /// Names the key in the header of its tokens.
    pub kid: String,
    /// The PKCS #8 document, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs; until then it is only published.
    pub signs_from: Timestamp,
}

impl FromRow for SealedKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { kid: row.next()?, sealed: row.next()?, created_at: row.next()?, signs_from: row.next()? })
    }
}

/// The keys of an app, the one that begins to sign last at the end.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: AppId) -> Result<Vec<SealedKey>, DbError> {
    sql("SELECT kid, sealed, created_at, signs_from FROM signing_keys WHERE app = $1 ORDER BY signs_from, kid")
        .bind(app)
        .all(on)
        .await
}

/// Whether any app has a key.
///
/// # Errors
/// When the database does not answer.
pub async fn exist(on: &mut impl Executor) -> Result<bool, DbError> {
    let found = sql("SELECT app FROM signing_keys LIMIT 1").optional::<AppId>(on).await?;
    Ok(found.is_some())
}

/// Whether an app has this key.
///
/// # Errors
/// When the database does not answer.
pub async fn exists(on: &mut impl Executor, app: AppId, kid: &str) -> Result<bool, DbError> {
    let found = sql("SELECT app FROM signing_keys WHERE app = $1 AND kid = $2")
        .bind(app)
        .bind(kid)
        .inline()
        .optional::<AppId>(on)
        .await?;
    Ok(found.is_some())
}

/// Adds a key.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, app: AppId, key: &SealedKey) -> Result<(), DbError> {
    sql("INSERT INTO signing_keys (app, kid, sealed, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)")
        .bind(app)
        .bind(&key.kid)
        .bind(key.sealed.clone())
        .bind(key.created_at)
        .bind(key.signs_from)
        .execute(tx)
        .await?;
    Ok(())
}

/// Lets a key that is only published sign from a moment on.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_from(tx: &mut Tx, app: AppId, kid: &str, from: Timestamp) -> Result<(), DbError> {
    sql("UPDATE signing_keys SET signs_from = $1 WHERE app = $2 AND kid = $3")
        .bind(from)
        .bind(app)
        .bind(kid)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets a key, its private part with it, and tells whether it was there. Its tokens are dead from the commit on,
/// on every node: whoever reads a session by a token asks for the token's key in the same statement.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &mut Tx, app: AppId, kid: &str) -> Result<bool, DbError> {
    let gone =
        sql("DELETE FROM signing_keys WHERE app = $1 AND kid = $2").bind(app).bind(kid).execute(tx).await?;
    Ok(gone == 1)
}
