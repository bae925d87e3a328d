//! `administrator.list`: who runs this server.

use daemun_model::{Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Shown, manage, of_server};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The administrators.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The administrators, the first to join first; disabled ones among them.
    pub administrators: Vec<Shown>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.list", "List the administrators of this server", list)
        .needs(Permission::AdministratorsWrite)
}

/// List the administrators of this server.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let call = of_server(&daemun, call);
    call.faults.clone().finish()?;
    let found = manage::list(&daemun, &call).await?;
    Ok(Output { administrators: found.into_iter().map(Shown::from).collect() })
}
