//! `session.sign_out`: the end of a session.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

/// Which session.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// A refresh token of the session to end; left out, it is the caller's session.
    pub refresh_token: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.sign_out", "Sign out", sign_out)
        .caller(CallerRule::Optional)
        .pending_caller()
        .fails(&[Code::Invalid, Code::TokenInvalid, Code::TokenRevoked])
}

/// Sign out.
///
/// # Errors
/// Those of [`operation`].
pub async fn sign_out(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
