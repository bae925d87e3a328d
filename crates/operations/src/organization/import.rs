//! `organization.import`: many organisations at once.

use std::collections::BTreeSet;

use daemun_model::{AppId, Code, Failure, Fault, Faults, Permission, Reason};
use daemun_store::Executor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::plan::{Known, Step, note, write};
use super::row::{Row, Wanted};
use super::{Detailed, Outcome};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::idempotency;
use crate::operation::Operation;

const ACT: &str = "organization.import";

/// The most rows of one import.
const MOST: usize = 10_000;

/// The organisations.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The organisations: at most 10,000. Those that are not named stay as they are.
    #[schemars(required)]
    pub organizations: Option<Vec<Row>>,
    /// Whether to tell only what would change.
    pub dry_run: Option<bool>,
    /// Whether rows that are wrong are left out; without it one of them stops all.
    pub skip_invalid: Option<bool>,
}

/// One organisation, and what became of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Imported {
    /// Its place in the list that was sent, from 0.
    pub place: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// The organisation as it is now.
    pub organization: Detailed,
    /// The organisation as it was, where it was there.
    pub before: Option<Detailed>,
}

/// What became of the organisations.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// How many were made.
    pub created: usize,
    /// How many were changed.
    pub changed: usize,
    /// How many were like this.
    pub unchanged: usize,
    /// How many rows were left out.
    pub skipped: usize,
    /// Each of them, in the order in which they were sent.
    pub rows: Vec<Imported>,
    /// What is wrong with the rows that were left out: `organizations.3.name: taken`.
    #[serde(serialize_with = "in_words")]
    #[schemars(with = "Vec<String>")]
    pub faults: Vec<Fault>,
}

fn in_words<S: Serializer>(faults: &[Fault], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(faults.iter().map(|fault| format!("{}: {}", fault.field, fault.reason.as_str())))
}

pub(crate) fn operation() -> Operation {
    Operation::new(ACT, "Keep many organisations at once", import)
        .needs(Permission::OrganizationsWrite)
        .fails(&[Code::Invalid, Code::AlreadyExists])
}

/// Keep many organisations at once: all of them, or none where a row is wrong.
///
/// To import the same rows again changes nothing.
///
/// # Errors
/// Those of [`operation`]; a field is blamed with its row's place, as `organizations.3.name`.
pub async fn import(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let sent = faults.require("organizations", input.organizations.as_ref()).map_or(0, Vec::len);
    if sent > MOST {
        faults.add("organizations", Reason::TooLong { max: MOST });
    }
    faults.finish()?;
    let work = Work::read(&daemun, &call, input);
    match work.dry_run {
        true => Ok(work.plan(&mut daemun.reader()).await?.told(sent)),
        false => {
            let entry = audit::done(&daemun, &call, ACT, None);
            let (now, core) = (daemun.clock.now(), daemun.clone());
            daemun
                .db
                .write_serializable(async move |tx| {
                    let done = work.plan(tx).await?;
                    write(tx, work.app, &done.steps, now).await?;
                    let mut entry = entry.clone();
                    entry.detail = Some(done.summary());
                    daemun_store::audit::insert(tx, &entry).await?;
                    let output = done.told(sent);
                    idempotency::keep(tx, (&core, &call), &output).await?;
                    Ok(output)
                })
                .await
        }
    }
}

/// The rows that could be read, each with its place, and what is wrong with the others.
struct Work {
    app: AppId,
    rows: Vec<(usize, Wanted)>,
    faults: Faults,
    dry_run: bool,
    skip_invalid: bool,
}

impl Work {
    fn read(daemun: &Daemun, call: &Call, input: Input) -> Self {
        let mut faults = Faults::default();
        let read = |(place, row): (usize, &Row)| {
            let wanted = Wanted::read(row, &prefix(place), daemun.random.uuid_v4(), &mut faults);
            wanted.map(|wanted| (place, wanted))
        };
        let rows = input.organizations.iter().flatten().enumerate().filter_map(read).collect();
        Self {
            app: call.app.id,
            rows,
            faults,
            dry_run: input.dry_run.unwrap_or(false),
            skip_invalid: input.skip_invalid.unwrap_or(false),
        }
    }

    /// What the rows make of what is there; where a wrong row stops all, what is wrong.
    async fn plan(&self, on: &mut impl Executor) -> Result<Done, Failure> {
        let known = Known::load(on, self.app).await?;
        let (mut rows, mut faults) = (self.rows.clone(), self.faults.clone());
        loop {
            match known.plan(&rows) {
                Ok(steps) => {
                    if !self.skip_invalid {
                        faults.finish()?;
                        faults = Faults::default();
                    }
                    let places = rows.iter().map(|(place, _)| *place).collect();
                    return Ok(Done { places, steps, faults });
                }
                Err(blamed) => {
                    note(&blamed, prefix, &mut faults);
                    let out: BTreeSet<usize> = blamed.into_iter().map(|(place, _)| place).collect();
                    rows.retain(|(place, _)| !out.contains(place));
                }
            }
        }
    }
}

fn prefix(place: usize) -> String {
    format!("organizations.{place}.")
}

/// What was planned.
struct Done {
    places: Vec<usize>,
    steps: Vec<Step>,
    faults: Faults,
}

impl Done {
    fn count(&self, outcome: Outcome) -> usize {
        self.steps.iter().filter(|step| step.outcome() == outcome).count()
    }

    fn summary(&self) -> String {
        format!("created {} changed {}", self.count(Outcome::Created), self.count(Outcome::Changed))
    }

    fn told(self, sent: usize) -> Output {
        let (created, changed) = (self.count(Outcome::Created), self.count(Outcome::Changed));
        Output {
            created,
            changed,
            unchanged: self.steps.len() - created - changed,
            skipped: sent - self.steps.len(),
            faults: self.faults.iter().cloned().collect(),
            rows: self
                .places
                .into_iter()
                .zip(self.steps)
                .map(|(place, step)| Imported {
                    place,
                    outcome: step.outcome(),
                    organization: step.after,
                    before: step.before,
                })
                .collect(),
        }
    }
}
