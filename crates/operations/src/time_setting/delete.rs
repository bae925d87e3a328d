//! `time_setting.delete`: the caller divides their time no longer.

use daemun_model::{Code, Failure};
use daemun_store::time_settings;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Output;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

pub(crate) fn operation() -> Operation {
    Operation::new("time_setting.delete", "Delete the time setting", delete)
        .caller(CallerRule::Required)
        .fails(&[Code::NotFound])
}

/// Delete the caller's time setting, and answer what it was.
///
/// # Errors
/// Those of [`operation`]: `not_found` where the caller has none.
pub async fn delete(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let (app, account) = (call.app.id, call.caller()?.account.uuid);
    let gone = daemun.db.write(async move |tx| Ok(time_settings::delete(tx, app, account).await?)).await?;
    Ok(Output { time_setting: gone.ok_or(Code::NotFound)? })
}
