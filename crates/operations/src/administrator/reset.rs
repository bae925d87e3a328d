//! `administrator.reset`: lets an administrator choose password and authenticator app anew.

use daemun_model::{Code, Failure, Permission, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Shown, manage, of_server, show};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// What was done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The administrator.
    pub administrator: Shown,
    /// Until when the link that was mailed works. A program never gets the link itself.
    pub expires_at: Timestamp,
}

pub(crate) fn operation() -> Operation {
    Operation::new(
        "administrator.reset",
        "Let an administrator choose password and authenticator app anew",
        reset,
    )
    .needs(Permission::AdministratorsWrite)
    .fails(&[Code::Invalid, Code::NotFound, Code::SelfNotAllowed])
}

/// Let an administrator choose password and authenticator app anew, by a link that is mailed to them; a disabled one is let
/// in again by it.
///
/// # Errors
/// Those of [`operation`]; `forbidden` also for one who may what the caller may not.
pub async fn reset(daemun: Daemun, call: Call, input: show::Input) -> Result<Output, Failure> {
    let call = of_server(&daemun, call);
    let found = show::show(daemun.clone(), call.clone(), input).await?.administrator;
    let made = manage::reset(daemun.clone(), call.clone(), found.uuid).await?;
    let now = manage::find(&daemun, &call, &found.uuid.to_string()).await?;
    Ok(Output { administrator: now.into(), expires_at: made.expires_at })
}
