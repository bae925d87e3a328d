//! `app.list`: the apps of this server.

use daemun_model::{Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Shown;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The apps.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The apps, in the order of the configuration.
    pub apps: Vec<Shown>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("app.list", "List the apps of this server", list)
        .needs(Permission::SystemRead)
        .reads_only()
}

/// List the apps of this server.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    call.faults.clone().finish()?;
    Ok(Output { apps: daemun.served().iter().map(super::Served::shown).collect() })
}
