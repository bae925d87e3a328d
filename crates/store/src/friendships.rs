//! Friends and requests to become friends. One row is one pair of accounts.

use daemun_model::{Account, AccountUuid, AppId, Timestamp};

use crate::accounts::{AccountRow, account_columns, read_account};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// Two accounts, in the order that both of them agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The lesser uuid.
    pub low: AccountUuid,
    /// The greater one.
    pub high: AccountUuid,
}

impl Pair {
    /// The pair of two accounts, in whatever order they are named.
    pub fn of(one: AccountUuid, other: AccountUuid) -> Self {
        if one.to_string() <= other.to_string() {
            Self { low: one, high: other }
        } else {
            Self { low: other, high: one }
        }
    }
}

/// Notes a request of `asked_by`, if the two are nothing to each other yet, and tells whether they were.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_request(
    tx: &mut Tx,
    app: AppId,
    pair: Pair,
    asked_by: AccountUuid,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won =
        sql("INSERT INTO friendships (app, low, high, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (low, high) DO NOTHING")
        .bind(app)
        .bind(pair.low)
        .bind(pair.high)
        .bind(asked_by)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(won == 1)
}

/// Makes an open request of `asked_by` a friendship, and tells whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn accept_request(
    tx: &mut Tx,
    app: AppId,
    pair: Pair,
    asked_by: AccountUuid,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE friendships SET friends_since = $1 \
         WHERE low = $2 AND high = $3 AND app = $4 AND asked_by = $5 AND friends_since IS NULL")
    .bind(now)
    .bind(pair.low)
    .bind(pair.high)
    .bind(app)
    .bind(asked_by)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Takes an open request of `asked_by` away, and tells whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_request(
    tx: &mut Tx,
    app: AppId,
    pair: Pair,
    asked_by: AccountUuid,
) -> Result<bool, DbError> {
    let won = sql("DELETE FROM friendships \
         WHERE low = $1 AND high = $2 AND app = $3 AND asked_by = $4 AND friends_since IS NULL")
    .bind(pair.low)
    .bind(pair.high)
    .bind(app)
    .bind(asked_by)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Ends a friendship, and tells whether there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_friendship(tx: &mut Tx, app: AppId, pair: Pair) -> Result<bool, DbError> {
    let won = sql(
        "DELETE FROM friendships WHERE low = $1 AND high = $2 AND app = $3 AND friends_since IS NOT NULL",
    )
    .bind(pair.low)
    .bind(pair.high)
    .bind(app)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Ends every friendship of an account and every request from and to it, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_all(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<u64, DbError> {
    let low = sql("DELETE FROM friendships WHERE low = $1 AND app = $2").bind(account).bind(app);
    let high = sql("DELETE FROM friendships WHERE high = $1 AND app = $2").bind(account).bind(app);
    Ok(low.execute(tx).await? + high.execute(tx).await?)
}

/// The friends of an account that are approved, by their numbers.
///
/// # Errors
/// When the database does not answer.
pub async fn list_friends(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Vec<Account>, DbError> {
    let rows = sql(concat!(
        "SELECT ",
        account_columns!(),
        " FROM friendships f JOIN accounts a ON a.uuid = f.high \
          WHERE f.low = $1 AND f.app = $2 AND f.friends_since IS NOT NULL \
              AND a.app = $2 AND a.status = 'approved' AND a.deleted_at IS NULL UNION ALL SELECT ",
        account_columns!(),
        " FROM friendships f JOIN accounts a ON a.uuid = f.low \
          WHERE f.high = $1 AND f.app = $2 AND f.friends_since IS NOT NULL \
              AND a.app = $2 AND a.status = 'approved' AND a.deleted_at IS NULL ORDER BY 2"
    ))
    .bind(account)
    .bind(app)
    .all::<AccountRow>(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// A request, from the side of one of the two.
#[derive(Clone, Debug)]
pub struct Request {
    /// The other one.
    pub account: Account,
    /// Who asked.
    pub asked_by: AccountUuid,
    /// When.
    pub asked_at: Timestamp,
}

impl FromRow for Request {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { account: read_account(row)?, asked_by: row.next()?, asked_at: row.next()? })
    }
}

/// The open requests from and to an account, the latest first. The others are approved.
///
/// # Errors
/// When the database does not answer.
pub async fn list_requests(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Vec<Request>, DbError> {
    sql(concat!(
        "SELECT ",
        account_columns!(),
        ", f.asked_by, f.asked_at FROM friendships f JOIN accounts a ON a.uuid = f.high \
          WHERE f.low = $1 AND f.app = $2 AND f.friends_since IS NULL \
              AND a.app = $2 AND a.status = 'approved' AND a.deleted_at IS NULL UNION ALL SELECT ",
        account_columns!(),
        ", f.asked_by, f.asked_at FROM friendships f JOIN accounts a ON a.uuid = f.low \
          WHERE f.high = $1 AND f.app = $2 AND f.friends_since IS NULL \
              AND a.app = $2 AND a.status = 'approved' AND a.deleted_at IS NULL ORDER BY 22 DESC, 2"
    ))
    .bind(account)
    .bind(app)
    .all(on)
    .await
}
