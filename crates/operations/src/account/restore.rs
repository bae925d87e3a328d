//! `account.restore`: an operator opens a suspended account again.

use daemun_model::{Account, Code, Failure, Permission, Status};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::LONGEST_REASON;
use super::status;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whom, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// Why, for the audit: at most 500 characters.
    #[schemars(extend("minLength" = 1, "maxLength" = LONGEST_REASON))]
    pub reason: Option<String>,
}

/// The account as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.restore", "Restore a suspended account", restore)
        .needs(Permission::AccountsWrite)
        .fails(&[Code::Invalid, Code::AccountNotFound, Code::AccountPending, Code::AccountRejected])
}

/// Restore a suspended account. One that is not suspended stays as it is.
///
/// # Errors
/// Those of [`operation`]; `account_pending` and `account_rejected` for an account that was never approved.
pub async fn restore(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let act = ("account.restore", Status::Approved);
    let account = status::set(&daemun, &call, act, input.account, input.reason).await?;
    Ok(Output { account })
}
