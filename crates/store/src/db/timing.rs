//! What the database costs, for who watches. Without a recorder in the process nothing happens.

use std::time::Instant;

use metrics::Histogram;
use tracing::{Level, Span};

/// Where it is noted how long things took: made with the database, as to ask for the numbers by their names takes longer
/// than to read a row.
pub(super) struct Timing {
    /// One statement outside a transaction.
    read: Histogram,
    /// A transaction, from the call until its answer: the wait for the writer and the flush to the disk are in it.
    write: Histogram,
}

impl Timing {
    pub(super) fn new() -> Self {
        Self {
            read: metrics::histogram!("daemun_database_seconds", "kind" => "read"),
            write: metrics::histogram!("daemun_database_seconds", "kind" => "write"),
        }
    }

    /// Notes a read that began then.
    pub(super) fn read(&self, began: Instant) {
        self.read.record(began.elapsed());
    }

    /// Notes a transaction that began then.
    pub(super) fn write(&self, began: Instant) {
        self.write.record(began.elapsed());
    }
}

/// Where spans are that are made for traces only.
const TRACES: &str = "daemun::trace";

/// The span of something in the trace of a request: the statement's text is ours, its values are not told. What the
/// jobs do belongs to no request and is not traced.
pub(super) fn span(name: &'static str, text: &'static str) -> Span {
    let wanted = tracing::span_enabled!(target: TRACES, Level::TRACE)
        && Span::current().metadata().is_some_and(|around| around.target() == TRACES);
    if !wanted {
        return Span::none();
    }
    tracing::trace_span!(target: TRACES, "database", "otel.name" = name, "db.query.text" = text)
}

/// Tells of a statement. Nobody listens but tests that compare what two requests do.
pub(super) fn statement(text: &'static str) {
    tracing::trace!(target: "daemun::statement", text);
}

/// Notes how many closures one commit kept.
pub(super) fn batch(writes: u64) {
    metrics::histogram!("daemun_database_batch_writes").record(u32::try_from(writes).unwrap_or(u32::MAX));
}

/// Notes that the database could not be used.
pub(super) fn unavailable() {
    metrics::counter!("daemun_database_unavailable_total").increment(1);
}
