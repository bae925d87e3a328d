//! `catalog.list`: a whole catalogue, for operators.

use daemun_model::{Catalog, Code, Failure, Permission, Reason};
use schemars::JsonSchema;
use serde::Deserialize;

use super::save::{Output, all};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which catalogue.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `interests` or `professions`.
    #[schemars(required, extend("enum" = Catalog::ALL.map(Catalog::as_str)))]
    pub kind: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("catalog.list", "List a catalogue with what is retired", list)
        .needs(Permission::AccountsRead)
        .fails(&[Code::Invalid])
}

/// List a catalogue with what is retired.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let kind = faults.require("kind", input.kind.as_deref());
    let kind = kind.and_then(|kind| faults.take("kind", Catalog::from_name(kind).ok_or(Reason::NotAChoice)));
    faults.finish()?;
    let kind = kind.ok_or_else(|| Failure::invalid("kind", Reason::Required))?;
    Ok(Output { items: all(&daemun, &call.app, kind).await? })
}
