//! Wrong passwords in a row, for each account from each address and for each account from all addresses together,
//! and which addresses an account has signed in from.

use daemun_model::{AccountUuid, AppId, Timestamp};

use crate::limits::CLOCK_TOLERANCE;
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// Whose password, and where it is typed.
#[derive(Clone, Debug)]
pub struct Key {
    /// The app.
    pub app: AppId,
    /// The account's uuid, or a keyed digest that stands for a name that nobody has.
    pub account: String,
    /// The address, or the network that counts as one. Never empty.
    pub address: String,
}

/// After so many failures in a row so many seconds pass before a password is looked at again. Rising in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The failures.
    pub failures: i64,
    /// The seconds.
    pub seconds: i64,
}

/// What is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// For one account from one address.
    pub delays: [Delay; 4],
    /// After so many failures in a row from wherever the account is closed to addresses that never signed in to it.
    pub most: i64,
}

impl Rules {
    /// The moment from which a password is looked at again.
    fn looks_from(&self, failures: i64, now: Timestamp) -> Timestamp {
        let reached = self.delays.iter().rev().find(|delay| failures >= delay.failures);
        now.plus_seconds(reached.map_or(0, |delay| delay.seconds))
    }

    fn longest(&self) -> i64 {
        self.delays.iter().map(|delay| delay.seconds).max().unwrap_or(0)
    }
}

/// The moments of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// When the request came: a delay must have passed by then, however long the hash waited.
    pub arrived: Timestamp,
    /// When its outcome is decided: the next delay counts from here.
    pub now: Timestamp,
    /// When the address's row may be forgotten.
    pub expires_at: Timestamp,
    /// When the account's row may be forgotten: `None` for an account that exists.
    pub account_expires_at: Option<Timestamp>,
}

/// How an attempt stands after it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The password decides.
    Open,
    /// It comes too soon after others: the password must not be looked at.
    Delayed,
    /// The account is closed to this address: the password must not be looked at.
    Closed,
}

struct Counted {
    address: String,
    looked: bool,
    known: bool,
}

impl FromRow for Counted {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { address: row.next()?, looked: row.next()?, known: row.next()? })
    }
}

/// Counts an attempt as a failure and tells whether its password may be looked at. Of any number at the same time
/// each waits for the one before it, so that no more are looked at than one after the other would be.
///
/// # Errors
/// When the database does not answer.
pub async fn count_attempt(
    tx: &mut Tx,
    key: &Key,
    rules: &Rules,
    attempt: Attempt,
) -> Result<Standing, DbError> {
    let Attempt { arrived, now, expires_at, account_expires_at } = attempt;
    let [first, second, third, fourth] = rules.delays;
    // A moment farther ahead than the longest delay was written before the clock was set back.
    let absurd = arrived.plus_seconds(rules.longest() + CLOCK_TOLERANCE);
    let rows = sql("INSERT INTO wrong_passwords \
             (app, account, address, failures, looks_from, looked, proven_at, expires_at) \
         VALUES ($1, $2, $3, 1, $4, TRUE, NULL, $5), ($1, $2, '', 1, 0, TRUE, NULL, $6) \
         ON CONFLICT (app, account, address) DO UPDATE SET failures = wrong_passwords.failures + 1, \
             looked = CASE WHEN excluded.address = '' THEN wrong_passwords.failures < $7 \
                 ELSE wrong_passwords.looks_from <= $8 OR wrong_passwords.looks_from > $9 END, \
             looks_from = CASE \
                 WHEN excluded.address = '' OR wrong_passwords.failures + 1 < $10 THEN CAST(0 AS BIGINT) \
                 WHEN wrong_passwords.failures + 1 < $11 THEN $12 \
                 WHEN wrong_passwords.failures + 1 < $13 THEN $14 \
                 WHEN wrong_passwords.failures + 1 < $15 THEN $16 \
                 ELSE $17 END, \
             expires_at = CASE WHEN excluded.address <> '' AND wrong_passwords.expires_at > excluded.expires_at \
                 THEN wrong_passwords.expires_at ELSE excluded.expires_at END \
         RETURNING address, looked, proven_at IS NOT NULL")
    .bind(key.app)
    .bind(&key.account)
    .bind(&key.address)
    .bind(rules.looks_from(1, now))
    .bind(expires_at)
    .bind(account_expires_at)
    .bind(rules.most)
    .bind(arrived)
    .bind(absurd)
    .bind(first.failures)
    .bind(second.failures)
    .bind(now.plus_seconds(first.seconds))
    .bind(third.failures)
    .bind(now.plus_seconds(second.seconds))
    .bind(fourth.failures)
    .bind(now.plus_seconds(third.seconds))
    .bind(now.plus_seconds(fourth.seconds))
    .all::<Counted>(tx)
    .await?;
    let known = rows.iter().any(|row| row.known);
    let too_soon = rows.iter().any(|row| !row.address.is_empty() && !row.looked);
    let full = rows.iter().any(|row| row.address.is_empty() && !row.looked);
    Ok(match (too_soon, full && !known) {
        (_, true) => Standing::Closed,
        (true, false) => Standing::Delayed,
        (false, false) => Standing::Open,
    })
}

