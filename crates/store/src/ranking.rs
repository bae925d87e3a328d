//! Lists of the approved accounts of an app, a page at a time: by points, by name, by the day they came.
//!
//! Each list is the order of an index. Who has no points in a period follows those who have, by number; how many of either
//! there are in a block of numbers is kept, so that a page far behind is found without reading what is before it.

use std::collections::HashMap;

use daemun_model::{Account, AppId};

use crate::accounts::{account_columns, read_account};
use crate::db::sql_rows;
use crate::directory::{BLOCK, numbers};
use crate::{DbError, Executor, FromRow, Row, sql};

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many come before it.
    pub offset: i64,
    /// How many it has at most.
    pub limit: i64,
}

/// From how many rows to be passed over a read waits with the other slow ones.
const SLOW: i64 = 2_000;

/// Accounts by their points in a period, the most first; then those without, the earliest first.
///
/// # Errors
/// When the database does not answer.
pub async fn by_points(
    on: &mut impl Executor,
    app: AppId,
    period: i64,
    window: Window,
) -> Result<Vec<i64>, DbError> {
    let mut found = Vec::new();
    let mut unranked = window.offset;
    if window.offset < SLOW || window.offset < count_ranked(on, app, period).await? {
        found = ranked(on, app, period, window).await?;
        unranked = 0;
    }
    let missing = window.limit - i64::try_from(found.len()).unwrap_or(window.limit);
    if missing <= 0 {
        return Ok(found);
    }
    if found.is_empty() {
        unranked = window.offset - count_ranked(on, app, period).await?;
    }
    let rest = Window { offset: unranked.max(0), limit: missing };
    found.extend(without_points(on, app, period, rest).await?);
    Ok(found)
}

async fn ranked(
    on: &mut impl Executor,
    app: AppId,
    period: i64,
    window: Window,
) -> Result<Vec<i64>, DbError> {
    let statement = sql("SELECT account FROM point_totals WHERE app = $1 AND period = $2 AND rank_key < 0 \
         ORDER BY rank_key, account LIMIT $3 OFFSET $4")
    .bind(app)
    .bind(period)
    .bind(window.limit)
    .bind(window.offset);
    if window.offset < SLOW { statement.all(on).await } else { statement.heavy().all(on).await }
}

async fn count_ranked(on: &mut impl Executor, app: AppId, period: i64) -> Result<i64, DbError> {
    sql("SELECT CAST(COALESCE(SUM(accounts), 0) AS BIGINT) FROM ranked_counts WHERE app = $1 AND period = $2")
        .bind(app)
        .bind(period)
        .one(on)
        .await
}

/// Accounts that are not ranked in a period, by number.
async fn without_points(
    on: &mut impl Executor,
    app: AppId,
    period: i64,
    window: Window,
) -> Result<Vec<i64>, DbError> {
    let blocks: Vec<(i64, i64)> =
        sql("SELECT c.block, c.accounts - COALESCE(r.accounts, 0) FROM directory_counts c \
             LEFT JOIN ranked_counts r ON r.app = c.app AND r.period = $2 AND r.block = c.block \
             WHERE c.app = $1 AND c.status = 'approved' AND c.accounts > COALESCE(r.accounts, 0) ORDER BY c.block")
        .bind(app)
        .bind(period)
        .all(on)
        .await?;
    let (mut before, mut found) = (window.offset, Vec::new());
    for (block, count) in blocks {
        let missing = window.limit - i64::try_from(found.len()).unwrap_or(window.limit);
        if missing <= 0 {
            break;
        }
        if before >= count {
            before -= count;
            continue;
        }
        let part: Vec<i64> = sql("SELECT d.account FROM directory d \
             WHERE d.app = $1 AND d.status = 'approved' AND d.account >= $2 AND d.account < $3 \
               AND NOT EXISTS (SELECT 1 FROM point_totals t \
                               WHERE t.account = d.account AND t.period = $4 AND t.rank_key < 0) \
             ORDER BY d.account LIMIT $5 OFFSET $6")
        .bind(app)
        .bind(block * BLOCK)
        .bind((block + 1) * BLOCK)
        .bind(period)
        .bind(missing)
        .bind(before)
        .all(on)
        .await?;
        before = 0;
        found.extend(part);
    }
    Ok(found)
}

/// Accounts by name.
///
/// # Errors
/// When the database does not answer.
pub async fn by_name(on: &mut impl Executor, app: AppId, window: Window) -> Result<Vec<i64>, DbError> {
    let statement = sql("SELECT account FROM directory WHERE app = $1 AND status = 'approved' \
         ORDER BY sort_name, account LIMIT $2 OFFSET $3")
    .bind(app)
    .bind(window.limit)
    .bind(window.offset);
    if window.offset < SLOW { statement.all(on).await } else { statement.heavy().all(on).await }
}

/// Accounts by when they signed up, the first one first.
///
/// # Errors
/// When the database does not answer.
pub async fn by_date(on: &mut impl Executor, app: AppId, window: Window) -> Result<Vec<i64>, DbError> {
    let statement = sql("SELECT account FROM directory WHERE app = $1 AND status = 'approved' \
         ORDER BY created_at, account LIMIT $2 OFFSET $3")
    .bind(app)
    .bind(window.limit)
    .bind(window.offset);
    if window.offset < SLOW { statement.all(on).await } else { statement.heavy().all(on).await }
}

/// An account and its points in a period.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The account.
    pub account: Account,
    /// Its points: 0 or more.
    pub points: i64,
}

impl FromRow for Scored {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { account: read_account(row)?, points: row.next()? })
    }
}

/// The approved accounts of these numbers, in the order of the numbers, with their points in a period.
///
/// # Errors
/// When the database does not answer.
pub async fn accounts(
    on: &mut impl Executor,
    app: AppId,
    period: i64,
    order: &[i64],
) -> Result<Vec<Scored>, DbError> {
    let rows: Vec<Scored> = sql_rows!(
        concat!(
            "SELECT ",
            account_columns!(),
            ", COALESCE(-t.rank_key, 0) FROM accounts a \
               LEFT JOIN point_totals t ON t.account = a.number AND t.period = $2 \
               WHERE a.app = $1 AND a.status = 'approved' AND a.deleted_at IS NULL AND a.number IN \
                 (SELECT CAST(r.value ->> 0 AS BIGINT) FROM"
        ),
        "$3",
        "r)"
    )
    .bind(app)
    .bind(period)
    .bind(numbers(order.iter().copied()))
    .all(on)
    .await?;
    let mut by_number: HashMap<i64, Scored> = rows.into_iter().map(|row| (row.account.id, row)).collect();
    Ok(order.iter().filter_map(|number| by_number.remove(number)).collect())
}
