//! `email.verify`: the link of a verification mail.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// The token.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The token of the link.
    #[schemars(required)]
    pub token: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.verify", "Verify an e-mail address with the token of its mail", verify)
        .fails(&[Code::Invalid, Code::TokenInvalid])
}

/// Verify an e-mail address with the token of its mail.
///
/// # Errors
/// Those of [`operation`].
pub async fn verify(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
