//! How members divide the time of their work.

pub mod create;
pub mod delete;
pub mod show;
pub mod update;

use daemun_model::time_setting::MOST_MINUTES;
use daemun_model::{Faults, Reason, TimeSetting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Minutes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Minutes {
    /// All of it, in whole minutes: 1 to 1440, and no less than one stretch and one rest together.
    #[schemars(required)]
    pub total: Option<i64>,
    /// One stretch of work, in whole minutes: 1 to 1440.
    #[schemars(required)]
    pub work: Option<i64>,
    /// One rest, in whole minutes: 1 to 1440.
    #[schemars(required)]
    #[serde(rename = "break")]
    pub rest: Option<i64>,
}

/// A time setting.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The caller's time setting.
    pub time_setting: TimeSetting,
}

/// Notes what is outside its range.
fn check(faults: &mut Faults, parts: [(&str, Option<i64>); 3]) {
    for (field, minutes) in parts {
        if minutes.is_some_and(|minutes| !(1..=MOST_MINUTES).contains(&minutes)) {
            faults.add(field, Reason::OutOfRange);
        }
    }
}
