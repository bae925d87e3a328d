//! `organization.save`: one organisation, new or changed.

use daemun_model::{Code, Failure, Faults, Permission};
use schemars::JsonSchema;
use serde::Serialize;

use super::plan::{Known, write};
use super::row::{Row, Wanted};
use super::{Detailed, Outcome};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::idempotency;
use crate::operation::Operation;

const ACT: &str = "organization.save";

/// The organisation as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The organisation.
    pub organization: Detailed,
    /// What became of it.
    pub outcome: Outcome,
}

pub(crate) fn operation() -> Operation {
    Operation::new(ACT, "Keep an organisation, new or changed", save)
        .needs(Permission::OrganizationsWrite)
        .fails(&[Code::Invalid, Code::AlreadyExists])
}

/// Keep an organisation, new or changed.
///
/// # Errors
/// Those of [`operation`]; `already_exists` when another one has its name and region.
pub async fn save(daemun: Daemun, call: Call, input: Row) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let wanted = Wanted::read(&input, "", daemun.random.uuid_v4(), &mut faults);
    faults.finish()?;
    let Some(wanted) = wanted else { return Err(Failure::from(Faults::default())) };
    let (app, now) = (call.app.id, daemun.clock.now());
    let entry = audit::done(&daemun, &call, ACT, None);
    let rows = vec![(0, wanted)];
    let core = daemun.clone();
    daemun
        .db
        .write_serializable(async move |tx| {
            let planned = Known::load(tx, app).await?.plan(&rows);
            let Some(step) = planned.ok().and_then(|mut steps| steps.pop()) else {
                return Err(Code::AlreadyExists.on("name"));
            };
            write(tx, app, std::slice::from_ref(&step), now).await?;
            let mut entry = entry.clone();
            entry.detail = Some(step.after.id.clone());
            daemun_store::audit::insert(tx, &entry).await?;
            let output = Output { outcome: step.outcome(), organization: step.after };
            idempotency::keep(tx, (&core, &call), &output).await?;
            Ok(output)
        })
        .await
}
