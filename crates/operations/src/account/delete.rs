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
use crate::relations;

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

/// Delete the caller's account: what is personal is erased, its names and its product key are free again, its
/// sessions and friendships end, it leaves its room.
///
/// # Errors
/// Those of [`operation`].
pub async fn delete(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    call.faults.clone().finish()?;
    let account = Account::clone(&call.caller()?.account);
    let account = relations::of(&daemun, &call, account).await?;
    if input.id.is_some_and(|id| id != account.id) {
        return Err(Code::Forbidden.on("id"));
    }
    confirm(&daemun, &call, &account, &input).await?;
    let erasure = Erasure::prepare(&daemun, &call, ACT, &account);
    let erased = daemun.db.write(async move |tx| erasure.write(tx).await).await?;
    if erased { Ok(Output { account }) } else { Err(Code::Unauthenticated.into()) }
}

/// The address and the password must be the caller's own, where they are given.
async fn confirm(daemun: &Daemun, call: &Call, account: &Account, input: &Input) -> Result<(), Failure> {
    let wrong = Code::WrongPassword.on("password");
    if !input.email.as_deref().is_none_or(|typed| is_own_typed(typed, account)) {
        return Err(audit::refused(daemun, call, ACT, Some(account.uuid), wrong).await);
    }
    if let Some(typed) = &input.password {
        prove_password(daemun, call, typed, (ACT, wrong)).await?;
    }
    Ok(())
}
