//! The mail that asks a new member whether the address is theirs.

use daemun_crypto::digest;
use daemun_model::message::{Secret, Template};
use daemun_model::{Account, AccountUuid, Email, Failure};
use daemun_store::Tx;
use daemun_store::one_time_tokens::{self, NewToken, Purpose};
use daemun_store::outbox::{self, NewMessage};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{Queued, Sending};
use crate::{link, mail, secret};

/// What its sendings are counted by.
const PURPOSE: &str = "verify_email";

/// A verification mail and the token of its link.
pub(crate) struct Verification {
    sending: Sending,
    queued: Queued,
    token: NewToken,
    message: NewMessage,
}

impl Verification {
    /// The mail of a sign-up, for an account that has an address.
    pub(crate) fn of(daemun: &Daemun, call: &Call, account: &Account) -> Option<Self> {
        let email = Email::parse(account.email.as_deref()?).ok()?;
        let sending = Sending::of_sign_up(daemun, call, PURPOSE, email.key());
        Some(Self::sent(daemun, call, (sending, Queued::Yes), (&email, Some(account))))
    }

    /// Another mail, for the account whose address waits for it. Without one everything is prepared all the same,
    /// for nobody: only the mail is taken back.
    pub(crate) fn again(daemun: &Daemun, call: &Call, email: &Email, account: Option<&Account>) -> Self {
        let sending = Sending::new(daemun, call, PURPOSE, email.key());
        let queued = if account.is_some() { Queued::Yes } else { Queued::No };
        Self::sent(daemun, call, (sending, queued), (email, account))
    }

    fn sent(
        daemun: &Daemun,
        call: &Call,
        (sending, queued): (Sending, Queued),
        (email, account): (&Email, Option<&Account>),
    ) -> Self {
        let created_at = daemun.clock.now();
        let expires_at = created_at.plus_seconds(daemun.settings.verify_link_lifetime);
        let token = secret::link_token(&*daemun.random);
        let link = link::to_verify(&call.app, &token, mail::language_of(call, account));
        let what = (Template::VerifyEmail, Secret { code: None, link: Some(link), ..Secret::default() });
        // The mail goes to the address that the account has, not to the spelling that was typed.
        let to = account.and_then(|account| account.email.as_deref()).unwrap_or(email.address());
        let nobody = || AccountUuid(daemun.random.uuid_v7(created_at));
        Self {
            sending,
            queued,
            token: NewToken {
                app: call.app.id,
                // Nobody's is another one each time: all strangers in one row would wait for each other.
                account: account.map_or_else(nobody, |account| account.uuid),
                purpose: Purpose::VerifyEmail,
                digest: digest(&token),
                target: Some(email.key().to_owned()),
                created_at,
                expires_at,
            },
            message: mail::with_secret(daemun, call, (account, to), what, expires_at),
        }
    }

    /// Keeps the token and queues the mail.
    ///
    /// # Errors
    /// `too_many_requests` when the address was sent too many: nothing may be kept of the transaction then.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        self.sending.count(tx, self.queued).await?;
        one_time_tokens::replace(tx, &self.token).await?;
        outbox::insert(tx, &self.message).await?;
        Ok(())
    }

    /// As [`Self::write`], where the mail may be nobody's.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub(crate) async fn write_or_seem_to(&self, tx: &mut Tx) -> Result<(), Failure> {
        self.write(tx).await?;
        outbox::delete_unaddressed(tx, self.message.id).await?;
        Ok(())
    }
}
