//! `time_setting.show`: how the caller divides their time.

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
    Operation::new("time_setting.show", "Show the time setting", show)
        .reads_only()
        .caller(CallerRule::Required)
        .fails(&[Code::NotFound])
}

/// Show the caller's time setting.
///
/// # Errors
/// Those of [`operation`]: `not_found` where the caller has none.
pub async fn show(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let account = call.caller()?.account.uuid;
    let found = time_settings::find(&mut daemun.reader(), call.app.id, account).await?;
    Ok(Output { time_setting: found.ok_or(Code::NotFound)? })
}
