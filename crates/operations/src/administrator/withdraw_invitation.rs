//! `administrator.withdraw_invitation`: nobody joins by it any more.

use daemun_model::{Code, Failure, Permission};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{invite, of_server};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

/// Whose.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address that was invited.
    #[schemars(required)]
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.withdraw_invitation", "Withdraw an invitation", withdraw_invitation)
        .needs(Permission::AdministratorsWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Withdraw an invitation.
///
/// # Errors
/// Those of [`operation`].
pub async fn withdraw_invitation(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let call = of_server(&daemun, call);
    let mut faults = call.faults.clone();
    faults.require("email", input.email.as_ref());
    faults.finish()?;
    invite::withdraw(daemun, call, &input.email.unwrap_or_default()).await?;
    Ok(Done {})
}
