//! Apps: the numbers under which everything else is kept.

use daemun_model::{AppId, Timestamp};

use crate::{DbError, Executor, Tx, sql};

/// The number of the app of this name.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_name(on: &mut impl Executor, name: &str) -> Result<Option<AppId>, DbError> {
    sql("SELECT id FROM apps WHERE name = $1").bind(name).inline().optional(on).await
}

/// Every app's number and name, in the order in which they came.
///
/// # Errors
/// When the database does not answer.
pub async fn list(on: &mut impl Executor) -> Result<Vec<(AppId, String)>, DbError> {
    sql("SELECT id, name FROM apps ORDER BY id").all(on).await
}

/// Adds an app; one that is there stays as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, name: &str, now: Timestamp) -> Result<(), DbError> {
    sql("INSERT INTO apps (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(name)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}
