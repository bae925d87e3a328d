//! `time_setting.create`: the caller divides their time.

use daemun_model::{Code, Failure, Reason, TimeSetting};
use daemun_store::{accounts, time_settings};

use super::{Minutes, Output, check};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

pub(crate) fn operation() -> Operation {
    Operation::new("time_setting.create", "Make a time setting", create)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::AlreadyExists])
}

/// Make the caller's time setting.
///
/// # Errors
/// Those of [`operation`]: `already_exists` where the caller has one.
pub async fn create(daemun: Daemun, call: Call, input: Minutes) -> Result<Output, Failure> {
    let new = read(&call, &input)?;
    let (app, account) = (call.app.id, call.caller()?.account.uuid);
    let id = daemun
        .db
        .write(async move |tx| {
            if !accounts::hold_approved(tx, app, account).await? {
                return Err(Code::Unauthenticated.into());
            }
            Ok(time_settings::insert(tx, app, account, &new).await?)
        })
        .await?;
    let id = id.ok_or(Code::AlreadyExists)?;
    Ok(Output { time_setting: TimeSetting { id, ..new } })
}

fn read(call: &Call, input: &Minutes) -> Result<TimeSetting, Failure> {
    let mut faults = call.faults.clone();
    let parts = [("total", input.total), ("work", input.work), ("break", input.rest)];
    for (field, minutes) in parts {
        faults.require(field, minutes.as_ref());
    }
    check(&mut faults, parts);
    let [total, work, rest] = parts.map(|(_, minutes)| minutes.unwrap_or_default());
    if faults.is_empty() && work + rest > total {
        faults.add("total", Reason::OutOfRange);
    }
    faults.finish()?;
    Ok(TimeSetting { id: 0, total, work, rest })
}
