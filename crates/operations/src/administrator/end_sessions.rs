//! `administrator.end_sessions`: signs an administrator out everywhere.

use daemun_model::{Code, Failure, Permission};
use schemars::JsonSchema;
use serde::Serialize;

use super::{manage, of_server, show};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// What was done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// How many browsers were signed out.
    pub ended: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.end_sessions", "Sign an administrator out everywhere", end_sessions)
        .needs(Permission::AdministratorsWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Sign an administrator out everywhere, at once and on every node.
///
/// # Errors
/// Those of [`operation`]; `forbidden` also for one who may what the caller may not.
pub async fn end_sessions(daemun: Daemun, call: Call, input: show::Input) -> Result<Output, Failure> {
    let call = of_server(&daemun, call);
    let found = show::show(daemun.clone(), call.clone(), input).await?.administrator;
    let ended = manage::end_sessions(daemun, call, found.uuid).await?;
    Ok(Output { ended: i64::try_from(ended).unwrap_or(i64::MAX) })
}
