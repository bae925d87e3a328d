//! Codes that stand for the second factor, each once.

use daemun_model::Timestamp;
use uuid::Uuid;

use crate::{DbError, Executor, Tx, sql};

/// Keeps these digests and no others.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_codes(tx: &mut Tx, administrator: Uuid, digests: &[String]) -> Result<(), DbError> {
    sql("DELETE FROM administrator_recovery_codes WHERE administrator = $1")
        .bind(administrator)
        .execute(tx)
        .await?;
    for digest in digests {
        sql("INSERT INTO administrator_recovery_codes (administrator, digest, spent_at) VALUES ($1, $2, NULL)")
            .bind(administrator)
            .bind(digest)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Spends a code, and tells whether it was one and unspent.
///
/// # Errors
/// When the database does not answer.
pub async fn spend_code(
    tx: &mut Tx,
    administrator: Uuid,
    digest: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE administrator_recovery_codes SET spent_at = $1 \
         WHERE administrator = $2 AND digest = $3 AND spent_at IS NULL")
    .bind(now)
    .bind(administrator)
    .bind(digest)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// How many codes are left.
///
/// # Errors
/// When the database does not answer.
pub async fn count_unspent_codes(on: &mut impl Executor, administrator: Uuid) -> Result<i64, DbError> {
    let count = sql("SELECT count(*) FROM administrator_recovery_codes \
         WHERE administrator = $1 AND spent_at IS NULL")
    .bind(administrator)
    .optional(on)
    .await?;
    Ok(count.unwrap_or(0))
}
