//! How a member divides the time of work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most minutes of each part: a day.
pub const MOST_MINUTES: i64 = 24 * 60;

/// How long a member works altogether, at a stretch, and rests between: whole minutes from 1 to 1440. One stretch
/// and one rest fit into the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeSetting {
    /// Its number.
    pub id: i64,
    /// All of it.
    pub total: i64,
    /// One stretch of work.
    pub work: i64,
    /// One rest.
    #[serde(rename = "break")]
    pub rest: i64,
}