/// Forgets the failures of an account from this address, and those from all addresses unless it was closed before:
/// that ends with a new password only. `signed_in` notes the address as one that the account is used from: when,
/// and until when that is remembered.
///
/// # Errors
/// When the database does not answer.
pub async fn forgive(
    tx: &mut Tx,
    key: &Key,
    rules: &Rules,
    signed_in: Option<(Timestamp, Timestamp)>,
) -> Result<(), DbError> {
    let (proven_at, expires_at) = signed_in.unzip();
    sql("UPDATE wrong_passwords SET failures = 0, looks_from = 0, \
             proven_at = CASE WHEN address = '' THEN NULL ELSE COALESCE($1, proven_at) END, \
             expires_at = CASE WHEN address = '' THEN expires_at ELSE COALESCE($2, expires_at) END \
         WHERE app = $3 AND account = $4 AND (address = $5 OR (address = '' AND failures <= $6))")
    .bind(proven_at)
    .bind(expires_at)
    .bind(key.app)
    .bind(&key.account)
    .bind(&key.address)
    .bind(rules.most)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes a sign-in without a password, as the one that a sign-up opens: the address is known from then on.
///
/// # Errors
/// When the database does not answer.
pub async fn remember(tx: &mut Tx, key: &Key, at: Timestamp, expires_at: Timestamp) -> Result<(), DbError> {
    sql("INSERT INTO wrong_passwords \
             (app, account, address, failures, looks_from, looked, proven_at, expires_at) \
         VALUES ($1, $2, $3, 0, 0, TRUE, $4, $5) \
         ON CONFLICT (app, account, address) DO UPDATE \
             SET proven_at = excluded.proven_at, expires_at = excluded.expires_at")
    .bind(key.app)
    .bind(&key.account)
    .bind(&key.address)
    .bind(at)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// An address from which the next password is not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The address, or the network that counts as one.
    pub address: String,
    /// When it is over.
    pub until: Timestamp,
}

impl FromRow for Wait {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { address: row.next()?, until: row.next()? })
    }
}

/// The failures in a row of an account from all addresses together.
///
/// # Errors
/// When the database does not answer.
pub async fn find_failures(on: &mut impl Executor, app: AppId, account: AccountUuid) -> Result<i64, DbError> {
    let found = sql("SELECT failures FROM wrong_passwords WHERE app = $1 AND account = $2 AND address = ''")
        .bind(app)
        .bind(account)
        .inline()
        .optional::<i64>(on)
        .await?;
    Ok(found.unwrap_or(0))
}

/// The addresses from which passwords of an account are not looked at now, those that wait longest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_waits(
    on: &mut impl Executor,
    (app, account): (AppId, AccountUuid),
    rules: &Rules,
    (now, limit): (Timestamp, i64),
) -> Result<Vec<Wait>, DbError> {
    sql("SELECT address, looks_from FROM wrong_passwords \
         WHERE app = $1 AND account = $2 AND address <> '' AND looks_from > $3 AND looks_from <= $4 \
         ORDER BY looks_from DESC, address LIMIT $5")
    .bind(app)
    .bind(account)
    .bind(now)
    .bind(now.plus_seconds(rules.longest() + CLOCK_TOLERANCE))
    .bind(limit)
    .all(on)
    .await
}

/// Forgets every failure of an account, as a new password does, and tells how many there were in a row. The addresses
/// that it knows stay known.
///
/// # Errors
/// When the database does not answer.
pub async fn reopen(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<i64, DbError> {
    let failures = find_failures(tx, app, account).await?;
    sql("UPDATE wrong_passwords SET failures = 0, looks_from = 0 WHERE app = $1 AND account = $2")
        .bind(app)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(failures)
}

/// Forgets everything about an account, addresses too.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_all(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM wrong_passwords WHERE app = $1 AND account = $2")
        .bind(app)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets up to `limit` rows that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM wrong_passwords WHERE (app, account, address) IN (SELECT app, account, address \
         FROM wrong_passwords WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
