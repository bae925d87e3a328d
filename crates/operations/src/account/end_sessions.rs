//! `account.end_sessions`: an operator signs an account out everywhere.

use daemun_model::{Account, Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Whose sessions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// How many sessions were open.
    pub ended: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.end_sessions", "End every session of an account", end_sessions)
        .caller(CallerRule::Administrator)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// End every session of an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn end_sessions(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
