//! `account.show`: a profile.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::Shown;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Whose profile.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the account: left out, it is the caller's own.
    pub id: Option<i64>,
}

/// The whole account for its owner, what everybody may see for others.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Shown,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.show", "Show an account", show)
        .caller(CallerRule::Required)
        .pending_caller()
        .fails(&[Code::AccountNotFound])
}

/// Show an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
