//! `organization.email_domains`: which e-mail addresses an organisation gives out.

use daemun_model::{Code, Failure};
use daemun_store::organizations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which organisation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Its id.
    #[schemars(required)]
    pub organization: Option<String>,
}

/// Its domains.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The e-mail domains in their ASCII form, sorted.
    pub domains: Vec<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("organization.email_domains", "List the e-mail domains of an organisation", email_domains)
        .reads_only()
        .reads_only()
        .fails(&[Code::Invalid, Code::NotFound])
}

/// List the e-mail domains of an organisation.
///
/// # Errors
/// Those of [`operation`].
pub async fn email_domains(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("organization", input.organization.as_ref());
    let found = super::read(&daemun, &call.app, input.organization.as_deref(), &mut faults).await?;
    faults.finish()?;
    let organization = found.ok_or(super::UNKNOWN)?;
    let domains = organizations::find_domains(&mut daemun.reader(), call.app.id, &organization.id).await?;
    Ok(Output { domains })
}
