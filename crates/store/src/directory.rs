//! What lists and searches need of every account, kept in the transaction that changes the account: its status, its
//! names, how many there are. Callers have changed the account's row before, and hold it until their transaction ends.

pub(crate) mod names;

use std::collections::BTreeSet;

use daemun_model::{Account, AppId, Failure, Status};

use crate::db::sql_rows;
use crate::{Db, DbError, Executor, Tx, accounts, points, sql};
use names::Names;

/// Numbers of accounts that are counted together, as in the migration: few enough to walk, enough for few rows.
pub(crate) const BLOCK: i64 = 2048;

/// Rows of a JSON array of arrays with one number each.
pub(crate) fn numbers(all: impl IntoIterator<Item = i64>) -> String {
    let rows: Vec<[i64; 1]> = all.into_iter().map(|number| [number]).collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

/// Adds a new account.
pub(crate) async fn insert(tx: &mut Tx, account: &Account) -> Result<(), DbError> {
    let Names { sort, search } = names::of(account);
    let added = sql("INSERT INTO directory (account, app, status, sort_name, search_text, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING")
    .bind(account.id)
    .bind(account.app)
    .bind(account.status.as_str())
    .bind(sort)
    .bind(&search)
    .bind(account.created_at)
    .execute(tx)
    .await?;
    if added == 1 {
        count_one(tx, account.app, account.status, account.id, 1).await?;
        if account.status == Status::Approved {
            insert_grams(tx, account.app, account.id, &names::grams(&search)).await?;
        }
    }
    Ok(())
}

/// Takes over the names that an account has now.
pub(crate) async fn update_names(tx: &mut Tx, account: &Account) -> Result<(), DbError> {
    // An account that is missing yet is put in with the names it has by then.
    let Some(old) = find(tx, account.app, account.id).await? else { return Ok(()) };
    let Names { sort, search } = names::of(account);
    if (&old.sort, &old.search) == (&sort, &search) {
        return Ok(());
    }
    sql("UPDATE directory SET sort_name = $1, search_text = $2 WHERE account = $3")
        .bind(sort)
        .bind(&search)
        .bind(account.id)
        .execute(tx)
        .await?;
    if old.status == Status::Approved {
        let (before, after) = (names::grams(&old.search), names::grams(&search));
        delete_grams(tx, account.app, account.id, &(&before - &after)).await?;
        insert_grams(tx, account.app, account.id, &(&after - &before)).await?;
    }
    Ok(())
}

/// Takes over a new status: only approved accounts are found and ranked.
pub(crate) async fn update_status(tx: &mut Tx, app: AppId, number: i64, to: Status) -> Result<(), DbError> {
    let Some(old) = find(tx, app, number).await? else { return Ok(()) };
    if old.status == to {
        return Ok(());
    }
    sql("UPDATE directory SET status = $1 WHERE account = $2")
        .bind(to.as_str())
        .bind(number)
        .execute(tx)
        .await?;
    // Always in this order, so that two of them never wait for each other.
    let mut moves = [(old.status, -1), (to, 1)];
    moves.sort_by_key(|(status, _)| status.as_str());
    for (status, change) in moves {
        count_one(tx, app, status, number, change).await?;
    }
    let grams = names::grams(&old.search);
    if to == Status::Approved {
        insert_grams(tx, app, number, &grams).await?;
        points::list(tx, app, number).await
    } else if old.status == Status::Approved {
        delete_grams(tx, app, number, &grams).await?;
        points::unlist(tx, app, number).await
    } else {
        Ok(())
    }
}

/// Forgets an account that was deleted. Its points stay, unranked.
pub(crate) async fn delete(tx: &mut Tx, app: AppId, number: i64) -> Result<(), DbError> {
    let Some(old) = find(tx, app, number).await? else { return Ok(()) };
    sql("DELETE FROM directory WHERE account = $1").bind(number).execute(tx).await?;
    count_one(tx, app, old.status, number, -1).await?;
    if old.status == Status::Approved {
        delete_grams(tx, app, number, &names::grams(&old.search)).await?;
        points::unlist(tx, app, number).await?;
    }
    Ok(())
}

/// How many accounts of an app have a status: kept, not counted.
///
/// # Errors
/// When the database does not answer.
pub async fn count(on: &mut impl Executor, app: AppId, status: Status) -> Result<i64, DbError> {
    sql("SELECT CAST(COALESCE(SUM(accounts), 0) AS BIGINT) FROM directory_counts WHERE app = $1 AND status = $2")
        .bind(app)
        .bind(status.as_str())
        .one(on)
        .await
}

/// Puts in the accounts that were there before there was a directory, in small transactions, and tells how many.
/// Every node may do it at any time.
///
/// # Errors
/// When the database does not answer; what was put in before that stays.
pub async fn fill_missing(db: &Db) -> Result<u64, Failure> {
    let mut filled = 0;
    loop {
        let missing: Vec<i64> = sql("SELECT account FROM directory_missing ORDER BY account LIMIT 200")
            .all(&mut db.reader())
            .await?;
        if missing.is_empty() {
            return Ok(filled);
        }
        filled += missing.len() as u64;
        db.write(async move |tx| {
            for number in &missing {
                fill(tx, *number).await?;
            }
            Ok(())
        })
        .await?;
    }
}

async fn fill(tx: &mut Tx, number: i64) -> Result<(), DbError> {
    let ours = sql("DELETE FROM directory_missing WHERE account = $1").bind(number).execute(tx).await? == 1;
    if ours && let Some(account) = accounts::find_to_change(tx, number).await? {
        insert(tx, &account).await?;
    }
    Ok(())
}

/// What the directory has of an account.
struct Entry {
    status: Status,
    sort: String,
    search: String,
}

async fn find(tx: &mut Tx, app: AppId, number: i64) -> Result<Option<Entry>, DbError> {
    let row: Option<(Status, String, String)> =
        sql("SELECT status, sort_name, search_text FROM directory WHERE account = $1 AND app = $2")
            .bind(number)
            .bind(app)
            .optional(tx)
            .await?;
    Ok(row.map(|(status, sort, search)| Entry { status, sort, search }))
}

async fn count_one(tx: &mut Tx, app: AppId, status: Status, number: i64, change: i64) -> Result<(), DbError> {
    count_block(tx, app, status, number / BLOCK, change).await
}

/// Changes how many accounts of a status a block has.
pub(crate) async fn count_block(
    tx: &mut Tx,
    app: AppId,
    status: Status,
    block: i64,
    change: i64,
) -> Result<(), DbError> {
    sql("INSERT INTO directory_counts (app, status, block, accounts) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app, status, block) DO UPDATE SET accounts = directory_counts.accounts + excluded.accounts")
    .bind(app)
    .bind(status.as_str())
    .bind(block)
    .bind(change)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_grams(tx: &mut Tx, app: AppId, number: i64, grams: &BTreeSet<i64>) -> Result<(), DbError> {
    if grams.is_empty() {
        return Ok(());
    }
    sql_rows!(
        "INSERT INTO name_grams (app, gram, account) SELECT $1, CAST(r.value ->> 0 AS BIGINT), $2 FROM",
        "$3",
        "r WHERE TRUE ON CONFLICT DO NOTHING"
    )
    .bind(app)
    .bind(number)
    .bind(numbers(grams.iter().copied()))
    .execute(tx)
    .await?;
    Ok(())
}

async fn delete_grams(tx: &mut Tx, app: AppId, number: i64, grams: &BTreeSet<i64>) -> Result<(), DbError> {
    if grams.is_empty() {
        return Ok(());
    }
    sql_rows!(
        "DELETE FROM name_grams WHERE app = $1 AND account = $2 \
           AND gram IN (SELECT CAST(r.value ->> 0 AS BIGINT) FROM",
        "$3",
        "r)"
    )
    .bind(app)
    .bind(number)
    .bind(numbers(grams.iter().copied()))
    .execute(tx)
    .await?;
    Ok(())
}
