//! `password.change`: a new password for somebody who is signed in.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

/// The old password and the new one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The caller's own e-mail address: another reads as a wrong password.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The password until now. Where a contract does not ask for it, the sign-in must be recent.
    #[schemars(extend("x-required-if-taken" = true))]
    pub current_password: Option<String>,
    /// The password from now on: 8 to 256 characters.
    #[schemars(required)]
    pub password: Option<String>,
    /// The new password once more.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password_again: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("password.change", "Change the caller's password", change)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::WrongPassword, Code::ReauthenticationRequired])
}

/// Change the caller's password.
///
/// # Errors
/// Those of [`operation`].
pub async fn change(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
