//! `administrator.change_role`: what an administrator is there for from now on.

use daemun_model::{Code, Failure, Permission, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{manage, of_server, read_role, show};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whose role, and which.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The uuid or the e-mail address.
    #[schemars(required)]
    pub administrator: Option<String>,
    /// The role: `owner`, `operator`, `moderator` or `auditor`.
    #[schemars(required, extend("enum" = Role::ALL))]
    pub role: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.change_role", "Give an administrator another role", change_role)
        .needs(Permission::AdministratorsWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Give an administrator another role; their sessions end.
///
/// # Errors
/// Those of [`operation`]; `forbidden` also where no owner would be left, and for a role that may what the caller may not.
pub async fn change_role(daemun: Daemun, call: Call, input: Input) -> Result<show::Output, Failure> {
    let call = of_server(&daemun, call);
    let mut faults = call.faults.clone();
    faults.require("administrator", input.administrator.as_ref());
    let role = read_role(&mut faults, input.role.as_ref());
    faults.finish()?;
    let role = role.ok_or(Code::Invalid)?;
    let found = manage::find(&daemun, &call, &input.administrator.unwrap_or_default()).await?;
    manage::change_role(daemun.clone(), call.clone(), found.uuid, role).await?;
    let now = manage::find(&daemun, &call, &found.uuid.to_string()).await?;
    Ok(show::Output { administrator: now.into() })
}
