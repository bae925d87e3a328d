//! `session.sign_in`: by identifier and password.

use daemun_model::{Account, Code, Failure, Tokens};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Who, and the proof.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address, where members sign in with it.
    pub email: Option<String>,
    /// The user name, where members sign in with it.
    pub preferred_username: Option<String>,
    /// The phone number, where members sign in with it.
    pub phone_number: Option<String>,
    /// The password.
    #[schemars(required)]
    pub password: Option<String>,
}

/// The open session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The tokens of the session that was opened.
    pub tokens: Tokens,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.sign_in", "Sign in with a password", sign_in).fails(&[
        Code::Invalid,
        Code::WrongCredentials,
        Code::AccountPending,
        Code::AccountRejected,
        Code::AccountSuspended,
        Code::EmailNotProven,
    ])
}

/// Sign in with a password.
///
/// # Errors
/// Those of [`operation`].
pub async fn sign_in(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
