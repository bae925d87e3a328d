//! Points: a ledger, and what it adds up to in every period that is running.
//!
//! A transaction that writes here holds the account's row, so that two of one account come one after the other.

pub mod check;

use std::collections::HashMap;

use daemun_model::{AccountUuid, AppId, Day, Period, Status, Timestamp};

use crate::db::{sql_locking, sql_rows};
use crate::directory::{BLOCK, numbers};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// One line of the ledger. Lines are never changed: a correction is a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the account.
    pub account: i64,
    /// Which line of the account's it is, from 1.
    pub line: i64,
    /// The points given, or taken where negative.
    pub amount: i64,
    /// All points of the account after it: 0 or more.
    pub balance: i64,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The operator who gave them.
    pub granted_by: Option<String>,
}

impl FromRow for Entry {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            account: row.next()?,
            line: row.next()?,
            amount: row.next()?,
            balance: row.next()?,
            reason: row.next()?,
            at: row.next()?,
            granted_by: row.next()?,
        })
    }
}

/// Points to be given.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The app.
    pub app: AppId,
    /// To whom.
    pub account: AccountUuid,
    /// How many; negative takes.
    pub amount: i64,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The day of that moment in the app's time zone.
    pub day: Day,
    /// The operator.
    pub granted_by: Option<String>,
    /// Names the grant, so that a second request for it gives nothing.
    pub key: Option<String>,
}

/// What became of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It is in the ledger.
    Done(Entry),
    /// Nothing was written: there is no such account.
    NoAccount,
    /// Nothing was written: the key was used for a line before, or is at this moment.
    KeyUsed,
    /// Nothing was written: the account has too few points for that, or would have more than can be counted.
    OutOfRange,
}

/// The most points that an account can have: what every JSON reader takes for a whole number.
const MOST: i64 = (1 << 53) - 1;

/// Gives points: the line and the totals of every running period.
///
/// # Errors
/// When the database does not answer.
pub async fn grant(tx: &mut Tx, grant: &Grant) -> Result<Granted, DbError> {
    let account: Option<(i64, Status)> = sql_locking!(
        "SELECT a.number, a.status FROM accounts a WHERE a.uuid = $1 AND a.app = $2 AND a.deleted_at IS NULL"
    )
    .bind(grant.account)
    .bind(grant.app)
    .optional(tx)
    .await?;
    let Some((number, status)) = account else { return Ok(Granted::NoAccount) };
    if let Some(key) = &grant.key
        && find_by_key(tx, grant.app, key).await?.is_some()
    {
        return Ok(Granted::KeyUsed);
    }
    let balance = find_total(tx, grant.app, number).await?.saturating_add(grant.amount);
    if !(0..=MOST).contains(&balance) {
        return Ok(Granted::OutOfRange);
    }
    let entry = Entry {
        account: number,
        line: next_line(tx, number).await?,
        amount: grant.amount,
        balance,
        reason: grant.reason.clone(),
        at: grant.at,
        granted_by: grant.granted_by.clone(),
    };
    if !insert_entry(tx, grant, &entry).await? {
        return Ok(Granted::KeyUsed);
    }
    for period in Period::numbers(grant.day) {
        add(tx, (grant.app, number, period), grant.amount, status).await?;
    }
    Ok(Granted::Done(entry))
}

async fn next_line(tx: &mut Tx, number: i64) -> Result<i64, DbError> {
    sql("SELECT COALESCE(MAX(line), 0) + 1 FROM point_entries WHERE account = $1").bind(number).one(tx).await
}

/// Adds a line, unless its key names another.
async fn insert_entry(tx: &mut Tx, grant: &Grant, entry: &Entry) -> Result<bool, DbError> {
    let added =
        sql("INSERT INTO point_entries (app, account, line, amount, balance, reason, at, day, granted_by, \
             idempotency_key) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING")
        .bind(grant.app)
        .bind(entry.account)
        .bind(entry.line)
        .bind(entry.amount)
        .bind(entry.balance)
        .bind(&entry.reason)
        .bind(entry.at)
        .bind(grant.day.0)
        .bind(entry.granted_by.as_deref())
        .bind(grant.key.as_deref())
        .execute(tx)
        .await?;
    Ok(added == 1)
}

