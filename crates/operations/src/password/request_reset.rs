//! `password.request_reset`: somebody forgot the password.

use daemun_crypto::digest;
use daemun_model::message::{Secret, Template};
use daemun_model::{Account, AccountUuid, Code, Email, Failure};
use daemun_store::audit::Entry;
use daemun_store::codes::{self, NewCode};
use daemun_store::identifiers::Identifier;
use daemun_store::one_time_tokens::{self, NewToken};
use daemun_store::outbox::{self, NewMessage};
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::Deserialize;

use super::key;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{Queued, Sending};
use crate::operation::{Done, Operation};
use crate::pace::evenly;
use crate::{audit, email, link, mail, secret};

/// Whose password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address of the account. Whether there is one is not told.
    #[schemars(required)]
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "password.request_reset",
        "Send a mail with which a new password can be chosen",
        request_reset,
    )
    .fails(&[Code::Invalid])
}

/// Send a mail with which a new password can be chosen.
///
/// Whether there is an account is not told: the answer is the same, so are the statements that it takes, and it leaves in
/// an even rhythm. Requests are counted for an unknown address as well.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_reset(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let email = email::read(&daemun, &call, input.email.as_deref())?;
    evenly(send(&daemun, &call, email)).await
}

async fn send(daemun: &Daemun, call: &Call, email: Email) -> Result<Done, Failure> {
    let name = Identifier::email(&email);
    let found = accounts::find_by_identifier(&mut daemun.reader(), call.app.id, &name).await?;
    let account = found.map(|found| found.account);
    let reset = Reset::prepare(daemun, call, &email, (account, "password.request_reset"));
    daemun.db.write(async move |tx| reset.write(tx).await).await?;
    daemun.bell.notify_one();
    Ok(Done {})
}

/// What is kept and sent. It is kept for an unknown address too, as a token and a code that nobody has; only the
/// mail is taken back.
pub(crate) struct Reset {
    sending: Sending,
    queued: Queued,
    token: NewToken,
    code: NewCode,
    message: NewMessage,
    entry: Entry,
}

impl Reset {
    /// A mail about an account, if the address is one's, that is asked for by an act.
    pub(crate) fn prepare(
        daemun: &Daemun,
        call: &Call,
        email: &Email,
        (account, act): (Option<Account>, &str),
    ) -> Self {
        let created_at = daemun.clock.now();
        let (app, random) = (call.app.id, &*daemun.random);
        let settings = &daemun.settings;
        let uuid = account.as_ref().map(|account| account.uuid);
        let (token, code) = (secret::link_token(random), secret::code(random));
        let place = key::place(app, email);
        let kept_code = NewCode {
            digest: secret::code_digest(daemun, &place, &code),
            place,
            account: uuid,
            organization: String::new(),
            created_at,
            expires_at: created_at.plus_seconds(settings.code_lifetime),
        };
        let kept_token = NewToken {
            app,
            // Nobody's, and another one each time: all strangers in one row would wait for each other.
            account: uuid.unwrap_or(AccountUuid(random.uuid_v7(created_at))),
            purpose: one_time_tokens::Purpose::ResetPassword,
            digest: digest(&token),
            target: None,
            created_at,
            expires_at: created_at.plus_seconds(settings.reset_link_lifetime),
        };
        let language = mail::language_of(call, account.as_ref());
        let link = link::to_reset(&call.app, kept_token.account, &token, language);
        let what =
            (Template::ResetPassword, Secret { code: Some(code), link: Some(link), ..Secret::default() });
        // The mail goes to the address that the account has, not to the spelling that was typed.
        let to = account.as_ref().and_then(|account| account.email.as_deref()).unwrap_or(email.address());
        let message = mail::with_secret(daemun, call, (account.as_ref(), to), what, kept_token.expires_at);
        let mut entry = audit::done(daemun, call, act, uuid);
        if uuid.is_none() {
            entry.outcome = Code::AccountNotFound.as_str().to_owned();
        }
        let sending = Sending::new(daemun, call, key::place(app, email).purpose.as_str(), email.key());
        let queued = if uuid.is_some() { Queued::Yes } else { Queued::No };
        Self { sending, queued, token: kept_token, code: kept_code, message, entry }
    }

    /// Keeps and queues it.
    ///
    /// # Errors
    /// `too_many_requests` when the address was sent too many: nothing may be kept of the transaction then.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        self.sending.count(tx, self.queued).await?;
        one_time_tokens::replace(tx, &self.token).await?;
        codes::replace(tx, &self.code).await?;
        outbox::insert(tx, &self.message).await?;
        outbox::delete_unaddressed(tx, self.message.id).await?;
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(())
    }
}
