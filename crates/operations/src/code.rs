//! One-time codes: trying one counts before it is compared.

use daemun_model::{AccountUuid, Code, Failure, Timestamp};
use daemun_store::Tx;
use daemun_store::codes::{self, Place};
use daemun_store::limits::{Key, Kind};

use crate::daemun::Daemun;
use crate::limits::Counter;
use crate::secret;

/// The failure of a code that is wrong, expired, used, or was tried too often.
pub(crate) const INVALID: Failure = Code::CodeInvalid.on("code");

/// A code that somebody typed.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// Where it is to count.
    pub place: Place,
    /// Its digest there.
    pub digest: String,
    tries: i64,
    /// Counts the wrong ones over all codes of the place.
    wrong: Counter,
    now: Timestamp,
}

impl Typed {
    /// A code as it was typed.
    pub(crate) fn new(daemun: &Daemun, place: Place, typed: &str) -> Self {
        let digest = secret::code_digest(daemun, &place, &secret::read_code(typed));
        let target =
            daemun.master.keyed_digest(&format!("wrong codes {}", place.purpose.as_str()), &place.target);
        let key = Key { app: place.app, kind: Kind::WrongCodes, subject: target };
        let wrong = Counter::new(daemun, key, daemun.settings.limits.wrong_codes);
        Self { place, digest, tries: daemun.settings.code_tries, wrong, now: daemun.clock.now() }
    }

    /// Whether it is the live code of its place, and whose, where it concerns an account. The try is counted: the
    /// transaction must be kept whatever comes out. Where too many were wrong, none is right.
    pub(crate) async fn look_up(&self, tx: &mut Tx) -> Result<Option<Option<AccountUuid>>, Failure> {
        if !self.wrong.try_count(tx).await?
            || !codes::count_try(tx, &self.place, self.tries, self.now).await?
        {
            return Ok(None);
        }
        let found = codes::find_live(tx, &self.place, &self.digest, self.now).await?;
        if found.is_some() {
            self.wrong.take_back(tx).await?;
        }
        Ok(found)
    }

    /// Uses it up, and tells whether this call did it.
    pub(crate) async fn spend(&self, tx: &mut Tx) -> Result<bool, Failure> {
        Ok(codes::spend(tx, &self.place, &self.digest, self.now).await?)
    }
}