/// Adds to the total of one period.
async fn add(
    tx: &mut Tx,
    (app, number, period): (AppId, i64, i64),
    amount: i64,
    status: Status,
) -> Result<(), DbError> {
    let points: i64 = sql("INSERT INTO point_totals (app, account, period, points, rank_key) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account, period) DO UPDATE SET points = point_totals.points + excluded.points \
         RETURNING points")
    .bind(app)
    .bind(number)
    .bind(period)
    .bind(amount)
    .bind(0_i64)
    .one(tx)
    .await?;
    if status != Status::Approved {
        return Ok(());
    }
    let (before, after) = (points.saturating_sub(amount).max(0), points.max(0));
    if before != after {
        sql("UPDATE point_totals SET rank_key = $1 WHERE account = $2 AND period = $3")
            .bind(-after)
            .bind(number)
            .bind(period)
            .execute(tx)
            .await?;
    }
    let change = i64::from(after > 0) - i64::from(before > 0);
    if change == 0 { Ok(()) } else { count_ranked(tx, app, period, (number / BLOCK, change)).await }
}

/// Changes how many accounts of a block are ranked in a period.
pub(crate) async fn count_ranked(
    tx: &mut Tx,
    app: AppId,
    period: i64,
    (block, change): (i64, i64),
) -> Result<(), DbError> {
    sql("INSERT INTO ranked_counts (app, period, block, accounts) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app, period, block) DO UPDATE SET accounts = ranked_counts.accounts + excluded.accounts")
    .bind(app)
    .bind(period)
    .bind(block)
    .bind(change)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ranks an account that is approved now.
pub(crate) async fn list(tx: &mut Tx, app: AppId, number: i64) -> Result<(), DbError> {
    let text = "UPDATE point_totals SET rank_key = -points WHERE account = $1 AND points > 0 AND rank_key = 0 \
                RETURNING period";
    let periods = sql(text).bind(number).all(tx).await?;
    recount(tx, (app, number), periods, 1).await
}

/// Ranks an account no longer that is not approved now, or gone.
pub(crate) async fn unlist(tx: &mut Tx, app: AppId, number: i64) -> Result<(), DbError> {
    let text = "UPDATE point_totals SET rank_key = 0 WHERE account = $1 AND rank_key < 0 RETURNING period";
    let periods = sql(text).bind(number).all(tx).await?;
    recount(tx, (app, number), periods, -1).await
}

async fn recount(
    tx: &mut Tx,
    (app, number): (AppId, i64),
    mut periods: Vec<i64>,
    change: i64,
) -> Result<(), DbError> {
    // Always in this order, so that two of them never wait for each other.
    periods.sort_unstable();
    for period in periods {
        count_ranked(tx, app, period, (number / BLOCK, change)).await?;
    }
    Ok(())
}

/// All points of an account: 0 where it has none.
///
/// # Errors
/// When the database does not answer.
pub async fn find_total(on: &mut impl Executor, app: AppId, number: i64) -> Result<i64, DbError> {
    let points: Option<i64> =
        sql("SELECT points FROM point_totals WHERE account = $1 AND period = 0 AND app = $2")
            .bind(number)
            .bind(app)
            .inline()
            .optional(on)
            .await?;
    Ok(points.unwrap_or(0))
}

/// All points of those of some accounts that have any, by number.
///
/// # Errors
/// When the database does not answer.
pub async fn list_totals(
    on: &mut impl Executor,
    app: AppId,
    accounts: &[i64],
) -> Result<HashMap<i64, i64>, DbError> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, i64)> = sql_rows!(
        "SELECT account, points FROM point_totals WHERE app = $1 AND period = 0 AND account IN \
           (SELECT CAST(r.value ->> 0 AS BIGINT) FROM",
        "$2",
        "r)"
    )
    .bind(app)
    .bind(numbers(accounts.iter().copied()))
    .all(on)
    .await?;
    Ok(rows.into_iter().collect())
}

