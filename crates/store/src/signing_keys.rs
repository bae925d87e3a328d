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
    /// From when on it signs; until then it is only published.
    pub signs_from: Timestamp,
}

impl FromRow for SealedKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { kid: row.next()?, sealed: row.next()?, signs_from: row.next()? })
    }
}

/// The keys of an app, the one that begins to sign last at the end.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor, app: AppId) -> Result<Vec<SealedKey>, DbError> {
    sql("SELECT kid, sealed, signs_from FROM signing_keys WHERE app = $1 ORDER BY signs_from, kid")
        .bind(app)
        .all(on)
        .await
}

/// Adds a key.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, app: AppId, key: &SealedKey, now: Timestamp) -> Result<(), DbError> {
    sql("INSERT INTO signing_keys (app, kid, sealed, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)")
        .bind(app)
        .bind(&key.kid)
        .bind(key.sealed.clone())
        .bind(now)
        .bind(key.signs_from)
        .execute(tx)
        .await?;
    Ok(())
}
