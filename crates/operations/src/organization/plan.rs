//! What rows would make of the organisations that are there.

use std::collections::{BTreeSet, HashMap, HashSet};

use daemun_model::{AppId, Code, Failure, Faults, Organization, Reason, Timestamp};
use daemun_store::{Executor, Tx, organizations};

use super::row::Wanted;
use super::{Detailed, Outcome};

/// The organisations of an app.
pub(super) struct Known {
    by_id: HashMap<String, Detailed>,
    by_key: HashMap<String, String>,
}

/// One organisation as it shall be.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub after: Detailed,
    pub before: Option<Detailed>,
}

impl Step {
    pub(super) fn outcome(&self) -> Outcome {
        match &self.before {
            None => Outcome::Created,
            Some(before) if *before == self.after => Outcome::Unchanged,
            Some(_) => Outcome::Changed,
        }
    }
}

fn plain(detailed: &Detailed) -> Organization {
    let Detailed { id, name, region, .. } = detailed.clone();
    Organization { id, name, region }
}

impl Known {
    /// Reads all of them.
    pub(super) async fn load(on: &mut impl Executor, app: AppId) -> Result<Self, Failure> {
        let mut domains: HashMap<String, Vec<String>> = HashMap::new();
        for (organization, domain) in organizations::list_domains(on, app).await? {
            domains.entry(organization).or_default().push(domain);
        }
        let (mut by_id, mut by_key) = (HashMap::new(), HashMap::new());
        for organization in organizations::list(on, app).await? {
            let mut domains = domains.remove(&organization.id).unwrap_or_default();
            domains.sort_unstable();
            by_key.insert(organization.key(), organization.id.clone());
            let Organization { id, name, region } = organization;
            by_id.insert(id.clone(), Detailed { id, name, region, domains });
        }
        Ok(Self { by_id, by_key })
    }

    pub(super) fn into_all(self) -> Vec<Detailed> {
        self.by_id.into_values().collect()
    }

    /// What rows make of them. A row is blamed by its place in the list when its id or name stands twice or belongs to
    /// another organisation.
    pub(super) fn plan(&self, rows: &[(usize, Wanted)]) -> Result<Vec<Step>, BTreeSet<(usize, Blame)>> {
        let steps: Vec<Step> = rows.iter().map(|(_, row)| self.step(row)).collect();
        let touched: HashSet<&str> = steps.iter().map(|step| step.after.id.as_str()).collect();
        let mut keys: HashSet<String> = self
            .by_key
            .iter()
            .filter(|(_, id)| !touched.contains(id.as_str()))
            .map(|(key, _)| key.clone())
            .collect();
        let (mut ids, mut blamed) = (HashSet::new(), BTreeSet::new());
        for ((place, row), step) in rows.iter().zip(&steps) {
            if !ids.insert(step.after.id.as_str()) {
                blamed.insert((*place, if row.id.is_some() { Blame::Id } else { Blame::Name }));
            } else if !keys.insert(plain(&step.after).key()) {
                blamed.insert((*place, Blame::Name));
            }
        }
        if blamed.is_empty() { Ok(steps) } else { Err(blamed) }
    }

    fn step(&self, row: &Wanted) -> Step {
        let before = match &row.id {
            Some(id) => self.by_id.get(id),
            None => self.by_key.get(&row.organization(None).key()).and_then(|id| self.by_id.get(id)),
        };
        let organization = row.organization(before.map(plain).as_ref());
        let kept = || before.map(|before| before.domains.clone()).unwrap_or_default();
        let domains = row.domains.clone().unwrap_or_else(kept);
        let Organization { id, name, region } = organization;
        Step { after: Detailed { id, name, region, domains }, before: before.cloned() }
    }
}

/// What of a row is another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Blame {
    Id,
    Name,
}

impl Blame {
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
        }
    }
}

/// Notes what [`Known::plan`] blames.
pub(super) fn note(blamed: &BTreeSet<(usize, Blame)>, prefix: impl Fn(usize) -> String, faults: &mut Faults) {
    for (place, blame) in blamed {
        faults.add(format!("{}{}", prefix(*place), blame.field()), Reason::Taken);
    }
}

/// Writes steps that were planned in the same transaction.
pub(super) async fn write(tx: &mut Tx, app: AppId, steps: &[Step], now: Timestamp) -> Result<(), Failure> {
    // Organisations may change names with each other.
    for step in steps {
        if step.before.as_ref().is_some_and(|before| plain(before).key() != plain(&step.after).key()) {
            organizations::release_name(tx, app, &step.after.id).await?;
        }
    }
    for step in steps {
        let organization = plain(&step.after);
        let kept = match &step.before {
            None => organizations::insert(tx, app, &organization, now).await?,
            Some(before) if plain(before) != organization => {
                organizations::update(tx, app, &organization).await?
            }
            Some(_) => true,
        };
        if !kept {
            return Err(Code::AlreadyExists.on("name"));
        }
        if step.before.as_ref().map_or(&[][..], |before| &before.domains) != step.after.domains {
            organizations::replace_domains(tx, app, &step.after.id, &step.after.domains).await?;
        }
    }
    Ok(())
}
