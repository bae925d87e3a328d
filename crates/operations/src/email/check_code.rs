//! `email.check_code`: the code that proves an address.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// The address and its code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The address that the code went to.
    #[schemars(required)]
    pub email: Option<String>,
    /// The six digits.
    #[schemars(required)]
    pub code: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.check_code", "Check the code that was sent to an e-mail address", check_code)
        .fails(&[Code::Invalid, Code::CodeInvalid])
}

/// Check the code that was sent to an e-mail address.
///
/// # Errors
/// Those of [`operation`].
pub async fn check_code(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
