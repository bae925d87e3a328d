//! Many accounts at once, with their points: what `accounts::insert` and `points::grant` do one by one, in a few statements.
//! For accounts that nobody uses yet: nothing is held against other writers.

use std::collections::BTreeMap;

use daemun_model::{Account, AccountUuid, AppId, Day, Period, Status, Timestamp};
use serde_json::{Value, json};

use crate::db::sql_rows;
use crate::directory::{self, BLOCK, names};
use crate::identifiers::Identifier;
use crate::{DbError, Tx, points};

/// A new account and what it was given.
#[derive(Clone, Debug)]
pub struct Member {
    /// The account: approved. Its number is not looked at, nor are its phone number, picture and attributes.
    pub account: Account,
    /// Its names that no other account may have.
    pub names: Vec<Identifier>,
    /// Its points, the oldest line first: all positive.
    pub lines: Vec<Line>,
}

/// A line of the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// How many points.
    pub amount: i64,
    /// Why.
    pub reason: &'static str,
    /// When.
    pub at: Timestamp,
    /// The day of that moment in the app's time zone.
    pub day: Day,
}

/// Adds accounts with one password and tells how many. Names that another account has are not looked for: the statement
/// fails then.
///
/// # Errors
/// When the database does not answer or a name is taken.
pub async fn insert(
    tx: &mut Tx,
    app: AppId,
    password_hash: &str,
    (members, today): (&[Member], Day),
) -> Result<(), DbError> {
    insert_names(tx, app, members).await?;
    let numbers = insert_accounts(tx, app, password_hash, members).await?;
    let numbered: Vec<(i64, &Member)> =
        members.iter().filter_map(|member| Some((*numbers.get(&member.account.uuid)?, member))).collect();
    insert_directory(tx, app, &numbered).await?;
    insert_grams(tx, app, &numbered).await?;
    insert_entries(tx, app, &numbered).await?;
    insert_totals(tx, app, &numbered, today).await
}

fn text(rows: Vec<Value>) -> String {
    Value::Array(rows).to_string()
}

