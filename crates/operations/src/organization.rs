//! Organisations: who may join is told by the domain of an e-mail address.

pub mod email_domains;
pub mod export;
pub mod import;
pub mod list;
pub mod list_all;
mod plan;
mod row;
pub mod save;

use daemun_model::{App, Code, Failure, Faults, Organization, Reason, organization};
use daemun_store::organizations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::daemun::Daemun;

pub use row::Row;

/// An organisation as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Detailed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is; empty where nobody said.
    pub region: String,
    /// Its e-mail domains in their ASCII form, sorted.
    pub domains: Vec<String>,
}

/// What became, or would become, of one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not there.
    Created,
    /// It was there and is different now.
    Changed,
    /// It was there like this.
    Unchanged,
}

/// The failure of an id that no organisation has.
pub(crate) const UNKNOWN: Failure = Code::NotFound.on("organization");

/// The organisation that a client names by its id; `None` is noted as unknown.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn read(
    daemun: &Daemun,
    app: &App,
    typed: Option<&str>,
    faults: &mut Faults,
) -> Result<Option<Organization>, Failure> {
    let Some(typed) = typed else { return Ok(None) };
    let found = match organization::id(typed) {
        Ok(id) => organizations::find(&mut daemun.reader(), app.id, &id).await?,
        Err(Reason::Blank) => {
            faults.add("organization", Reason::Blank);
            return Ok(None);
        }
        Err(_) => None,
    };
    if found.is_none() {
        faults.add("organization", Reason::Unknown);
    }
    Ok(found)
}

/// By name, then region, then id: the order in which organisations are listed.
fn sort(organizations: &mut [Organization]) {
    organizations.sort_by(|a, b| (&a.name, &a.region, &a.id).cmp(&(&b.name, &b.region, &b.id)));
}
