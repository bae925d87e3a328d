//! What the app itself has: files of no account, as the pictures of its catalogues.

use daemun_model::{AppId, Timestamp};

use crate::{DbError, Executor, Tx, sql};

/// Makes a file of a kind the app's own, and tells whether that could be: it has arrived, is no account's and is not to
/// be deleted. One that the app has already stays its own.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(
    tx: &mut Tx,
    app: AppId,
    (kind, path): (&str, &str),
    now: Timestamp,
) -> Result<bool, DbError> {
    let kept = sql("UPDATE uploads SET kept_at = $1, subject = NULL \
         WHERE app = $2 AND path = $3 AND kind = $4 AND account IS NULL AND arrived_at IS NOT NULL \
         AND delete_at IS NULL")
    .bind(now)
    .bind(app)
    .bind(path)
    .bind(kind)
    .execute(tx)
    .await?;
    Ok(kept == 1)
}

/// Whether somebody was ever permitted to send a file to a path, in whatever app, and it is not forgotten yet.
///
/// # Errors
/// When the database does not answer.
pub async fn is_signed(on: &mut impl Executor, path: &str) -> Result<bool, DbError> {
    let found = sql("SELECT path FROM uploads WHERE path = $1 AND signed_at IS NOT NULL")
        .bind(path)
        .inline()
        .optional::<String>(on)
        .await?;
    Ok(found.is_some())
}

/// Lets go of a file that no catalogue shows any more: it is to be deleted.
///
/// # Errors
/// When the database does not answer.
pub async fn let_go(tx: &mut Tx, app: AppId, path: &str, now: Timestamp) -> Result<(), DbError> {
    // Whoever keeps it at this moment holds its row, and the next statement sees the item that they save.
    sql("UPDATE uploads SET kept_at = kept_at WHERE app = $1 AND path = $2 AND kept_at IS NOT NULL")
        .bind(app)
        .bind(path)
        .execute(tx)
        .await?;
    sql("UPDATE uploads SET delete_at = $1 \
         WHERE app = $2 AND path = $3 AND kept_at IS NOT NULL AND delete_at IS NULL \
         AND NOT EXISTS (SELECT id FROM catalog_items WHERE app = $2 AND image = $3)")
    .bind(now)
    .bind(app)
    .bind(path)
    .execute(tx)
    .await?;
    Ok(())
}
