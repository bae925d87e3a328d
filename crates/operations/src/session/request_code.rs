//! `session.request_code`: a code to sign in with.

use daemun_model::message::{Secret, Template};
use daemun_model::{Account, Code, Failure};
use daemun_store::audit::Entry;
use daemun_store::codes::{self, NewCode, Purpose};
use daemun_store::outbox::{self, NewMessage};
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::Deserialize;

use super::code::{Target, refusal};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{PerAddress, Queued, Sending};
use crate::operation::{Done, Operation};
use crate::{audit, mail, secret};

const ACT: &str = "session.request_code";

/// Where the code goes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The phone number, where members sign in with it: a mobile number, in local or international form.
    pub phone_number: Option<String>,
    /// The e-mail address, where members sign in with it.
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new(ACT, "Send a code to sign in with", request_code).fails(&[
        Code::Invalid,
        Code::AccountNotFound,
        Code::AccountPending,
        Code::AccountRejected,
        Code::AccountSuspended,
    ])
}

/// Send a code to sign in with. It takes the place of the last one.
///
/// The answer tells who is a member and of what status: how often an address may be told so is limited, and every
/// limit is asked before anybody is looked up.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_code(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let mut faults = call.faults.clone();
    let typed = (input.phone_number.as_deref(), input.email.as_deref());
    let target = Target::read(&daemun, &call, typed, &mut faults);
    faults.finish()?;
    let target = target.ok_or(Code::Invalid)?;

    let refusals = PerAddress::open_refusals(&daemun, &call);
    let sending = Sending::by(target.channel, &daemun, &call, (Purpose::SignIn.as_str(), &target.name.value));
    refusals.ask(&mut daemun.reader()).await?;
    sending.ask(&mut daemun.reader()).await?;
    let found = accounts::find_by_identifier(&mut daemun.reader(), call.app.id, &target.name).await?;
    let account = match found.map(|found| found.account) {
        None => Err(Code::AccountNotFound.on(target.field)),
        Some(account) => match refusal(account.status, target.field) {
            Some(failure) => Err(failure),
            None => Ok(account),
        },
    };
    let account = match account {
        Ok(account) => account,
        Err(failure) => return Err(refusals.refused(&daemun, &call, ACT, failure).await),
    };
    let work = Work::prepare(&daemun, &call, (&target, &account), (sending, refusals));
    daemun.db.write(async move |tx| work.write(tx).await).await?;
    daemun.bell.notify_one();
    Ok(Done {})
}

/// What the transaction needs.
struct Work {
    sending: Sending,
    refusals: PerAddress,
    code: NewCode,
    message: NewMessage,
    entry: Entry,
}

impl Work {
    fn prepare(
        daemun: &Daemun,
        call: &Call,
        (target, account): (&Target, &Account),
        (sending, refusals): (Sending, PerAddress),
    ) -> Self {
        let created_at = daemun.clock.now();
        let expires_at = created_at.plus_seconds(daemun.settings.code_lifetime);
        let place = target.place(call.app.id);
        let typed = secret::code(&*daemun.random);
        let digest = secret::code_digest(daemun, &place, &typed);
        let secret = Secret { code: Some(typed), ..Secret::default() };
        // It goes to what the account has, not to the spelling that was typed.
        let to = mail::address_of(account, target.channel).unwrap_or_else(|| target.name.value.clone());
        let what = (Template::SignInCode, secret, expires_at);
        let message = mail::sent_by((target.channel, &to), daemun, call, account, what);
        Self {
            sending,
            refusals,
            code: NewCode {
                place,
                digest,
                account: Some(account.uuid),
                organization: String::new(),
                created_at,
                expires_at,
            },
            message,
            entry: audit::done(daemun, call, ACT, Some(account.uuid)),
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        self.refusals.ask(tx).await?;
        self.sending.count(tx, Queued::Yes).await?;
        codes::replace(tx, &self.code).await?;
        outbox::insert(tx, &self.message).await?;
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(())
    }
}
