//! `account.suspend`: an operator closes an account.

use daemun_model::{Account, Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Whom, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// Why, for the audit: at most 500 characters.
    pub reason: Option<String>,
}

/// The account as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.suspend", "Suspend an account and end its sessions", suspend)
        .caller(CallerRule::Administrator)
        .fails(&[Code::Invalid, Code::AccountNotFound, Code::AlreadyDecided])
}

/// Suspend an account and end its sessions.
///
/// # Errors
/// Those of [`operation`].
pub async fn suspend(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
