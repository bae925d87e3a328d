//! What the database costs, for who watches. Without a recorder in the process nothing happens.

use std::time::Instant;

/// What was done.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// One statement outside a transaction.
    Read,
    /// A transaction, from the call until its answer: the wait for the writer and the flush to the disk are in it.
    Write,
}

/// Notes how long something took that began then.
pub(super) fn note(kind: Kind, began: Instant) {
    let kind = match kind {
        Kind::Read => "read",
        Kind::Write => "write",
    };
    metrics::histogram!("daemun_database_seconds", "kind" => kind).record(began.elapsed());
}

/// Notes how many closures one commit kept.
pub(super) fn batch(writes: u64) {
    metrics::histogram!("daemun_database_batch_writes").record(u32::try_from(writes).unwrap_or(u32::MAX));
}

/// Notes that the database could not be used.
pub(super) fn unavailable() {
    metrics::counter!("daemun_database_unavailable_total").increment(1);
}
