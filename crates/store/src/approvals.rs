//! What operators decided about accounts that asked to be let in.

use daemun_model::{Account, AccountUuid, AppId, Status, Timestamp};

use crate::accounts::{account_columns, read_account};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When it was made.
    pub at: Timestamp,
    /// The name under which the operator acts.
    pub by: String,
    /// Why, where it was said.
    pub reason: Option<String>,
}

impl FromRow for Decision {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { at: row.next()?, by: row.next()?, reason: row.next()? })
    }
}

/// An account, and what was decided about it.
#[derive(Clone, Debug)]
pub struct Application {
    /// The account.
    pub account: Account,
    /// The last decision, unless it was taken back.
    pub decision: Option<Decision>,
}

impl FromRow for Application {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let account = read_account(row)?;
        let (at, by, reason): (Option<Timestamp>, Option<String>, _) =
            (row.next()?, row.next()?, row.next()?);
        let decision = at.zip(by).map(|(at, by)| Decision { at, by, reason });
        Ok(Self { account, decision })
    }
}

/// Keeps a decision, in place of an earlier one.
///
/// # Errors
/// When the database does not answer.
pub async fn save(tx: &mut Tx, app: AppId, account: AccountUuid, decision: &Decision) -> Result<(), DbError> {
    sql("INSERT INTO approvals (account, app, decided_at, decided_by, reason) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account) DO UPDATE SET decided_at = excluded.decided_at, \
             decided_by = excluded.decided_by, reason = excluded.reason")
    .bind(account)
    .bind(app)
    .bind(decision.at)
    .bind(&decision.by)
    .bind(decision.reason.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

/// The decision about an account.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Option<Decision>, DbError> {
    sql("SELECT decided_at, decided_by, reason FROM approvals WHERE account = $1 AND app = $2")
        .bind(account)
        .bind(app)
        .inline()
        .optional(on)
        .await
}

/// Forgets the decision about an account.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM approvals WHERE account = $1 AND app = $2").bind(account).bind(app).execute(tx).await?;
    Ok(())
}

/// Up to `limit` accounts of a status, in the order of their numbers, whose numbers are larger than `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    on: &mut impl Executor,
    app: AppId,
    status: Status,
    after: i64,
    limit: i64,
) -> Result<Vec<Application>, DbError> {
    // Both engines look into the partial index only for a text that implies its condition.
    let statement = match status {
        Status::Approved => sql(concat!(
            "SELECT ",
            account_columns!(),
            ", d.decided_at, d.decided_by, d.reason FROM accounts a \
               LEFT JOIN approvals d ON d.account = a.uuid AND d.app = a.app \
               WHERE a.app = $1 AND a.status = $2 AND a.number > $3 AND a.deleted_at IS NULL \
               ORDER BY a.number LIMIT $4"
        )),
        Status::Pending | Status::Rejected | Status::Suspended => sql(concat!(
            "SELECT ",
            account_columns!(),
            ", d.decided_at, d.decided_by, d.reason FROM accounts a \
               LEFT JOIN approvals d ON d.account = a.uuid AND d.app = a.app \
               WHERE a.app = $1 AND a.status = $2 AND a.status <> 'approved' AND a.number > $3 \
                   AND a.deleted_at IS NULL \
               ORDER BY a.number LIMIT $4"
        )),
    };
    statement.bind(app).bind(status.as_str()).bind(after).bind(limit).all(on).await
}
