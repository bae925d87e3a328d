//! What the log says while the database cannot be used: a line at once, another every ten seconds, and one when it is over.
//! Every request that is refused meanwhile has its own line all the same, with the code `unavailable`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing more is said.
const SILENCE: Duration = Duration::from_secs(10);
/// How long nothing may fail until it is over: between two failures some may succeed.
const CALM: Duration = Duration::from_secs(1);

/// Whether there is an outage: all that a request pays while there is none.
static ON: AtomicBool = AtomicBool::new(false);
static OUTAGE: Mutex<Option<Outage>> = Mutex::new(None);

struct Outage {
    since: Instant,
    failed: Instant,
    told: Instant,
    failures: u64,
}

impl Outage {
    /// Whether this failure is told.
    fn failed(outage: &mut Option<Self>, now: Instant) -> bool {
        let Some(outage) = outage else {
            *outage = Some(Self { since: now, failed: now, told: now, failures: 1 });
            return true;
        };
        outage.failures += 1;
        outage.failed = now;
        let tells = now.duration_since(outage.told) >= SILENCE;
        if tells {
            outage.told = now;
        }
        tells
    }

    /// How long the outage was and what failed in it, if this success is its end.
    fn worked(outage: &mut Option<Self>, now: Instant) -> Option<(Duration, u64)> {
        let over = outage.take_if(|outage| now.duration_since(outage.failed) >= CALM)?;
        Some((over.failed.duration_since(over.since), over.failures))
    }
}

/// Tells that the database could not be used, unless that was told just now.
pub(super) fn failed(cause: &str) {
    ON.store(true, Ordering::Relaxed);
    let mut outage = OUTAGE.lock().unwrap_or_else(PoisonError::into_inner);
    if Outage::failed(&mut outage, Instant::now()) {
        let failures = outage.as_ref().map_or(1, |outage| outage.failures);
        tracing::warn!(cause, failures, "the database cannot be used now");
    }
}

/// Notes that the database was of use, and tells so where it was not before.
pub(super) fn worked() {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    let mut outage = OUTAGE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((time, failures)) = Outage::worked(&mut outage, Instant::now()) {
        ON.store(false, Ordering::Relaxed);
        tracing::warn!(seconds = time.as_secs(), failures, "the database can be used again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_at_its_beginning_now_and_then_and_at_its_end() {
        let began = Instant::now();
        let at = |tenths: u64| began + Duration::from_millis(100 * tenths);
        let mut outage = None;
        assert_eq!(Outage::worked(&mut outage, at(0)), None, "nothing was wrong");
        let told: Vec<u64> = (0..250).filter(|tenth| Outage::failed(&mut outage, at(*tenth))).collect();
        assert_eq!(told, [0, 100, 200]);
        assert_eq!(Outage::worked(&mut outage, at(250)), None, "another may fail yet");
        assert_eq!(Outage::worked(&mut outage, at(260)), Some((Duration::from_millis(24_900), 250)));
        assert_eq!(Outage::worked(&mut outage, at(270)), None, "it is told once");
        assert!(Outage::failed(&mut outage, at(280)), "the next one is told at once");
    }
}