/// The line that a key names.
///
/// # Errors
/// When the database does not answer.
pub async fn find_by_key(on: &mut impl Executor, app: AppId, key: &str) -> Result<Option<Entry>, DbError> {
    sql("SELECT account, line, amount, balance, reason, at, granted_by FROM point_entries \
         WHERE app = $1 AND idempotency_key = $2")
    .bind(app)
    .bind(key)
    .inline()
    .optional(on)
    .await
}

/// Between which moments lines are looked for: from the first on, and before the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub since: Option<Timestamp>,
    /// The moment after the last.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Both moments, each within it.
    fn ends(self) -> (Timestamp, Timestamp) {
        let last = self.until.map_or(i64::MAX, |until| until.0.saturating_sub(1));
        (self.since.unwrap_or(Timestamp(i64::MIN)), Timestamp(last))
    }
}

/// The lines of an account, the latest first: those before `before`, where it is given.
///
/// # Errors
/// When the database does not answer.
pub async fn list_entries(
    on: &mut impl Executor,
    (app, number): (AppId, i64),
    (span, before): (Span, Option<i64>),
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let (first, last) = span.ends();
    sql("SELECT account, line, amount, balance, reason, at, granted_by FROM point_entries \
         WHERE account = $1 AND app = $2 AND line < $3 AND at >= $4 AND at <= $5 ORDER BY line DESC LIMIT $6")
    .bind(number)
    .bind(app)
    .bind(before.unwrap_or(i64::MAX))
    .bind(first)
    .bind(last)
    .bind(limit)
    .all(on)
    .await
}

/// The lines of an app, the latest first: those before the place of one, where it is given.
///
/// # Errors
/// When the database does not answer.
pub async fn list_latest(
    on: &mut impl Executor,
    app: AppId,
    (span, before): (Span, Option<(Timestamp, i64, i64)>),
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let (first, last) = span.ends();
    let (at, account, line) = before.unwrap_or((last, i64::MAX, i64::MAX));
    sql("SELECT account, line, amount, balance, reason, at, granted_by FROM point_entries \
         WHERE app = $1 AND at >= $2 AND (at, account, line) < ($3, $4, $5) \
         ORDER BY at DESC, account DESC, line DESC LIMIT $6")
    .bind(app)
    .bind(first)
    .bind(at)
    .bind(account)
    .bind(line)
    .bind(limit)
    .heavy()
    .all(on)
    .await
}

/// Forgets the totals of periods of one kind that began before a day's, at most `limit` of them, and tells how many.
/// The ledger keeps what they were made of.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_totals(
    tx: &mut Tx,
    app: AppId,
    (kind, day): (Period, Day),
    limit: i64,
) -> Result<u64, DbError> {
    let oldest: Option<i64> =
        sql("SELECT period FROM point_totals WHERE app = $1 AND period >= $2 AND period < $3 \
         ORDER BY period LIMIT 1")
        .bind(app)
        .bind(kind.lowest())
        .bind(kind.number(day))
        .optional(tx)
        .await?;
    let Some(period) = oldest else { return Ok(0) };
    let gone = sql("DELETE FROM point_totals WHERE period = $2 AND account IN \
           (SELECT account FROM point_totals WHERE app = $1 AND period = $2 ORDER BY rank_key, account LIMIT $3)")
    .bind(app)
    .bind(period)
    .bind(limit)
    .execute(tx)
    .await?;
    // Nobody asks for the ranking of a period that is over: its counts go with its first part.
    sql("DELETE FROM ranked_counts WHERE app = $1 AND period = $2")
        .bind(app)
        .bind(period)
        .execute(tx)
        .await?;
    Ok(gone)
}
