//! What is to be deleted. The row says so first, then the file goes, then the row: whoever dies in between leaves what the
//! next one finishes.

use daemun_model::upload::Visibility;
use daemun_model::{AppId, Timestamp};

use super::{Seen, Signed, signed_columns};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// An upload that is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doomed {
    /// The app.
    pub app: AppId,
    /// The path.
    pub path: String,
    /// The name by which its file is kept, when it has arrived.
    pub stored_as: Option<String>,
    /// Who could see it.
    pub visibility: Visibility,
}

impl FromRow for Doomed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (app, path, stored_as) = (row.next()?, row.next()?, row.next()?);
        Ok(Self { app, path, stored_as, visibility: row.next::<Seen>()?.0 })
    }
}

/// Says of up to `limit` files that were signed before a moment and that nobody has that they are to be deleted,
/// and tells of how many.
///
/// # Errors
/// When the database does not answer.
pub async fn doom_unclaimed(
    tx: &mut Tx,
    before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<u64, DbError> {
    sql("UPDATE uploads SET delete_at = $1 WHERE (app, path) IN (SELECT app, path FROM uploads \
         WHERE account IS NULL AND kept_at IS NULL AND delete_at IS NULL AND signed_at < $2 \
             ORDER BY signed_at LIMIT $3) \
         AND account IS NULL AND kept_at IS NULL AND delete_at IS NULL")
    .bind(now)
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}

/// Gives up waiting for an upload that has not arrived: one that no account has is to be deleted, and one that an account
/// has is from now on like a path that was never signed.
///
/// # Errors
/// When the database does not answer.
pub async fn give_up(tx: &mut Tx, app: AppId, path: &str, now: Timestamp) -> Result<(), DbError> {
    sql("UPDATE uploads SET delete_at = $1 \
         WHERE app = $2 AND path = $3 AND account IS NULL AND kept_at IS NULL AND arrived_at IS NULL \
         AND delete_at IS NULL")
    .bind(now)
    .bind(app)
    .bind(path)
    .execute(tx)
    .await?;
    sql("UPDATE uploads SET signed_at = NULL, expires_at = NULL, content_type = NULL \
         WHERE app = $1 AND path = $2 AND account IS NOT NULL AND arrived_at IS NULL AND delete_at IS NULL")
    .bind(app)
    .bind(path)
    .execute(tx)
    .await?;
    Ok(())
}

/// Up to `limit` uploads that are to be deleted, the longest first, after those of an earlier call.
///
/// # Errors
/// When the database does not answer.
pub async fn list_doomed(on: &mut impl Executor, limit: i64) -> Result<Vec<Doomed>, DbError> {
    sql("SELECT app, path, stored_as, visibility FROM uploads WHERE delete_at IS NOT NULL ORDER BY delete_at LIMIT $1")
        .bind(limit)
        .all(on)
        .await
}

/// Forgets an upload whose file is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &mut Tx, doomed: &Doomed) -> Result<(), DbError> {
    sql("DELETE FROM uploads WHERE app = $1 AND path = $2 AND delete_at IS NOT NULL")
        .bind(doomed.app)
        .bind(&doomed.path)
        .execute(tx)
        .await?;
    Ok(())
}

/// Up to `limit` uploads whose permission ended before a moment and of which nobody knows whether they arrived, the
/// oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_unlooked(
    on: &mut impl Executor,
    ended: Timestamp,
    limit: i64,
) -> Result<Vec<Signed>, DbError> {
    sql(concat!(
        "SELECT ",
        signed_columns!(),
        " FROM uploads WHERE expires_at <= $1 AND arrived_at IS NULL AND delete_at IS NULL \
         ORDER BY expires_at LIMIT $2"
    ))
    .bind(ended)
    .bind(limit)
    .all(on)
    .await
}
