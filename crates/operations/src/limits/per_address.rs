//! Limits of the address that a call comes from.

use daemun_model::Failure;
use daemun_store::limits::{Key, Kind, Limit};
use daemun_store::{Executor, Tx};

use super::{Counter, address};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;

/// One limit of the calling address; nothing where it is exempt.
#[derive(Clone, Debug)]
pub(crate) struct PerAddress(Option<Counter>);

impl PerAddress {
    /// Wrong passwords.
    pub(crate) fn passwords(daemun: &Daemun, call: &Call) -> Self {
        Self::of(daemun, call, Kind::WrongPasswords, daemun.settings.limits.passwords_by_address)
    }

    /// Wrong API keys.
    pub(crate) fn api_keys(daemun: &Daemun, call: &Call) -> Self {
        Self::of(daemun, call, Kind::WrongApiKeys, daemun.settings.limits.passwords_by_address)
    }

    /// Answers that tell whether somebody is a member. Whoever had too many of them gets none of either kind.
    pub(crate) fn open_refusals(daemun: &Daemun, call: &Call) -> Self {
        Self::of(daemun, call, Kind::OpenRefusals, daemun.settings.limits.open_refusals)
    }

    /// Questions about product keys.
    pub(crate) fn product_keys(daemun: &Daemun, call: &Call) -> Self {
        Self::of(daemun, call, Kind::ProductKeys, daemun.settings.limits.product_keys)
    }

    /// Sign-ups, and what they are refused for.
    pub(crate) fn sign_ups(daemun: &Daemun, call: &Call) -> Self {
        Self::of_strangers(daemun, call, Kind::SignUps, daemun.settings.limits.sign_ups)
    }

    /// Permissions to upload a file.
    pub(crate) fn uploads(daemun: &Daemun, call: &Call) -> Self {
        Self::of(daemun, call, Kind::Uploads, daemun.settings.limits.uploads)
    }

    /// Codes and links.
    pub(crate) fn sends(daemun: &Daemun, call: &Call) -> Self {
        if call.operator.is_some() {
            // They are known, and many members ask them.
            return Self(None);
        }
        Self::of_strangers(daemun, call, Kind::SendsByAddress, daemun.settings.limits.sends_by_address)
    }

    fn of(daemun: &Daemun, call: &Call, kind: Kind, limit: Limit) -> Self {
        let address = call.client.address;
        if daemun.settings.limits.exempt.hold(address) {
            return Self(None);
        }
        let key = Key { app: call.app.id, kind, subject: address::subject_of(address) };
        Self(Some(Counter::new(daemun, key, limit)))
    }

    /// As [`Self::of`], but not for this machine itself: there everybody would share one count, behind a proxy
    /// that the configuration does not name.
    fn of_strangers(daemun: &Daemun, call: &Call, kind: Kind, limit: Limit) -> Self {
        match call.client.address.to_canonical().is_loopback() {
            true => Self(None),
            false => Self::of(daemun, call, kind, limit),
        }
    }

    /// What the address is counted under; nothing where it is exempt.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.0.as_ref().map(Counter::subject)
    }

    /// Asks without counting.
    ///
    /// # Errors
    /// `too_many_requests` when the limit is reached.
    pub(crate) async fn ask(&self, on: &mut impl Executor) -> Result<(), Failure> {
        match &self.0 {
            Some(counter) => counter.ask(on).await,
            None => Ok(()),
        }
    }

    /// Counts this call.
    ///
    /// # Errors
    /// `too_many_requests` when the limit is reached.
    pub(crate) async fn count(&self, tx: &mut Tx) -> Result<(), Failure> {
        match &self.0 {
            Some(counter) => counter.count(tx).await,
            None => Ok(()),
        }
    }

    /// Uncounts this call.
    pub(crate) async fn take_back(&self, tx: &mut Tx) -> Result<(), Failure> {
        match &self.0 {
            Some(counter) => counter.take_back(tx).await,
            None => Ok(()),
        }
    }

    /// Counts a refusal, notes it in the audit and gives it back, or `too_many_requests` in its place.
    pub(crate) async fn refused(&self, daemun: &Daemun, call: &Call, act: &str, failure: Failure) -> Failure {
        let Some(entry) = audit::refusal(daemun, call, act, None, &failure) else { return failure };
        let this = self.clone();
        let counted = daemun
            .db
            .write(async move |tx| {
                this.count(tx).await?;
                Ok(daemun_store::audit::insert(tx, &entry).await?)
            })
            .await;
        counted.err().unwrap_or(failure)
    }
}
