//! `organization.list_all`: every organisation with its domains, for operators.

use daemun_model::{Failure, Permission};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Detailed;
use super::plan::Known;
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
    Operation::new("organization.list_all", "List the organisations with their e-mail domains", list_all)
        .needs(Permission::OrganizationsWrite)
}

/// List the organisations with their e-mail domains.
///
/// # Errors
/// When the database does not answer.
pub async fn list_all(daemun: Daemun, call: Call, _: Input) -> Result<Output, Failure> {
    Ok(Output { organizations: all(&daemun, &call).await? })
}

/// Every organisation, by name, then region.
pub(super) async fn all(daemun: &Daemun, call: &Call) -> Result<Vec<Detailed>, Failure> {
    let mut organizations = Known::load(&mut daemun.reader(), call.app.id).await?.into_all();
    organizations.sort_by(|a, b| (&a.name, &a.region, &a.id).cmp(&(&b.name, &b.region, &b.id)));
    Ok(organizations)
}
