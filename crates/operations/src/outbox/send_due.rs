//! The worker's step: takes what is due under a lease, sends it, notes what came of it. Any number of nodes may
//! do it at the same time.

use std::time::Duration;

use daemun_delivery::{Outgoing, SendFault};
use daemun_model::message::Channel;
use daemun_model::{Failure, Timestamp};
use daemun_store::outbox::{self, Attempted, Due, Kept};
use uuid::Uuid;

use crate::daemun::Daemun;

/// How many messages of a channel a step looks for.
const AT_ONCE: i64 = 20;
/// Seconds that a worker has for one message before another may take it: longer than any delivery waits.
const LEASE: i64 = 120;
/// Seconds until the next attempt after the first, second, … failed one. After the last the message is given up.
const BACK_OFF: [i64; 10] = [10, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 28_800];

/// Seconds between the tries to note what came of a message: together with a delivery shorter than a lease.
const NOTE_AGAIN: [u64; 6] = [1, 2, 4, 8, 16, 16];

/// What a step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// How many messages left.
    pub sent: u32,
    /// How many are tried again later.
    pub later: u32,
    /// How many were given up.
    pub given_up: u32,
}

impl Step {
    /// Whether it found anything to do: then there may be more at once.
    pub const fn found_work(self) -> bool {
        self.sent + self.later + self.given_up > 0
    }
}

/// Waits until a message was put into the outbox of this node, or `longest` has passed: other nodes write too, and
/// messages that failed become due again.
pub async fn wait(daemun: &Daemun, longest: Duration) {
    // That nothing rang is as good as that something did.
    let _ = tokio::time::timeout(longest, daemun.bell.notified()).await;
}

/// Sends what is due, one message after the other, until nothing is left or `stop` says so between two.
///
/// # Errors
/// When the database does not answer. What was sent and could not be noted is sent again after the lease.
pub async fn send_due(daemun: &Daemun, stop: impl Fn() -> bool) -> Result<Step, Failure> {
    let mut step = Step::default();
    for channel in [Channel::Email, Channel::Sms] {
        if !daemun.delivery.sends(channel) {
            continue;
        }
        let due = due(daemun.clock.now());
        for id in outbox::list_due(&mut daemun.reader(), channel, due, AT_ONCE).await? {
            if stop() {
                return Ok(step);
            }
            match send_one(daemun, id, &stop).await? {
                Some(Attempted::Sent { .. }) => step.sent += 1,
                Some(Attempted::Later { .. }) => step.later += 1,
                Some(Attempted::GivenUp { .. }) => step.given_up += 1,
                None => {}
            }
        }
    }
    Ok(step)
}

fn due(now: Timestamp) -> Due {
    Due { now, lease_ends: now.plus_seconds(LEASE), put_off: now.plus_seconds(longest_pause()) }
}

fn longest_pause() -> i64 {
    BACK_OFF.iter().copied().max().unwrap_or(0)
}

/// Sends one message, unless another worker has it.
async fn send_one(daemun: &Daemun, id: Uuid, stop: &impl Fn() -> bool) -> Result<Option<Attempted>, Failure> {
    let now = daemun.clock.now();
    let claimed = daemun.db.write(async move |tx| Ok(outbox::claim_due(tx, id, due(now)).await?)).await?;
    let Some(kept) = claimed else { return Ok(None) };
    let what = attempt(daemun, &kept, now).await;
    log(&kept, &what);
    note(daemun, &kept, &what, stop).await?;
    Ok(Some(what))
}

/// Notes what came of a message. A database that is away for a moment is waited for as long as the lease allows: what is
/// not noted is sent again.
async fn note(
    daemun: &Daemun,
    kept: &Kept,
    what: &Attempted,
    stop: &impl Fn() -> bool,
) -> Result<(), Failure> {
    let mut pauses = NOTE_AGAIN.into_iter();
    loop {
        let (message, noted, at) = ((kept.id, kept.attempts), what.clone(), daemun.clock.now());
        let done =
            daemun.db.write(async move |tx| Ok(outbox::note_attempt(tx, message, &noted, at).await?)).await;
        match (done, pauses.next()) {
            (Err(Failure::Unavailable { .. }), Some(seconds)) if !stop() => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            (done, _) => return done,
        }
    }
}

async fn attempt(daemun: &Daemun, kept: &Kept, now: Timestamp) -> Attempted {
    let seconds_left = kept.expires_at.map(|expires_at| (expires_at.0 - now.0) / 1_000_000);
    if kept.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Attempted::GivenUp { error: "expired before it was sent".to_owned(), code: None };
    }
    let outgoing = Outgoing { id: kept.id, app: &kept.app, message: &kept.message, seconds_left };
    match daemun.delivery.send(&outgoing).await {
        Ok(receipt) => Attempted::Sent {
            keep_secret: daemun.delivery.keeps_secrets(kept.message.channel),
            provider_id: receipt.provider_id,
            state: receipt.state,
        },
        Err(fault) => after(fault, kept.attempts, now),
    }
}

/// What becomes of a message whose attempt of this number failed. A server that says how long it wants to be left alone is
/// left alone so long, but no longer than anything is put off.
fn after(fault: SendFault, attempts: i64, now: Timestamp) -> Attempted {
    let failed = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let (error, code) = (fault.text, fault.code);
    match BACK_OFF.get(failed) {
        Some(seconds) if !fault.permanent => {
            let asked = fault.retry_after.map_or(0, i64::from).min(longest_pause());
            Attempted::Later { next_at: now.plus_seconds(asked.max(*seconds)), error, code }
        }
        Some(_) | None => Attempted::GivenUp { error, code },
    }
}

/// Which message, never to whom.
fn log(kept: &Kept, what: &Attempted) {
    let (id, app, attempts) = (kept.id, kept.app.as_str(), kept.attempts);
    let template = kept.message.template.as_str();
    let outcome = match what {
        Attempted::Sent { .. } => "sent",
        Attempted::Later { .. } => "later",
        Attempted::GivenUp { .. } => "given_up",
    };
    let channel = kept.message.channel.as_str();
    metrics::counter!(
        "daemun_outbox_attempts_total",
        "app" => kept.app.clone(), "channel" => channel, "outcome" => outcome
    )
    .increment(1);
    match what {
        Attempted::Sent { .. } => tracing::info!(%id, app, template, attempts, "a message was sent"),
        Attempted::Later { error, code, .. } => {
            tracing::warn!(%id, app, template, attempts, error, code, "a message was not sent and is tried again");
        }
        Attempted::GivenUp { error, code } => {
            tracing::error!(%id, app, template, attempts, error, code, "a message was given up");
        }
    }
}
