//! What goes on beside requests: sending messages, forgetting what is no longer needed.

use std::sync::Arc;
use std::time::Duration;

use daemun_model::{App, Failure};
use daemun_operations::{Daemun, outbox, purge, statistics, upload};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long the worker sleeps when nobody rings: other nodes write messages too, and failed ones become due again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Time between two purges.
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// Time between two looks for files that nobody has.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// Time between two counts of what happened: an answer counts what came since.
const COUNT_EVERY: Duration = Duration::from_secs(60);
/// Time until the first of them: what a node left that was killed is not kept for long.
const FIRST_TIDY: Duration = Duration::from_secs(5);
/// Time until the first purge: a start has more important things to do.
const FIRST_PURGE: Duration = Duration::from_secs(60);

/// Starts the jobs. Each ends soon after `stopping`, the one that sends after the message it is at.
pub fn start(daemun: &Daemun, apps: &[Arc<App>], stopping: &CancellationToken) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(send(daemun.clone(), stopping.clone())),
        tokio::spawn(forget(daemun.clone(), stopping.clone())),
        tokio::spawn(tidy(daemun.clone(), stopping.clone())),
        tokio::spawn(count(daemun.clone(), apps.to_vec(), stopping.clone())),
    ]
}

async fn send(daemun: Daemun, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        let step = outbox::send_due(&daemun, || stopping.is_cancelled()).await;
        let found_work = step.as_ref().is_ok_and(|step| step.found_work());
        if let Err(failure) = step {
            report(&failure, "the outbox cannot be worked off");
        }
        if !found_work {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = outbox::wait(&daemun, LOOK_AGAIN) => {}
            }
        }
    }
}

async fn forget(daemun: Daemun, stopping: CancellationToken) {
    let mut pause = FIRST_PURGE;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        // It works in small transactions: a stop between two loses nothing.
        let purged = tokio::select! {
            () = stopping.cancelled() => return,
            purged = purge::purge(&daemun) => purged,
        };
        match purged {
            Ok(purged) => tracing::debug!(?purged, "purged"),
            Err(failure) => report(&failure, "old rows cannot be purged"),
        }
        pause = PURGE_EVERY;
    }
}

async fn tidy(daemun: Daemun, stopping: CancellationToken) {
    let mut pause = FIRST_TIDY;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = TIDY_EVERY;
        // What it does is done in steps that any node can go on with.
        let tidied = tokio::select! {
            () = stopping.cancelled() => return,
            tidied = upload::tidy(&daemun) => tidied,
        };
        match tidied {
            Ok(tidied) => tracing::debug!(?tidied, "files are tidy"),
            Err(failure) => report(&failure, "uploaded files cannot be tidied up"),
        }
    }
}

async fn count(daemun: Daemun, apps: Vec<Arc<App>>, stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(COUNT_EVERY) => {}
        }
        for app in &apps {
            // It moves its mark in small transactions: a stop between two loses nothing.
            let counted = tokio::select! {
                () = stopping.cancelled() => return,
                counted = statistics::count::count(&daemun, app) => counted,
            };
            if let Err(failure) = counted {
                report(&failure, "what happened cannot be counted");
            }
        }
    }
}

/// A database that is away for a while is told about where that is noticed, and the job does its work later.
fn report(failure: &Failure, what: &str) {
    match failure {
        Failure::Unavailable { .. } => tracing::warn!(cause = %failure, "{what}"),
        Failure::Invalid(_)
        | Failure::Refused { .. }
        | Failure::TooManyRequests { .. }
        | Failure::Broken(_) => {
            tracing::error!(cause = %failure, "{what}");
        }
    }
}
