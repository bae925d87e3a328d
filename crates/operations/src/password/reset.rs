//! `password.reset`: a new password for somebody who forgot it.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// The proof and the new password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address of the account: needed with a code, and where nothing else is given; else it must fit.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The account that the link names: its uuid (either form) or number. It must fit the token.
    #[schemars(extend("x-required-if-taken" = true))]
    pub uid: Option<String>,
    /// The token of the link in the mail.
    #[schemars(extend("x-required-if-taken" = true))]
    pub token: Option<String>,
    /// The code of the mail.
    pub code: Option<String>,
    /// What `password.check_reset_code` gave.
    #[schemars(extend("x-required-if-taken" = true))]
    pub proof: Option<String>,
    /// The new password: 8 to 256 characters.
    #[schemars(required)]
    pub password: Option<String>,
    /// The new password once more.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password_again: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("password.reset", "Choose a new password with a token, code or proof", reset).fails(&[
        Code::Invalid,
        Code::TokenInvalid,
        Code::CodeInvalid,
        Code::EmailNotProven,
    ])
}

/// Choose a new password with a token, code or proof.
///
/// # Errors
/// Those of [`operation`].
pub async fn reset(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
