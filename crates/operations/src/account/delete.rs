//! `account.delete`: a member leaves.

use daemun_model::{Account, Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::erase::Erasure;
use super::{is_own_typed, prove_password};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

const ACT: &str = "account.delete";

/// What confirms it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the account: anybody's but the caller's own is forbidden.
    pub id: Option<i64>,
    /// The caller's own e-mail address, as a confirmation: another reads as a wrong password.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The caller's password, as a confirmation.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password: Option<String>,
}

/// The account as it was.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.delete", "Delete the caller's account", delete)
        .caller(CallerRule::Required)
        .pending_caller()
        .fails(&[Code::Invalid, Code::WrongPassword, Code::Forbidden])
}

/// Delete the caller's account: what is personal is erased, its names are free again, its sessions end.
///
/// # Errors
/// Those of [`operation`].
pub async fn delete(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    call.faults.clone().finish()?;
    let account = call.caller()?.account.clone();
    if input.id.is_some_and(|id| id != account.id) {
        return Err(Code::Forbidden.on("id"));
    }
    if !confirm(&daemun, &account, &input).await? {
        let failure = Code::WrongPassword.on("password");
        return Err(audit::refused(&daemun, &call, ACT, Some(account.uuid), failure).await);
    }
    let erasure = Erasure::prepare(&daemun, &call, ACT, &account);
    let erased = daemun.db.write(async move |tx| erasure.write(tx).await).await?;
    if erased { Ok(Output { account }) } else { Err(Code::Unauthenticated.into()) }
}

/// Whether the address and the password are the caller's own, where they are given.
async fn confirm(daemun: &Daemun, account: &Account, input: &Input) -> Result<bool, Failure> {
    if !input.email.as_deref().is_none_or(|typed| is_own_typed(typed, account)) {
        return Ok(false);
    }
    match &input.password {
        Some(typed) => Ok(prove_password(daemun, account, typed).await?.is_some()),
        None => Ok(true),
    }
}
