//! `account.verify_password`: is it really the caller?

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

/// What is checked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The caller's own e-mail address: another reads as a wrong password.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The caller's password.
    #[schemars(required)]
    pub password: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.verify_password", "Check the caller's password", verify_password)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::WrongPassword])
}

/// Check the caller's password.
///
/// # Errors
/// Those of [`operation`].
pub async fn verify_password(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
