//! `account.send_reset`: an operator sends a member the mail with which a new password can be chosen.

use daemun_model::{Account, Code, Email, Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::idempotency;
use crate::operation::Operation;
use crate::password::request_reset::Reset;

/// To whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// Who is written to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// When the link in the mail stops working, in seconds.
    pub expires_in: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.send_reset", "Send a member the mail to choose a new password", send_reset)
        .needs(Permission::AccountsWrite)
        .fails(&[Code::Invalid, Code::AccountNotFound, Code::NotFound])
}

/// Send a member the mail to choose a new password. It counts like one that the member asked for: to one address there is
/// one a minute. The operator never sees what is in it.
///
/// # Errors
/// Those of [`operation`]; `not_found` on `email` for an account without an address.
pub async fn send_reset(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    let email = account.email.as_deref().and_then(|address| Email::parse(address).ok());
    let email = email.ok_or(Code::NotFound.on("email"))?;
    let reset = Reset::prepare(&daemun, &call, &email, (Some(account.clone()), "account.send_reset"));
    let output = Output { account, expires_in: daemun.settings.reset_link_lifetime };
    let (core, told) = (daemun.clone(), output.clone());
    daemun
        .db
        .write(async move |tx| {
            reset.write(tx).await?;
            idempotency::keep(tx, (&core, &call), &told).await
        })
        .await?;
    daemun.bell.notify_one();
    Ok(output)
}
