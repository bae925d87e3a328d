//! Attempts to prove a password.
//!
//! The hash is computed first and its verdict put aside. Then, in one transaction, the attempt is counted as a
//! failure, and only if it may be looked at does the verdict decide: a right password takes the failure back. So
//! guesses that are made at the same time stand in one row, as if they came one after the other, and what comes too
//! soon or too often answers as a wrong password after the same work. Members who sign in at the same time with the
//! right password do not stand in each other's way, as they would if an attempt counted while it waits for its hash.
//! An overload (503) comes before the count, and a transaction that is not kept answers nothing.

use daemun_model::{AccountUuid, Failure, Timestamp};
use daemun_store::Tx;
use daemun_store::identifiers::Identifier;
use daemun_store::wrong_passwords::{self, Key, Standing};

use super::{DAY, PerAddress, address};
use crate::call::Call;
use crate::daemun::Daemun;

/// Seconds that failures are remembered of an address that never signed in, and of a name that nobody has.
const KEEP_STRANGERS: i64 = DAY;

/// Whose password it is to be.
pub(crate) enum Whose<'a> {
    /// An account's.
    Account(AccountUuid),
    /// That of a name that nobody has: it counts as well, so that nothing tells that nobody has it.
    Nobody(&'a Identifier),
}

/// Whether the address becomes a known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remember {
    /// It does: a session was opened.
    Address,
    /// It stays what it was.
    Nothing,
}

/// One attempt, from the moment its request came.
#[derive(Clone)]
pub(crate) struct Attempt {
    daemun: Daemun,
    key: Key,
    by_address: PerAddress,
    arrived: Timestamp,
    exists: bool,
}

impl Attempt {
    /// An attempt that begins now.
    ///
    /// # Errors
    /// `too_many_requests` when too many failures came from the address: nothing is hashed for it.
    pub(crate) async fn begin(daemun: &Daemun, call: &Call, whose: Whose<'_>) -> Result<Self, Failure> {
        let by_address = PerAddress::passwords(daemun, call);
        by_address.ask(&mut daemun.reader()).await?;
        Ok(Self {
            daemun: daemun.clone(),
            key: key(daemun, call, &whose),
            by_address,
            arrived: daemun.clock.now(),
            exists: matches!(whose, Whose::Account(_)),
        })
    }

    /// Counts it as a failure, and tells whether its password may be looked at. The transaction must be kept
    /// whatever comes out.
    ///
    /// # Errors
    /// `too_many_requests` when too many failures came from the address; then nothing is counted.
    pub(crate) async fn count(&self, tx: &mut Tx) -> Result<Standing, Failure> {
        self.by_address.count(tx).await?;
        let now = self.daemun.clock.now();
        let strangers = now.plus_seconds(KEEP_STRANGERS);
        let attempt = wrong_passwords::Attempt {
            arrived: self.arrived,
            now,
            expires_at: strangers,
            account_expires_at: (!self.exists).then_some(strangers),
        };
        let rules = &self.daemun.settings.limits.passwords;
        let standing = wrong_passwords::count_attempt(tx, &self.key, rules, attempt).await?;
        if let Some(why) = detail(standing) {
            metrics::counter!("daemun_passwords_not_looked_at_total", "why" => why).increment(1);
        }
        Ok(standing)
    }

    /// Takes the failure back and those before it: the password was right.
    pub(crate) async fn forgive(&self, tx: &mut Tx, remember: Remember) -> Result<(), Failure> {
        self.by_address.take_back(tx).await?;
        let limits = &self.daemun.settings.limits;
        let now = self.daemun.clock.now();
        let signed_in = (remember == Remember::Address).then(|| (now, now.plus_seconds(limits.keep_known)));
        Ok(wrong_passwords::forgive(tx, &self.key, &limits.passwords, signed_in).await?)
    }
}

/// An address from which a member comes in without typing a password, as at a sign-up.
#[derive(Clone, Debug)]
pub(crate) struct KnownAddress {
    key: Key,
    at: Timestamp,
    until: Timestamp,
}

impl KnownAddress {
    /// The address that calls.
    pub(crate) fn of(daemun: &Daemun, call: &Call, account: AccountUuid) -> Self {
        let at = daemun.clock.now();
        let until = at.plus_seconds(daemun.settings.limits.keep_known);
        Self { key: key(daemun, call, &Whose::Account(account)), at, until }
    }

    /// Notes it.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        Ok(wrong_passwords::remember(tx, &self.key, self.at, self.until).await?)
    }
}

fn key(daemun: &Daemun, call: &Call, whose: &Whose<'_>) -> Key {
    let account = match whose {
        Whose::Account(uuid) => uuid.to_string(),
        Whose::Nobody(name) => {
            daemun.master.keyed_digest(&format!("nobody {}", name.kind.field()), &name.value)
        }
    };
    Key { app: call.app.id, account, address: address::subject_of(call.client.address) }
}

/// What an operator reads of an attempt that was not looked at.
pub(crate) const fn detail(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Open => None,
        Standing::Delayed => Some("delayed"),
        Standing::Closed => Some("closed"),
    }
}