async fn insert_names(tx: &mut Tx, app: AppId, members: &[Member]) -> Result<(), DbError> {
    let of = |member: &Member| {
        let uuid = member.account.uuid.to_string();
        member.names.iter().map(move |name| json!([name.kind.field(), name.value, uuid])).collect::<Vec<_>>()
    };
    sql_rows!(
        "INSERT INTO identifiers (app, kind, value, account) \
         SELECT $1, r.value ->> 0, r.value ->> 1, r.value ->> 2 FROM",
        "$2",
        "r"
    )
    .bind(app)
    .bind(text(members.iter().flat_map(of).collect()))
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_accounts(
    tx: &mut Tx,
    app: AppId,
    password_hash: &str,
    members: &[Member],
) -> Result<BTreeMap<AccountUuid, i64>, DbError> {
    let row = |member: &Member| {
        let a = &member.account;
        json!([
            a.uuid.to_string(),
            a.email,
            a.preferred_username,
            a.name,
            a.given_name,
            a.family_name,
            a.nickname,
            a.birthdate,
            a.gender,
            a.locale,
            a.created_at.0
        ])
    };
    let added: Vec<(AccountUuid, i64)> = sql_rows!(
        "INSERT INTO accounts (uuid, app, email, email_verified, phone_number_verified, preferred_username, name, \
             given_name, family_name, nickname, birthdate, gender, locale, created_at, attributes, status, password_hash) \
         SELECT r.value ->> 0, $1, r.value ->> 1, TRUE, FALSE, r.value ->> 2, r.value ->> 3, r.value ->> 4, \
             r.value ->> 5, r.value ->> 6, r.value ->> 7, r.value ->> 8, r.value ->> 9, \
             CAST(r.value ->> 10 AS BIGINT), '{}', 'approved', $2 FROM",
        "$3",
        "r WHERE TRUE RETURNING uuid, number"
    )
    .bind(app)
    .bind(password_hash)
    .bind(text(members.iter().map(row).collect()))
    .all(tx)
    .await?;
    Ok(added.into_iter().collect())
}

async fn insert_directory(tx: &mut Tx, app: AppId, members: &[(i64, &Member)]) -> Result<(), DbError> {
    let row = |(number, member): &(i64, &Member)| {
        let names = names::of(&member.account);
        json!([number, names.sort, names.search, member.account.created_at.0])
    };
    sql_rows!(
        "INSERT INTO directory (account, app, status, sort_name, search_text, created_at) \
         SELECT CAST(r.value ->> 0 AS BIGINT), $1, 'approved', r.value ->> 1, r.value ->> 2, \
             CAST(r.value ->> 3 AS BIGINT) FROM",
        "$2",
        "r"
    )
    .bind(app)
    .bind(text(members.iter().map(row).collect()))
    .execute(tx)
    .await?;
    let mut blocks: BTreeMap<i64, i64> = BTreeMap::new();
    for (number, _) in members {
        *blocks.entry(number / BLOCK).or_default() += 1;
    }
    for (block, count) in blocks {
        directory::count_block(tx, app, Status::Approved, block, count).await?;
    }
    Ok(())
}

async fn insert_grams(tx: &mut Tx, app: AppId, members: &[(i64, &Member)]) -> Result<(), DbError> {
    let mut grams: Vec<[i64; 2]> = Vec::new();
    for (number, member) in members {
        let search = names::of(&member.account).search;
        grams.extend(names::grams(&search).into_iter().map(|gram| [gram, *number]));
    }
    // In the order of the index: its pages are visited once.
    grams.sort_unstable();
    sql_rows!(
        "INSERT INTO name_grams (app, gram, account) \
         SELECT $1, CAST(r.value ->> 0 AS BIGINT), CAST(r.value ->> 1 AS BIGINT) FROM",
        "$2",
        "r"
    )
    .bind(app)
    .bind(serde_json::to_string(&grams).unwrap_or_default())
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_entries(tx: &mut Tx, app: AppId, members: &[(i64, &Member)]) -> Result<(), DbError> {
    let mut rows = Vec::new();
    for (number, member) in members {
        let mut balance = 0;
        for (line, entry) in (1_i64..).zip(&member.lines) {
            balance += entry.amount;
            rows.push(json!([number, line, entry.amount, balance, entry.reason, entry.at.0, entry.day.0]));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    sql_rows!(
        "INSERT INTO point_entries (app, account, line, amount, balance, reason, at, day) \
         SELECT $1, CAST(r.value ->> 0 AS BIGINT), CAST(r.value ->> 1 AS BIGINT), CAST(r.value ->> 2 AS BIGINT), \
             CAST(r.value ->> 3 AS BIGINT), r.value ->> 4, CAST(r.value ->> 5 AS BIGINT), \
             CAST(r.value ->> 6 AS BIGINT) FROM",
        "$2",
        "r"
    )
    .bind(app)
    .bind(text(rows))
    .execute(tx)
    .await?;
    Ok(())
}

/// The totals of the periods that run today, and of all time.
async fn insert_totals(
    tx: &mut Tx,
    app: AppId,
    members: &[(i64, &Member)],
    today: Day,
) -> Result<(), DbError> {
    let running = Period::numbers(today);
    let (mut totals, mut ranked) = (Vec::new(), BTreeMap::<(i64, i64), i64>::new());
    for (number, member) in members {
        let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
        for line in &member.lines {
            for period in Period::numbers(line.day).into_iter().filter(|period| running.contains(period)) {
                *sums.entry(period).or_default() += line.amount;
            }
        }
        for (period, points) in sums {
            totals.push([*number, period, points]);
            *ranked.entry((period, number / BLOCK)).or_default() += 1;
        }
    }
    if totals.is_empty() {
        return Ok(());
    }
    sql_rows!(
        "INSERT INTO point_totals (app, account, period, points, rank_key) \
         SELECT $1, CAST(r.value ->> 0 AS BIGINT), CAST(r.value ->> 1 AS BIGINT), CAST(r.value ->> 2 AS BIGINT), \
             -CAST(r.value ->> 2 AS BIGINT) FROM",
        "$2",
        "r"
    )
    .bind(app)
    .bind(serde_json::to_string(&totals).unwrap_or_default())
    .execute(tx)
    .await?;
    for ((period, block), count) in ranked {
        points::count_ranked(tx, app, period, (block, count)).await?;
    }
    Ok(())
}
