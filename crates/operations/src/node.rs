//! What this node counts for who runs the server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

/// How often limits kept a call out, by the limit's name. As the metrics it is the process's: two servers in one
/// process, as in tests, share it.
static REACHED: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// A limit that was reached.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reached {
    /// What it counts.
    pub limit: String,
    /// How many calls it kept out; one may count twice.
    pub times: i64,
}

/// Counts a call that a limit kept out.
pub(crate) fn note_limit(limit: &'static str) {
    metrics::counter!("daemun_limits_reached_total", "limit" => limit).increment(1);
    *REACHED.lock().unwrap_or_else(PoisonError::into_inner).entry(limit).or_default() += 1;
}

/// How often each limit was reached since this node started, by the limit's name.
pub(crate) fn reached() -> Vec<Reached> {
    let counts = REACHED.lock().unwrap_or_else(PoisonError::into_inner);
    let number = |times: u64| i64::try_from(times).unwrap_or(i64::MAX);
    let one = |(limit, times): (&&str, &u64)| Reached { limit: (*limit).to_owned(), times: number(*times) };
    counts.iter().map(one).collect()
}
