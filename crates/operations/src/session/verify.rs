//! `session.verify`: is this token still good?

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// What is checked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// An access or refresh token.
    #[schemars(required)]
    pub token: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.verify", "Check a token", verify).fails(&[Code::Invalid, Code::TokenInvalid])
}

/// Check a token.
///
/// # Errors
/// Those of [`operation`].
pub async fn verify(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
