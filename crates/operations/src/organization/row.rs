//! One organisation as an operator names it.

use daemun_model::{Faults, Organization, Reason, ids, organization};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most e-mail domains of an organisation.
const MOST_DOMAINS: usize = 100;

/// An organisation to be kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Its id: letters, digits, `-` and `_`, at most 64. One that is not there yet is made with it. Without an id the
    /// organisation of this name and region is meant; where there is none, it is made with an id of the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name: 1 to 150 characters.
    #[schemars(required)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is: at most 150 characters. Left out, it stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// All of its e-mail domains, at most 100, each with or without an `@` before it. Left out, they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
}

/// A row that was read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub id: Option<String>,
    /// The id that it gets where it is new and names none.
    pub new_id: String,
    pub name: String,
    pub region: Option<String>,
    pub domains: Option<Vec<String>>,
}

impl Wanted {
    /// Reads a row; what is wrong is noted under the fields' names with `prefix` before them.
    pub(super) fn read(row: &Row, prefix: &str, new_id: Uuid, faults: &mut Faults) -> Option<Self> {
        let before = faults.iter().count();
        let field = |name: &str| format!("{prefix}{name}");
        faults.require(&field("name"), row.name.as_ref());
        // A cell of a table that is left empty names no id.
        let id = row.id.as_deref().filter(|id| !id.trim().is_empty());
        let id = id.and_then(|id| faults.take(&field("id"), organization::id(id)));
        let name = row.name.as_deref().and_then(|name| faults.take(&field("name"), organization::name(name)));
        let region = row.region.as_deref();
        let region = region.and_then(|region| faults.take(&field("region"), organization::region(region)));
        let domains = row.domains.as_deref().map(|domains| read_domains(domains, &field("domains"), faults));
        let name = name?;
        let new_id = ids::to_short(new_id);
        (faults.iter().count() == before).then_some(Self { id, new_id, name, region, domains })
    }

    /// The organisation, where `before` is what is there of it.
    pub(super) fn organization(&self, before: Option<&Organization>) -> Organization {
        let region = self.region.clone().or_else(|| before.map(|before| before.region.clone()));
        let id = before.map(|before| &before.id).or(self.id.as_ref()).unwrap_or(&self.new_id);
        Organization { id: id.clone(), name: self.name.clone(), region: region.unwrap_or_default() }
    }
}

fn read_domains(typed: &[String], field: &str, faults: &mut Faults) -> Vec<String> {
    if typed.len() > MOST_DOMAINS {
        faults.add(field, Reason::TooLong { max: MOST_DOMAINS });
        return Vec::new();
    }
    let read = |(place, domain): (usize, &String)| {
        faults.take(&format!("{field}.{place}"), organization::domain(domain))
    };
    let mut domains: Vec<String> = typed.iter().enumerate().filter_map(read).collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}
