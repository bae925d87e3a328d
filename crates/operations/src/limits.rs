//! Limits: how often something may be tried, asked for or sent. Every count is a row of the database, so that all
//! nodes count together, and is raised by one statement, so that requests at the same time cannot slip through.

mod address;
mod password;
mod per_address;
mod sending;

use daemun_model::Failure;
use daemun_store::limits::{Key, Limit, Moment, count, find_wait, take_back};
use daemun_store::wrong_passwords::{Delay, Rules};
use daemun_store::{Executor, Tx};

use crate::daemun::Daemun;

pub use address::Networks;
pub(crate) use password::{Attempt, KnownAddress, Remember, Whose, detail};
pub(crate) use per_address::PerAddress;
pub(crate) use sending::{Queued, Sending};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The numbers. The defaults are those of `daemun.default.toml`, which has their sources.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Wrong passwords in a row: the delays of an account from one address, and when an account is closed.
    pub passwords: Rules,
    /// Wrong passwords from an address.
    pub passwords_by_address: Limit,
    /// Answers to an address that tell whether somebody is a member.
    pub open_refusals: Limit,
    /// Sign-ups from an address.
    pub sign_ups: Limit,
    /// Permissions to upload that an address asks for.
    pub uploads: Limit,
    /// Uploads of an address that no account has (a count).
    pub outstanding_uploads: i64,
    /// Codes and links of one purpose to one target: each of these holds.
    pub sends: [Limit; 3],
    /// Codes and links that an address asks for.
    pub sends_by_address: Limit,
    /// Messages with codes and links that an app sends in a day (UTC).
    pub budget: i64,
    /// Wrong codes for one purpose and target, over all codes.
    pub wrong_codes: Limit,
    /// Product keys that an address asks about.
    pub product_keys: Limit,
    /// Wrong passwords of rooms that a member types.
    pub room_passwords: Limit,
    /// Addresses to which no limit by address applies.
    pub exempt: Networks,
    /// The regions that text messages go to (ISO 3166-1).
    pub sms_regions: Vec<String>,
    /// Seconds that an address from which a member signed in stays known.
    pub keep_known: i64,
}

impl Default for Limits {
    fn default() -> Self {
        let delay = |failures, seconds| Delay { failures, seconds };
        let limit = |most, seconds| Limit { most, seconds };
        Self {
            passwords: Rules {
                delays: [delay(5, 1), delay(10, 5), delay(20, 30), delay(50, 15 * MINUTE)],
                most: 100,
            },
            passwords_by_address: limit(30, 10 * MINUTE),
            open_refusals: limit(20, HOUR),
            sign_ups: limit(100, HOUR),
            uploads: limit(500, HOUR),
            outstanding_uploads: 20,
            sends: [limit(1, MINUTE), limit(5, HOUR), limit(10, DAY)],
            sends_by_address: limit(100, HOUR),
            budget: 10_000,
            wrong_codes: limit(20, HOUR),
            product_keys: limit(60, HOUR),
            room_passwords: limit(20, HOUR),
            exempt: Networks::default(),
            sms_regions: vec!["KR".to_owned()],
            keep_known: 365 * DAY,
        }
    }
}

/// One limit, and the time that this call would be.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    key: Key,
    limit: Limit,
    moment: Moment,
}

impl Counter {
    pub(crate) fn new(daemun: &Daemun, key: Key, limit: Limit) -> Self {
        Self { key, limit, moment: Moment::new(daemun.clock.now(), daemun.random.bytes::<4>()) }
    }

    /// To whom it counts.
    pub(crate) fn subject(&self) -> &str {
        &self.key.subject
    }

    /// Counts this call, unless the limit is reached, and tells whether it was.
    pub(crate) async fn try_count(&self, tx: &mut Tx) -> Result<bool, Failure> {
        let counted = count(tx, &self.key, self.limit, &self.moment).await?;
        if !counted {
            note(&self.key);
        }
        Ok(counted)
    }

    /// Counts this call.
    ///
    /// # Errors
    /// `too_many_requests` when the limit is reached.
    pub(crate) async fn count(&self, tx: &mut Tx) -> Result<(), Failure> {
        if self.try_count(tx).await? {
            return Ok(());
        }
        self.ask(tx).await?;
        Err(too_many(1))
    }

    /// Asks without counting.
    ///
    /// # Errors
    /// `too_many_requests` when the limit is reached.
    pub(crate) async fn ask(&self, on: &mut impl Executor) -> Result<(), Failure> {
        match find_wait(on, &self.key, self.limit, self.moment.at()).await? {
            Some(seconds) => {
                note(&self.key);
                Err(too_many(seconds))
            }
            None => Ok(()),
        }
    }
    /// Uncounts this call.
    pub(crate) async fn take_back(&self, tx: &mut Tx) -> Result<(), Failure> {
        Ok(take_back(tx, &self.key, &self.moment).await?)
    }
}

/// For who watches: a call that one limit kept out may be noted twice.
fn note(key: &Key) {
    crate::node::note_limit(key.kind.as_str());
}

fn too_many(seconds: i64) -> Failure {
    Failure::TooManyRequests { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX).max(1) }
}
