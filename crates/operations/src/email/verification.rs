//! The mail that asks a new member whether the address is theirs.

use daemun_crypto::digest;
use daemun_model::message::{Secret, Template};
use daemun_model::{Account, Email, Failure};
use daemun_store::Tx;
use daemun_store::one_time_tokens::{self, NewToken, Purpose};
use daemun_store::outbox::{self, NewMessage};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{Queued, Sending};
use crate::{link, mail, secret};

/// A verification mail and the token of its link.
pub(crate) struct Verification {
    sending: Sending,
    token: NewToken,
    message: NewMessage,
}

impl Verification {
    /// The mail for an account that has an address.
    pub(crate) fn of(daemun: &Daemun, call: &Call, account: &Account) -> Option<Self> {
        let address = account.email.as_deref()?;
        let target = Email::parse(address).ok()?.key().to_owned();
        let created_at = daemun.clock.now();
        let expires_at = created_at.plus_seconds(daemun.settings.verify_link_lifetime);
        let token = secret::link_token(&*daemun.random);
        let link = link::to_verify(&call.app, &token, mail::language_of(call, Some(account)));
        let what = (Template::VerifyEmail, Secret { code: None, link: Some(link), ..Secret::default() });
        Some(Self {
            sending: Sending::of_sign_up(daemun, call, "verify_email", &target),
            token: NewToken {
                app: call.app.id,
                account: account.uuid,
                purpose: Purpose::VerifyEmail,
                digest: digest(&token),
                target: Some(target),
                created_at,
                expires_at,
            },
            message: mail::with_secret(daemun, call, (Some(account), address), what, expires_at),
        })
    }

    /// Keeps the token and queues the mail.
    ///
    /// # Errors
    /// `too_many_requests` when the address was sent too many: nothing may be kept of the transaction then.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        self.sending.count(tx, Queued::Yes).await?;
        one_time_tokens::replace(tx, &self.token).await?;
        outbox::insert(tx, &self.message).await?;
        Ok(())
    }
}
