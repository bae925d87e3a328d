//! `organization.export`: every organisation, as `organization.import` takes them.

use daemun_model::{Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Detailed, list_all};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// Every organisation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The organisations by name, then region.
    pub organizations: Vec<Detailed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("organization.export", "Export the organisations with their e-mail domains", export)
        .needs(Permission::OrganizationsWrite)
}

/// Export the organisations with their e-mail domains. It is a line of the audit.
///
/// # Errors
/// When the database does not answer.
pub async fn export(daemun: Daemun, call: Call, _: Input) -> Result<Output, Failure> {
    let organizations = list_all::all(&daemun, &call).await?;
    let entry = audit::done(&daemun, &call, "organization.export", None);
    daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &entry).await?)).await?;
    Ok(Output { organizations })
}
