//! `email.request_verification`: the verification mail once more.

use daemun_model::{Account, Code, Email, Failure, Reason};
use daemun_store::accounts;
use daemun_store::identifiers::Identifier;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Verification;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};
use crate::pace::evenly;

const ACT: &str = "email.request_verification";

/// Which address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The address to verify, for who is not signed in. Whether somebody has it is not told.
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "email.request_verification",
        "Send the mail that verifies an e-mail address once more",
        request_verification,
    )
    .caller(CallerRule::Optional)
    .pending_caller()
    .fails(&[Code::Invalid])
}

/// Send the mail that verifies an e-mail address once more: to the caller's own, or to the one that is named. The link
/// of the mail before it works no longer.
///
/// Whether there is an account with this address, or it is verified already, is not told: the answer is the same, so
/// are the statements that it takes, and it leaves in an even rhythm.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_verification(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    match &call.caller {
        Some(caller) => {
            call.faults.clone().finish()?;
            let account = Account::clone(&caller.account);
            let Some(email) = account.email.as_deref().and_then(|address| Email::parse(address).ok()) else {
                return Err(Failure::invalid("email", Reason::Required));
            };
            send(&daemun, &call, &email, Some(account)).await
        }
        None => {
            let email = super::read(&daemun, &call, input.email.as_deref())?;
            evenly(async {
                let account = find(&daemun, &call, &email).await?;
                send(&daemun, &call, &email, account).await
            })
            .await
        }
    }
}

async fn send(
    daemun: &Daemun,
    call: &Call,
    email: &Email,
    account: Option<Account>,
) -> Result<Done, Failure> {
    let mut entry = audit::done(daemun, call, ACT, account.as_ref().map(|account| account.uuid));
    if account.is_none() {
        entry.outcome = Code::AccountNotFound.as_str().to_owned();
    }
    let waiting = account.filter(|account| !account.email_verified);
    let mail = Verification::again(daemun, call, email, waiting.as_ref());
    daemun
        .db
        .write(async move |tx| {
            mail.write_or_seem_to(tx).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(())
        })
        .await?;
    daemun.bell.notify_one();
    Ok(Done {})
}

/// Who has the address that was named.
async fn find(daemun: &Daemun, call: &Call, email: &Email) -> Result<Option<Account>, Failure> {
    let name = Identifier::email(email);
    let found = accounts::find_by_identifier(&mut daemun.reader(), call.app.id, &name).await?;
    Ok(found.map(|found| found.account))
}
