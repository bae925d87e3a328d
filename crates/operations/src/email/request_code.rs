//! `email.request_code`: an address to be proven before sign-up.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// Which address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The address to prove.
    #[schemars(required)]
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.request_code", "Send a code that proves an e-mail address", request_code)
        .fails(&[Code::Invalid, Code::EmailTaken])
}

/// Send a code that proves an e-mail address.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_code(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
