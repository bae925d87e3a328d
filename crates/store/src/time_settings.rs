//! Time settings: one an account, in whole minutes.

use daemun_model::{AccountUuid, AppId, TimeSetting};

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

impl FromRow for TimeSetting {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.next()?, total: row.next()?, work: row.next()?, rest: row.next()? })
    }
}

/// The time setting of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Option<TimeSetting>, DbError> {
    sql("SELECT id, total_minutes, work_minutes, break_minutes FROM time_settings \
         WHERE account = $1 AND app = $2")
    .bind(account)
    .bind(app)
    .inline()
    .optional(on)
    .await
}

/// Keeps the time setting of an account that has none, and tells its number; `None` where there is one. `new.id` is
/// not looked at.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    new: &TimeSetting,
) -> Result<Option<i64>, DbError> {
    sql("INSERT INTO time_settings (app, account, total_minutes, work_minutes, break_minutes) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account) DO NOTHING RETURNING id")
    .bind(app)
    .bind(account)
    .bind(new.total)
    .bind(new.work)
    .bind(new.rest)
    .optional(tx)
    .await
}

/// What changes; `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes {
    /// All of it.
    pub total: Option<i64>,
    /// One stretch of work.
    pub work: Option<i64>,
    /// One rest.
    pub rest: Option<i64>,
}

/// Changes the time setting of an account where the outcome fits together, and tells it; `None` where there is none or
/// it would not fit. Two changes at the same time cannot fit only each by itself.
///
/// # Errors
/// When the database does not answer.
pub async fn update(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    changes: &Changes,
) -> Result<Option<TimeSetting>, DbError> {
    sql("UPDATE time_settings SET total_minutes = COALESCE($1, total_minutes), \
             work_minutes = COALESCE($2, work_minutes), break_minutes = COALESCE($3, break_minutes) \
         WHERE account = $4 AND app = $5 \
             AND COALESCE($2, work_minutes) + COALESCE($3, break_minutes) <= COALESCE($1, total_minutes) \
         RETURNING id, total_minutes, work_minutes, break_minutes")
    .bind(changes.total)
    .bind(changes.work)
    .bind(changes.rest)
    .bind(account)
    .bind(app)
    .optional(tx)
    .await
}

/// Forgets the time setting of an account, and tells it.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<Option<TimeSetting>, DbError> {
    sql("DELETE FROM time_settings WHERE account = $1 AND app = $2 \
         RETURNING id, total_minutes, work_minutes, break_minutes")
    .bind(account)
    .bind(app)
    .optional(tx)
    .await
}
