//! `password.check_reset_code`: the code of a reset mail.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The address and its code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address that the mail went to.
    #[schemars(required)]
    pub email: Option<String>,
    /// The six digits.
    #[schemars(required)]
    pub code: Option<String>,
}

/// What `password.reset` takes in place of the code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Lets the password be chosen once, within ten minutes. The same client address can do so by naming the e-mail address only.
    pub proof: String,
}

pub(crate) fn operation() -> Operation {
    Operation::new("password.check_reset_code", "Check the code of a reset mail", check_reset_code)
        .fails(&[Code::Invalid, Code::CodeInvalid])
}

/// Check the code of a reset mail.
///
/// # Errors
/// Those of [`operation`].
pub async fn check_reset_code(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
