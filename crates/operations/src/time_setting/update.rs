//! `time_setting.update`: the caller divides their time anew.

use daemun_model::{Code, Failure, Reason};
use daemun_store::time_settings::{self, Changes};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Output, check};
use crate::call::Call;
use crate::change::Change;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// The minutes that change: what is left out stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// All of it, in whole minutes: 1 to 1440, and no less than one stretch and one rest together.
    #[serde(default)]
    pub total: Change<i64>,
    /// One stretch of work, in whole minutes: 1 to 1440.
    #[serde(default)]
    pub work: Change<i64>,
    /// One rest, in whole minutes: 1 to 1440.
    #[serde(default, rename = "break")]
    pub rest: Change<i64>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("time_setting.update", "Change the time setting", update)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Change the caller's time setting.
///
/// # Errors
/// Those of [`operation`]: `not_found` where the caller has none.
pub async fn update(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let changes = read(&call, &input)?;
    let (app, account) = (call.app.id, call.caller()?.account.uuid);
    let changed = daemun
        .db
        .write(async move |tx| {
            if let Some(changed) = time_settings::update(tx, app, account, &changes).await? {
                return Ok(changed);
            }
            match time_settings::find(tx, app, account).await? {
                Some(_) => Err(Failure::invalid("total", Reason::OutOfRange)),
                None => Err(Code::NotFound.into()),
            }
        })
        .await?;
    Ok(Output { time_setting: changed })
}

fn read(call: &Call, input: &Input) -> Result<Changes, Failure> {
    let mut faults = call.faults.clone();
    let mut part = |field: &str, change: &Change<i64>| match change {
        Change::Keep => None,
        Change::Clear => {
            faults.add(field, Reason::Required);
            None
        }
        Change::Set(minutes) => Some(*minutes),
    };
    let changes = Changes {
        total: part("total", &input.total),
        work: part("work", &input.work),
        rest: part("break", &input.rest),
    };
    check(&mut faults, [("total", changes.total), ("work", changes.work), ("break", changes.rest)]);
    faults.finish()?;
    Ok(changes)
}
