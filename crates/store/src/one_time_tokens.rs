//! Tokens of links, kept as digests. An account has one of each purpose: a new one replaces the old.
//!
//! A token from the future was made while the clock was wrong, and would work until long after its time: it does not
//! work at all.

use daemun_model::{AccountUuid, AppId, Timestamp};

use crate::limits::CLOCK_TOLERANCE;
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To choose a new password, by the link of a mail.
    ResetPassword,
    /// To choose a new password, after the code of a mail was checked.
    ResetProof,
    /// To verify the account's address.
    VerifyEmail,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::ResetProof => "reset_proof",
            Self::VerifyEmail => "verify_email",
        }
    }
}

/// A token to be kept.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The app.
    pub app: AppId,
    /// Whose it is.
    pub account: AccountUuid,
    /// What it is for.
    pub purpose: Purpose,
    /// Its digest.
    pub digest: String,
    /// What it concerns beyond the account, as the address that it verifies.
    pub target: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A token as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Whose it is.
    pub account: AccountUuid,
    /// What it concerns beyond the account.
    pub target: Option<String>,
    /// When it was spent, where it was.
    pub spent_at: Option<Timestamp>,
}

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { account: row.next()?, target: row.next()?, spent_at: row.next()? })
    }
}

/// Keeps a token in place of the account's last one of its purpose.
///
/// # Errors
/// When the database does not answer.
pub async fn replace(tx: &mut Tx, new: &NewToken) -> Result<(), DbError> {
    sql("INSERT INTO one_time_tokens (app, account, purpose, digest, target, created_at, expires_at, spent_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) \
         ON CONFLICT (app, account, purpose) DO UPDATE SET digest = excluded.digest, target = excluded.target, \
             created_at = excluded.created_at, expires_at = excluded.expires_at, spent_at = NULL")
    .bind(new.app)
    .bind(new.account)
    .bind(new.purpose.as_str())
    .bind(&new.digest)
    .bind(new.target.as_deref())
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The token of this digest that has not expired, spent or not.
///
/// # Errors
/// When the database does not answer.
pub async fn find_unexpired(
    on: &mut impl Executor,
    app: AppId,
    purpose: Purpose,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Kept>, DbError> {
    sql("SELECT account, target, spent_at FROM one_time_tokens \
         WHERE digest = $1 AND app = $2 AND purpose = $3 AND expires_at > $4 AND created_at <= $5")
    .bind(digest)
    .bind(app)
    .bind(purpose.as_str())
    .bind(now)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .inline()
    .optional(on)
    .await
}

/// Spends the token of this digest, and tells whether it was unspent and unexpired.
///
/// # Errors
/// When the database does not answer.
pub async fn spend(
    tx: &mut Tx,
    app: AppId,
    purpose: Purpose,
    digest: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE one_time_tokens SET spent_at = $1 \
         WHERE digest = $2 AND app = $3 AND purpose = $4 AND spent_at IS NULL AND expires_at > $1 \
             AND created_at <= $5")
    .bind(now)
    .bind(digest)
    .bind(app)
    .bind(purpose.as_str())
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Forgets an account's token of one purpose.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &mut Tx, app: AppId, account: AccountUuid, purpose: Purpose) -> Result<(), DbError> {
    sql("DELETE FROM one_time_tokens WHERE app = $1 AND account = $2 AND purpose = $3")
        .bind(app)
        .bind(account)
        .bind(purpose.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets all tokens of an account.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_all(tx: &mut Tx, app: AppId, account: AccountUuid) -> Result<(), DbError> {
    sql("DELETE FROM one_time_tokens WHERE app = $1 AND account = $2")
        .bind(app)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets up to `limit` tokens that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM one_time_tokens WHERE digest IN \
         (SELECT digest FROM one_time_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
