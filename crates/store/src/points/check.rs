//! Whether the totals are what the ledger adds up to.

use std::collections::BTreeMap;

use daemun_model::{AppId, Day, Period};

use crate::{DbError, Executor, Tx, accounts, sql};

/// A total that the ledger does not add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The number of the account.
    pub account: i64,
    /// The number of the period.
    pub period: i64,
    /// What the ledger adds up to.
    pub ledger: i64,
    /// What is kept; `None` where nothing is, though the ledger has lines.
    pub kept: Option<i64>,
}

/// Accounts by number: from the first, before the second.
pub type Numbers = (i64, i64);

/// The number behind the greatest that has points.
///
/// # Errors
/// When the database does not answer.
pub async fn end(on: &mut impl Executor) -> Result<i64, DbError> {
    let latest: Option<i64> =
        sql("SELECT account FROM point_entries ORDER BY account DESC LIMIT 1").optional(on).await?;
    let kept: Option<i64> =
        sql("SELECT account FROM point_totals ORDER BY account DESC LIMIT 1").optional(on).await?;
    Ok(latest.max(kept).unwrap_or(0) + 1)
}

/// Compares the totals of some accounts with their ledgers: all that are kept, and those that must be kept today.
///
/// # Errors
/// When the database does not answer.
pub async fn differences(
    on: &mut impl Executor,
    app: AppId,
    (from, to): Numbers,
    today: Day,
) -> Result<Vec<Difference>, DbError> {
    let kept: Vec<(i64, i64, i64)> = sql("SELECT account, period, points FROM point_totals \
         WHERE account >= $1 AND account < $2 AND app = $3")
    .bind(from)
    .bind(to)
    .bind(app)
    .heavy()
    .all(on)
    .await?;
    let days: Vec<(i64, i64, i64)> =
        sql("SELECT account, day, CAST(SUM(amount) AS BIGINT) FROM point_entries \
         WHERE account >= $1 AND account < $2 AND app = $3 GROUP BY account, day")
        .bind(from)
        .bind(to)
        .bind(app)
        .heavy()
        .all(on)
        .await?;
    let mut ledger: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (account, day, amount) in days {
        for period in Period::numbers(Day(day)) {
            *ledger.entry((account, period)).or_default() += amount;
        }
    }
    let mut kept: BTreeMap<(i64, i64), i64> =
        kept.into_iter().map(|(a, p, points)| ((a, p), points)).collect();
    let running = Period::numbers(today);
    let mut found = Vec::new();
    for ((account, period), sum) in ledger {
        let total = kept.remove(&(account, period));
        // Totals of periods that are over are forgotten after a while.
        let missing = total.is_none() && running.contains(&period);
        if missing || total.is_some_and(|total| total != sum) {
            found.push(Difference { account, period, ledger: sum, kept: total });
        }
    }
    let baseless = kept.into_iter().filter(|(_, points)| *points != 0);
    found.extend(baseless.map(|((account, period), points)| Difference {
        account,
        period,
        ledger: 0,
        kept: Some(points),
    }));
    Ok(found)
}

/// As [`differences`], for one account of which nothing changes meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn differences_of(
    tx: &mut Tx,
    app: AppId,
    account: i64,
    today: Day,
) -> Result<Vec<Difference>, DbError> {
    accounts::hold(tx, account).await?;
    differences(tx, app, (account, account + 1), today).await
}

/// The accounts whose place in a ranking is not that of their points and their status, the first so many of them.
///
/// # Errors
/// When the database does not answer.
pub async fn misplaced(
    on: &mut impl Executor,
    app: AppId,
    (from, to): Numbers,
) -> Result<Vec<(i64, i64)>, DbError> {
    sql("SELECT t.account, t.period FROM point_totals t LEFT JOIN directory d ON d.account = t.account \
         WHERE t.account >= $1 AND t.account < $2 AND t.app = $3 AND t.rank_key <> \
           CASE WHEN d.status = 'approved' AND t.points > 0 THEN -t.points ELSE 0 END")
    .bind(from)
    .bind(to)
    .bind(app)
    .heavy()
    .all(on)
    .await
}

/// The periods whose count of ranked accounts in a block of numbers is not how many there are.
///
/// # Errors
/// When the database does not answer.
pub async fn miscounted(on: &mut impl Executor, app: AppId) -> Result<Vec<(i64, i64)>, DbError> {
    sql("SELECT n.period, CAST(SUM(n.accounts) AS BIGINT) FROM \
           (SELECT period, account / 2048 AS block, 1 AS accounts FROM point_totals WHERE app = $1 AND rank_key < 0 \
            UNION ALL \
            SELECT period, block, -accounts AS accounts FROM ranked_counts WHERE app = $1) n \
         GROUP BY n.period, n.block HAVING SUM(n.accounts) <> 0")
    .bind(app)
    .heavy()
    .all(on)
    .await
}

/// The statuses whose count of accounts in a block of numbers is not how many there are.
///
/// # Errors
/// When the database does not answer.
pub async fn miscounted_accounts(on: &mut impl Executor, app: AppId) -> Result<Vec<(String, i64)>, DbError> {
    sql("SELECT n.status, CAST(SUM(n.accounts) AS BIGINT) FROM \
           (SELECT status, account / 2048 AS block, 1 AS accounts FROM directory WHERE app = $1 \
            UNION ALL \
            SELECT status, block, -accounts AS accounts FROM directory_counts WHERE app = $1) n \
         GROUP BY n.status, n.block HAVING SUM(n.accounts) <> 0")
    .bind(app)
    .heavy()
    .all(on)
    .await
}
