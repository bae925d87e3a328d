//! `account.delete`: a member leaves.

use daemun_model::{Account, Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

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

/// Delete the caller's account.
///
/// # Errors
/// Those of [`operation`].
pub async fn delete(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
