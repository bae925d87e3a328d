//! How often something happened lately. Every limit is one row with the moments of the last times, so that "five an
//! hour" means any hour, and one statement asks and counts: of any number at the same time no more than allowed
//! are counted, on however many nodes.

use daemun_model::clock::MICROS;
use daemun_model::{AppId, Timestamp};

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// Seconds by which a moment may lie in the future and still count: nodes whose clocks differ. What lies farther
/// ahead was written before the clock was set back, and must not lock anybody out until it comes true.
pub const CLOCK_TOLERANCE: i64 = 5 * 60;

/// Characters of a moment in the row: digits of microseconds, then randomness.
const DIGITS: i64 = 16;
const LENGTH: i64 = DIGITS + 8;
/// The last moment of so many digits, in the year 2286.
const LAST: i64 = 9_999_999_999_999_999;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Wrong passwords from an address.
    WrongPasswords,
    /// Wrong API keys from an address.
    WrongApiKeys,
    /// Answers to an address that tell whether somebody is a member.
    OpenRefusals,
    /// Sign-ups from an address.
    SignUps,
    /// Permissions to upload that an address asked for.
    Uploads,
    /// Codes and links to a target.
    Sends,
    /// Codes and links that an address asked for.
    SendsByAddress,
    /// Wrong codes for a target.
    WrongCodes,
    /// Product keys that an address asked about.
    ProductKeys,
    /// Wrong passwords of rooms.
    RoomPasswords,
    /// Messages of a day.
    Budget,
}

impl Kind {
    /// The name that the database uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongPasswords => "wrong_passwords",
            Self::WrongApiKeys => "wrong_api_keys",
            Self::OpenRefusals => "open_refusals",
            Self::SignUps => "sign_ups",
            Self::Uploads => "uploads",
            Self::Sends => "sends",
            Self::SendsByAddress => "sends_by_address",
            Self::WrongCodes => "wrong_codes",
            Self::ProductKeys => "product_keys",
            Self::RoomPasswords => "room_passwords",
            Self::Budget => "budget",
        }
    }
}

/// Where something counts: never in another app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The app.
    pub app: AppId,
    /// What is counted.
    pub kind: Kind,
    /// To whom it counts: an address, the digest of a target, a day.
    pub subject: String,
}

/// So many times in so many seconds, whenever they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The most times: 1 to 1000.
    pub most: i64,
    /// The seconds.
    pub seconds: i64,
}

/// One time that something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    mark: String,
}

impl Moment {
    /// At a time, told apart from others at the same time by random bytes.
    pub fn new(at: Timestamp, random: [u8; 4]) -> Self {
        Self { at, mark: format!("{:08x}", u32::from_be_bytes(random)) }
    }

    /// When it is.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    fn text(&self) -> String {
        digits(self.at) + &self.mark
    }
}

/// A moment in the form in which text is ordered as time is.
fn digits(at: Timestamp) -> String {
    format!("{:0width$}", at.0.clamp(0, LAST), width = DIGITS as usize)
}

/// Counts, unless the limit is reached, and tells whether it was counted.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &mut Tx, key: &Key, limit: Limit, moment: &Moment) -> Result<bool, DbError> {
    let counted = sql("INSERT INTO limits (app, kind, subject, times, moments, expires_at) \
         VALUES ($1, $2, $3, 0, $4, $5) \
         ON CONFLICT (app, kind, subject) DO UPDATE SET expires_at = excluded.expires_at, \
             moments = CASE WHEN substr(limits.moments, 1, 16) > $6 THEN excluded.moments \
                 ELSE excluded.moments || substr(limits.moments, 1, $7) END \
         WHERE substr(limits.moments, 1, 16) > $6 OR substr(limits.moments, $8, 16) <= $9")
    .bind(key.app)
    .bind(key.kind.as_str())
    .bind(&key.subject)
    .bind(moment.text())
    .bind(moment.at.plus_seconds(limit.seconds + CLOCK_TOLERANCE))
    .bind(digits(moment.at.plus_seconds(CLOCK_TOLERANCE)))
    .bind(LENGTH * (limit.most - 1))
    .bind(place_of(limit.most))
    .bind(digits(moment.at.plus_seconds(-limit.seconds)))
    .execute(tx)
    .await?;
    Ok(counted == 1)
}

