//! `app.show`: one app of this server, with its routes.

use daemun_model::{Code, Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Route, Shown};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which app.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Its name.
    #[schemars(required)]
    pub name: Option<String>,
}

/// The app.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The app.
    pub app: Shown,
    /// The routes of its contract, in its order.
    pub routes: Vec<Route>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("app.show", "Show an app of this server", show)
        .needs(Permission::SystemRead)
        .reads_only()
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Show an app of this server.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("name", input.name.as_ref());
    faults.finish()?;
    let name = input.name.unwrap_or_default();
    let found = daemun.served().iter().find(|served| served.app.name == name);
    let found = found.ok_or(Code::NotFound.on("name"))?;
    Ok(Output { app: found.shown(), routes: found.routes.clone() })
}
