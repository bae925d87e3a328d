//! `password.reset`: a new password for somebody who forgot it.

use daemun_crypto::digest;
use daemun_crypto::password_rules::{FEWEST, MOST};
use daemun_model::message::Template;
use daemun_model::{Account, AppId, Code, Email, Failure, Faults, Reason, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::one_time_tokens::{self, Purpose};
use daemun_store::outbox::{self, NewMessage};
use daemun_store::sessions::{self, EndedWhy};
use daemun_store::{Tx, accounts, codes, proofs, wrong_passwords};
use schemars::JsonSchema;
use serde::Deserialize;

use super::key::{self, Key};
use crate::account::is_own;
use crate::call::Call;
use crate::code::Typed;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};
use crate::rules::Reading;
use crate::{audit, mail};

const ACT: &str = "password.reset";

/// The proof and the new password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address of the account: needed with a code, and where nothing else is given; else it must fit.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The account that the link names: its uuid (either form) or number. It must fit the token.
    #[schemars(extend("x-required-if-taken" = true))]
    pub uid: Option<String>,
    /// The token of the link in the mail.
    #[schemars(extend("x-required-if-taken" = true))]
    pub token: Option<String>,
    /// The code of the mail.
    pub code: Option<String>,
    /// What `password.check_reset_code` gave.
    #[schemars(extend("x-required-if-taken" = true))]
    pub proof: Option<String>,
    /// The new password.
    #[schemars(required, extend("minLength" = FEWEST, "maxLength" = MOST))]
    pub password: Option<String>,
    /// The new password once more.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password_again: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("password.reset", "Choose a new password with a token, code or proof", reset).fails(&[
        Code::Invalid,
        Code::TokenInvalid,
        Code::CodeInvalid,
        Code::EmailNotProven,
    ])
}

/// Choose a new password with a token, code or proof.
///
/// The key is spent only when the new password passes its rules. The new password ends every session, and the
/// account's owner is told.
///
/// # Errors
/// Those of [`operation`].
pub async fn reset(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let (email, key) = read(&daemun, &call, &input)?;
    let account = match open(&daemun, &call, &input, email.as_ref(), &key).await {
        Ok(account) => account,
        Err(failure) => return Err(audit::refused(&daemun, &call, ACT, None, failure).await),
    };
    // Only now is it known whose names the password must not equal.
    let mut reading = Reading { app: &call.app, now: daemun.clock.now(), faults: Faults::default() };
    let password = reading.new_password(input.password.as_deref(), None, Some(&account));
    reading.faults.finish()?;
    let Some(password) = password else { return Err(Failure::invalid("password", Reason::Required)) };
    let hash = daemun.hasher.hash(password).await?;

    let uuid = account.uuid;
    let work = Work::prepare(&daemun, &call, account, key, hash);
    if let Err(failure) = daemun.db.write(async move |tx| work.write(tx).await).await {
        return Err(audit::refused(&daemun, &call, ACT, Some(uuid), failure).await);
    }
    daemun.bell.notify_one();
    Ok(Done {})
}

/// The address, where one is given, and the key: of several the token counts before the proof before the code, and
/// the address alone where there is nothing else.
fn read(daemun: &Daemun, call: &Call, input: &Input) -> Result<(Option<Email>, Key), Failure> {
    let mut reading = Reading { app: &call.app, now: daemun.clock.now(), faults: call.faults.clone() };
    reading.faults.require("password", input.password.as_ref());
    reading.new_password(input.password.as_deref(), input.password_again.as_deref(), None);
    let email = input.email.as_deref().and_then(|typed| reading.email(typed));
    let key = if let Some(token) = &input.token {
        Some(Key::Token { purpose: Purpose::ResetPassword, digest: digest(token) })
    } else if let Some(proof) = &input.proof {
        Some(Key::Token { purpose: Purpose::ResetProof, digest: digest(proof) })
    } else {
        match (&email, &input.code) {
            (Some(email), Some(code)) => {
                Some(Key::Code(Typed::new(daemun, key::place(call.app.id, email), code)))
            }
            (Some(email), None) => Some(key::of_address(call, email)),
            (None, _) => None,
        }
    };
    // Where the address is the only way to say who it is, its own fault says enough.
    if key.is_none() && !reading.faults.blames("email") {
        reading.faults.add(if input.code.is_some() { "email" } else { "token" }, Reason::Required);
    }
    reading.faults.finish()?;
    Ok((email, key.ok_or_else(|| Failure::invalid("token", Reason::Required))?))
}

/// The account that the key opens, which must be the one that the input names.
async fn open(
    daemun: &Daemun,
    call: &Call,
    input: &Input,
    email: Option<&Email>,
    key: &Key,
) -> Result<Account, Failure> {
    let account = key.find_account(daemun, &call.app).await?;
    let own = |given: &Email| is_own(given, &account);
    let fits = email.is_none_or(own) && input.uid.as_deref().is_none_or(|uid| key::names(uid, &account));
    if fits { Ok(account) } else { Err(key.failure()) }
}

/// What the transaction needs.
struct Work {
    app: AppId,
    account: Account,
    email: Option<Email>,
    key: Key,
    hash: String,
    notice: Option<NewMessage>,
    entry: Entry,
    now: Timestamp,
}

impl Work {
    fn prepare(daemun: &Daemun, call: &Call, account: Account, key: Key, hash: String) -> Self {
        Self {
            app: call.app.id,
            email: account.email.as_deref().and_then(|address| Email::parse(address).ok()),
            notice: mail::notice(daemun, call, &account, Template::PasswordChanged),
            entry: audit::done(daemun, call, ACT, Some(account.uuid)),
            now: daemun.clock.now(),
            account,
            key,
            hash,
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        let uuid = self.account.uuid;
        wrong_passwords::reopen(tx, self.app, uuid).await?;
        if !self.key.spend(tx, self.app, self.now).await?
            || !accounts::update_password(tx, self.app, uuid, &self.hash).await?
        {
            return Err(self.key.failure());
        }
        self.withdraw_other_keys(tx).await?;
        // Every key came by a mail to this address.
        if let Some(address) = &self.account.email {
            accounts::mark_email_verified(tx, self.app, uuid, address).await?;
        }
        sessions::end_all(tx, self.app, uuid, EndedWhy::NewPassword, self.now).await?;
        if let Some(notice) = &self.notice {
            outbox::insert(tx, notice).await?;
        }
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(())
    }

    /// A mail carries a link and a code: when one was used the other must not be.
    async fn withdraw_other_keys(&self, tx: &mut Tx) -> Result<(), Failure> {
        let uuid = self.account.uuid;
        one_time_tokens::delete(tx, self.app, uuid, Purpose::ResetPassword).await?;
        one_time_tokens::delete(tx, self.app, uuid, Purpose::ResetProof).await?;
        if let Some(email) = &self.email {
            let place = key::place(self.app, email);
            codes::delete(tx, &place).await?;
            proofs::delete(tx, &place).await?;
        }
        Ok(())
    }
}
