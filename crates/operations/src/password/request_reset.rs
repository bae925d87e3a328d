//! `password.request_reset`: somebody forgot the password.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// Whose password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address of the account. Whether there is one is not told.
    #[schemars(required)]
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "password.request_reset",
        "Send a mail with which a new password can be chosen",
        request_reset,
    )
    .fails(&[Code::Invalid])
}

/// Send a mail with which a new password can be chosen.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_reset(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
