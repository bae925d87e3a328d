//! `administrator.show`: one of those who run this server.

use daemun_model::{Code, Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Shown, manage, of_server};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The uuid or the e-mail address.
    #[schemars(required)]
    pub administrator: Option<String>,
}

/// The administrator.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The administrator.
    pub administrator: Shown,
}

pub(crate) fn operation() -> Operation {
    Operation::new("administrator.show", "Show an administrator", show)
        .needs(Permission::AdministratorsWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Show an administrator.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let call = of_server(&daemun, call);
    let mut faults = call.faults.clone();
    faults.require("administrator", input.administrator.as_ref());
    faults.finish()?;
    let found = manage::find(&daemun, &call, &input.administrator.unwrap_or_default()).await?;
    Ok(Output { administrator: found.into() })
}
