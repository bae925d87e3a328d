//! One-time codes that people type, kept as keyed digests. A target has one of each purpose: a new one replaces
//! the old.

use daemun_model::{AccountUuid, AppId, Timestamp};

use crate::limits::CLOCK_TOLERANCE;
use crate::{DbError, Tx, sql};

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To choose a new password.
    ResetPassword,
    /// To prove an address before sign-up.
    ProveEmail,
    /// To sign in.
    SignIn,
}

impl Purpose {
    /// The name that the database uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::ProveEmail => "prove_email",
            Self::SignIn => "sign_in",
        }
    }
}

/// Where a code counts: never for another app, purpose or target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The app.
    pub app: AppId,
    /// What it is for.
    pub purpose: Purpose,
    /// The address or number that it was sent to, in its comparable form.
    pub target: String,
}

/// A code to be kept.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// Where it counts.
    pub place: Place,
    /// Its keyed digest.
    pub digest: String,
    /// Whose it is, where it concerns an account.
    pub account: Option<AccountUuid>,
    /// The organisation that it proves the address for; empty where it is for none.
    pub organization: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Keeps a code in place of the last one of its place.
///
/// # Errors
/// When the database does not answer.
pub async fn replace(tx: &mut Tx, new: &NewCode) -> Result<(), DbError> {
    sql("INSERT INTO one_time_codes (app, purpose, target, digest, account, organization, created_at, expires_at, \
             tries, spent_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, NULL) \
         ON CONFLICT (app, purpose, target) DO UPDATE SET digest = excluded.digest, account = excluded.account, \
             organization = excluded.organization, created_at = excluded.created_at, expires_at = excluded.expires_at, tries = 0, spent_at = NULL")
    .bind(new.place.app)
    .bind(new.place.purpose.as_str())
    .bind(&new.place.target)
    .bind(&new.digest)
    .bind(new.account)
    .bind(&new.organization)
    .bind(new.created_at)
    .bind(new.expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts a try before the code is looked at, and tells whether one was left: of any number of guesses at the
/// same time at most `tries` are ever compared. A code from the future was made while the clock was wrong, and would
/// work until long after its time: it has no tries.
///
/// # Errors
/// When the database does not answer.
pub async fn count_try(tx: &mut Tx, place: &Place, tries: i64, now: Timestamp) -> Result<bool, DbError> {
    let left = sql("UPDATE one_time_codes SET tries = tries + 1 \
         WHERE app = $1 AND purpose = $2 AND target = $3 AND spent_at IS NULL AND expires_at > $4 AND tries < $5 \
             AND created_at <= $6")
    .bind(place.app)
    .bind(place.purpose.as_str())
    .bind(&place.target)
    .bind(now)
    .bind(tries)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .execute(tx)
    .await?;
    Ok(left == 1)
}

/// Whose live code this is: `None` where the place has no live code of this digest, else the account, where it
/// concerns one.
///
/// # Errors
/// When the database does not answer.
pub async fn find_live(
    tx: &mut Tx,
    place: &Place,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Option<AccountUuid>>, DbError> {
    sql("SELECT account FROM one_time_codes \
         WHERE app = $1 AND purpose = $2 AND target = $3 AND digest = $4 AND spent_at IS NULL AND expires_at > $5")
    .bind(place.app)
    .bind(place.purpose.as_str())
    .bind(&place.target)
    .bind(digest)
    .bind(now)
    .optional(tx)
    .await
}

/// The organisation that the code of a place is for; empty where it is for none.
///
/// # Errors
/// When the database does not answer.
pub async fn find_organization(tx: &mut Tx, place: &Place) -> Result<String, DbError> {
    let found =
        sql("SELECT organization FROM one_time_codes WHERE app = $1 AND purpose = $2 AND target = $3")
            .bind(place.app)
            .bind(place.purpose.as_str())
            .bind(&place.target)
            .optional(tx)
            .await?;
    Ok(found.unwrap_or_default())
}

/// Spends the code of this place, if it is live and has this digest, and tells whether this call did it.
///
/// # Errors
/// When the database does not answer.
pub async fn spend(tx: &mut Tx, place: &Place, digest: &str, now: Timestamp) -> Result<bool, DbError> {
    let won = sql("UPDATE one_time_codes SET spent_at = $1 \
         WHERE app = $2 AND purpose = $3 AND target = $4 AND digest = $5 AND spent_at IS NULL AND expires_at > $1")
    .bind(now)
    .bind(place.app)
    .bind(place.purpose.as_str())
    .bind(&place.target)
    .bind(digest)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Forgets the code of a place.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(tx: &mut Tx, place: &Place) -> Result<(), DbError> {
    sql("DELETE FROM one_time_codes WHERE app = $1 AND purpose = $2 AND target = $3")
        .bind(place.app)
        .bind(place.purpose.as_str())
        .bind(&place.target)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets up to `limit` codes that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM one_time_codes WHERE (app, purpose, target) IN (SELECT app, purpose, target \
         FROM one_time_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
