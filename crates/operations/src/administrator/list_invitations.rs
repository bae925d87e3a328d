//! `administrator.list_invitations`: who was invited and has not come yet.

use daemun_model::{Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::invite::{self, Invitation};
use super::of_server;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The invitations.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The invitations that wait, the latest first.
    pub invitations: Vec<Invitation>,
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "administrator.list_invitations",
        "List the invitations of administrators",
        list_invitations,
    )
    .needs(Permission::AdministratorsWrite)
}

/// List the invitations of administrators that wait.
///
/// # Errors
/// Those of [`operation`].
pub async fn list_invitations(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let call = of_server(&daemun, call);
    call.faults.clone().finish()?;
    Ok(Output { invitations: invite::list(&daemun, &call).await? })
}
