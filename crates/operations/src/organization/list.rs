//! `organization.list`: where one can belong.

use daemun_model::{Failure, Organization};
use daemun_store::organizations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    pub organizations: Vec<Organization>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("organization.list", "List the organisations that members can belong to", list)
        .reads_only()
        .reads_only()
}

/// List the organisations that members can belong to.
///
/// # Errors
/// When the database does not answer.
pub async fn list(daemun: Daemun, call: Call, _: Input) -> Result<Output, Failure> {
    let mut organizations = organizations::list(&mut daemun.reader(), call.app.id).await?;
    super::sort(&mut organizations);
    Ok(Output { organizations })
}