/// Where in a row the moment of so many times ago begins.
const fn place_of(times: i64) -> i64 {
    LENGTH * (times - 1) + 1
}

/// Takes one time back.
///
/// # Errors
/// When the database does not answer.
pub async fn take_back(tx: &mut Tx, key: &Key, moment: &Moment) -> Result<(), DbError> {
    sql("UPDATE limits SET moments = replace(moments, $1, '') \
         WHERE app = $2 AND kind = $3 AND subject = $4")
    .bind(moment.text())
    .bind(key.app)
    .bind(key.kind.as_str())
    .bind(&key.subject)
    .execute(tx)
    .await?;
    Ok(())
}

/// The latest time, and the one that must be over before the next is allowed.
struct Latest {
    first: String,
    decisive: String,
}

impl FromRow for Latest {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { first: row.next()?, decisive: row.next()? })
    }
}

/// The seconds until the limit lets one through: `None` when it does so now. Nothing is counted.
///
/// # Errors
/// When the database does not answer.
pub async fn find_wait(
    on: &mut impl Executor,
    key: &Key,
    limit: Limit,
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    let found = sql("SELECT substr(moments, 1, 16), substr(moments, $4, 16) FROM limits \
         WHERE app = $1 AND kind = $2 AND subject = $3")
    .bind(key.app)
    .bind(key.kind.as_str())
    .bind(&key.subject)
    .bind(place_of(limit.most))
    .inline()
    .optional::<Latest>(on)
    .await?;
    let Some(Latest { first, decisive }) = found else { return Ok(None) };
    if first > digits(now.plus_seconds(CLOCK_TOLERANCE)) {
        return Ok(None);
    }
    let Ok(decisive) = decisive.parse() else { return Ok(None) };
    let left = Timestamp(decisive).plus_seconds(limit.seconds).0 - now.0;
    Ok((left > 0).then(|| (left + MICROS - 1) / MICROS))
}

/// Takes `amount` of a budget (1, or 0 to ask with the same work) and tells how many are taken now: `None` when there
/// was none left.
///
/// # Errors
/// When the database does not answer.
pub async fn spend(
    tx: &mut Tx,
    key: &Key,
    (budget, amount): (i64, i64),
    expires_at: Timestamp,
) -> Result<Option<i64>, DbError> {
    sql(
        "INSERT INTO limits (app, kind, subject, times, moments, expires_at) VALUES ($1, $2, $3, $6, '', $4) \
         ON CONFLICT (app, kind, subject) DO UPDATE SET times = limits.times + excluded.times \
             WHERE limits.times < $5 \
         RETURNING times",
    )
    .bind(key.app)
    .bind(key.kind.as_str())
    .bind(&key.subject)
    .bind(expires_at)
    .bind(budget)
    .bind(amount)
    .optional(tx)
    .await
}

/// How many of a budget are taken.
///
/// # Errors
/// When the database does not answer.
pub async fn find_spent(on: &mut impl Executor, key: &Key) -> Result<i64, DbError> {
    let spent = sql("SELECT times FROM limits WHERE app = $1 AND kind = $2 AND subject = $3")
        .bind(key.app)
        .bind(key.kind.as_str())
        .bind(&key.subject)
        .inline()
        .optional(on)
        .await?;
    Ok(spent.unwrap_or(0))
}

/// Forgets up to `limit` rows that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM limits WHERE (app, kind, subject) IN (SELECT app, kind, subject \
         FROM limits WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
