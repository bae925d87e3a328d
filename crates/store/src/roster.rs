//! Accounts as operators look through them: of every status, the latest first, page by page. A page is a list of
//! numbers, which [`accounts`] makes accounts.

use std::collections::HashMap;

use daemun_model::{Account, AppId, Status, Timestamp};

use crate::accounts::{AccountRow, account_columns};
use crate::db::sql_rows;
use crate::directory::numbers;
use crate::search::{MANY, Part, rarest};
use crate::{DbError, Executor, Statement, sql};

/// Which accounts are looked for. What is not named does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Their status.
    pub status: Option<Status>,
    /// Opened from this moment on.
    pub since: Option<Timestamp>,
    /// Opened before this moment.
    pub until: Option<Timestamp>,
    /// The organisation they belong to.
    pub organization: Option<String>,
}

impl Filter {
    fn statuses(&self) -> Vec<Status> {
        self.status.map_or_else(|| Status::ALL.to_vec(), |status| vec![status])
    }
}

/// The conditions of a [`Filter`] that are looked at row by row, as parameters $7 to $9 beside the app's $1.
macro_rules! filtered {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " AND (CAST($7 AS BIGINT) IS NULL OR d.created_at >= $7) \
              AND (CAST($8 AS BIGINT) IS NULL OR d.created_at < $8) \
              AND (CAST($9 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM accounts a \
                JOIN account_organizations o ON o.account = a.uuid \
                WHERE a.number = d.account AND o.app = $1 AND o.organization = $9)) ",
            $after
        )
    };
}

/// Accounts that have a part in their names: at most `limit` with numbers below `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn by_name(
    on: &mut impl Executor,
    app: AppId,
    (part, filter): (&Part, &Filter),
    (before, limit): (i64, i64),
) -> Result<Vec<i64>, DbError> {
    let mut found = Vec::new();
    for status in filter.statuses() {
        let range = match status {
            // Only approved accounts have grams. Those that few names have name few candidates.
            Status::Approved => match rarest(on, app, part).await? {
                None => continue,
                Some((range, grams)) => Some(range).filter(|_| grams <= MANY),
            },
            Status::Pending | Status::Rejected | Status::Suspended => None,
        };
        let statement = match range {
            Some((low, high)) => sql(filtered!(
                "SELECT d.account FROM (SELECT DISTINCT g.account FROM name_grams g \
                   WHERE g.app = $1 AND g.gram >= $5 AND g.gram <= $6 AND g.account < $3) c \
                 JOIN directory d ON d.account = c.account WHERE d.status = $2 AND d.search_text LIKE $10 ESCAPE '\\'",
                "ORDER BY d.account DESC LIMIT $4"
            ))
            .bind(app)
            .bind(status.as_str())
            .bind(before)
            .bind(limit)
            .bind(low)
            .bind(high),
            None => sql(filtered!(
                "SELECT d.account FROM directory d WHERE d.app = $1 AND d.status = $2 AND d.account < $3 \
                   AND CAST($5 AS BIGINT) <= CAST($6 AS BIGINT) AND d.search_text LIKE $10 ESCAPE '\\'",
                "ORDER BY d.account DESC LIMIT $4"
            ))
            .bind(app)
            .bind(status.as_str())
            .bind(before)
            .bind(limit)
            .bind(0_i64)
            .bind(0_i64),
        };
        let statement = bind_filter(statement, filter).bind(part.pattern());
        found.extend(statement.heavy().all::<i64>(on).await?);
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

fn bind_filter(statement: Statement, filter: &Filter) -> Statement {
    statement.bind(filter.since).bind(filter.until).bind(filter.organization.as_deref())
}

/// Accounts by the moment when they were opened, and their numbers: at most `limit` before a moment and, of those of that
/// moment, below a number.
///
/// # Errors
/// When the database does not answer.
pub async fn by_date(
    on: &mut impl Executor,
    app: AppId,
    filter: &Filter,
    (before, number, limit): (Timestamp, i64, i64),
) -> Result<Vec<(Timestamp, i64)>, DbError> {
    let mut found: Vec<(Timestamp, i64)> = Vec::new();
    for status in filter.statuses() {
        let statement = sql("SELECT d.created_at, d.account FROM directory d \
             WHERE d.app = $1 AND d.status = $2 AND d.created_at >= $3 AND (d.created_at, d.account) < ($4, $5) \
             ORDER BY d.created_at DESC, d.account DESC LIMIT $6");
        let statement = statement
            .bind(app)
            .bind(status.as_str())
            .bind(filter.since.unwrap_or(Timestamp(i64::MIN)))
            .bind(before)
            .bind(number)
            .bind(limit);
        found.extend(statement.heavy().all::<(Timestamp, i64)>(on).await?);
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

/// Accounts that belong to the organisation of a filter, by their uuids, which rise in time: at most `limit` whose uuids
/// come before `before`, each with its number.
///
/// # Errors
/// When the database does not answer.
pub async fn by_organization(
    on: &mut impl Executor,
    app: AppId,
    filter: &Filter,
    (before, limit): (&str, i64),
) -> Result<Vec<(String, i64)>, DbError> {
    sql("SELECT o.account, d.account FROM account_organizations o \
         JOIN accounts a ON a.uuid = o.account JOIN directory d ON d.account = a.number \
         WHERE o.app = $1 AND o.organization = $2 AND o.account < $3 \
           AND (CAST($5 AS TEXT) IS NULL OR d.status = $5) \
           AND (CAST($6 AS BIGINT) IS NULL OR d.created_at >= $6) \
           AND (CAST($7 AS BIGINT) IS NULL OR d.created_at < $7) \
         ORDER BY o.account DESC LIMIT $4")
    .bind(app)
    .bind(filter.organization.as_deref().unwrap_or_default())
    .bind(before)
    .bind(limit)
    .bind(filter.status.map(Status::as_str))
    .bind(filter.since)
    .bind(filter.until)
    .heavy()
    .all(on)
    .await
}

/// The accounts of these numbers, in the order of the numbers.
///
/// # Errors
/// When the database does not answer.
pub async fn accounts(on: &mut impl Executor, app: AppId, order: &[i64]) -> Result<Vec<Account>, DbError> {
    if order.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sql_rows!(
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts a WHERE a.app = $1 AND a.deleted_at IS NULL AND a.number IN \
               (SELECT CAST(r.value ->> 0 AS BIGINT) FROM"
        ),
        "$2",
        "r)"
    )
    .bind(app)
    .bind(numbers(order.iter().copied()))
    .all::<AccountRow>(on)
    .await?;
    let mut by_number: HashMap<i64, Account> = rows.into_iter().map(|row| (row.0.id, row.0)).collect();
    Ok(order.iter().filter_map(|number| by_number.remove(number)).collect())
}
