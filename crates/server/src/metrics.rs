//! `GET /metrics`: what an operator's Prometheus reads. No label ever names a member.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use daemun_operations::{Daemun, outbox};
use daemun_web::answer;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::listen::Answer;

/// The type of the text format that Prometheus reads.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// Who scrapes must not wait for a database that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two times that samples are summed up: they take memory until then.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// Seconds that answers, hashes and waits are counted by.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Seconds that the database is counted by: a read from memory takes microseconds.
const DATABASE_SECONDS: [f64; 13] =
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];
/// Writes that one commit keeps.
const BATCHES: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// The numbers of this process. Several servers in one process, as in tests, share them.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    daemun: Daemun,
}

/// Begins to count. Done before anything that is counted.
///
/// # Errors
/// Never, unless the buckets above are none.
pub fn start() -> Result<PrometheusHandle, String> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let recorder = recorder().map_err(|error| format!("metrics: {error}"))?;
    let handle = HANDLE.get_or_init(|| recorder.handle()).clone();
    // Two servers may start at the same moment: the first one's is the process's.
    if metrics::set_global_recorder(recorder).is_ok() {
        describe();
        begin_at_zero();
    }
    Ok(handle)
}

/// Counters of what should never happen are there from the start: Prometheus sees no increase in a number that appears.
fn begin_at_zero() {
    for name in ["daemun_database_unavailable_total", "daemun_hash_rejected_total"] {
        counter!(name).absolute(0);
    }
    for why in ["delayed", "closed"] {
        counter!("daemun_passwords_not_looked_at_total", "why" => why).absolute(0);
    }
}

fn recorder() -> Result<metrics_exporter_prometheus::PrometheusRecorder, BuildError> {
    let full = |name: &str| Matcher::Full(name.to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .set_buckets_for_metric(full("daemun_database_seconds"), &DATABASE_SECONDS)?
        .set_buckets_for_metric(full("daemun_database_batch_writes"), &BATCHES)?;
    Ok(builder.build_recorder())
}

fn describe() {
    describe_counter!(
        "daemun_requests_total",
        "Requests, by app, the contract's route, status and failure code ('-' where there is none)"
    );
    describe_histogram!("daemun_request_seconds", "From a request's header to its answer");
    describe_gauge!("daemun_connections", "Open connections");
    describe_gauge!("daemun_hash_queue", "Password hashes at work or waiting");
    describe_gauge!("daemun_hash_queue_places", "As many hashes may be at work or waiting; more are refused");
    describe_histogram!("daemun_hash_wait_seconds", "How long a hash waited for a thread");
    describe_counter!("daemun_hash_rejected_total", "Hashes refused with 503 because too many waited");
    describe_counter!(
        "daemun_limits_reached_total",
        "Calls that a limit kept out, by limit; one may count twice"
    );
    describe_counter!(
        "daemun_passwords_not_looked_at_total",
        "Attempts that answered as a wrong password unseen: delayed, or closed to strangers"
    );
    describe_gauge!("daemun_outbox_waiting", "Messages that wait to be sent");
    describe_gauge!("daemun_outbox_oldest_seconds", "Age of the oldest message that waits");
    describe_counter!("daemun_outbox_attempts_total", "Attempts to send: sent, later or given_up");
    describe_counter!("daemun_sms_reports_total", "What a provider told of text messages, by state");
    describe_histogram!("daemun_database_seconds", "A read, or a write with its wait and its flush");
    describe_histogram!("daemun_database_batch_writes", "Writes that one SQLite commit kept");
    describe_counter!("daemun_database_writes_total", "Transactions that were kept");
    describe_counter!(
        "daemun_database_commits_total",
        "Commits, each one flush: fewer than writes where grouped"
    );
    describe_counter!(
        "daemun_database_unavailable_total",
        "Statements and transactions the database did not take"
    );
    describe_gauge!("daemun_database_up", "Whether the database answered this scrape");
    describe_counter!(
        "daemun_verified_tokens_total",
        "Access tokens whose signature was remembered (hit) or checked (miss)"
    );
    describe_gauge!("daemun_build_info", "1; the label says the version");
    describe_gauge!("process_start_time_seconds", "When the process started: seconds since the epoch");
    describe_gauge!("process_resident_memory_bytes", "Memory of the process");
    describe_gauge!("process_open_fds", "Open files and sockets");
}

impl Metrics {
    /// The numbers of this process, and those that are read from this core when somebody asks.
    pub fn new(handle: PrometheusHandle, daemun: Daemun) -> Self {
        let started = daemun.clock.now().seconds();
        gauge!("process_start_time_seconds").set(exact(started));
        gauge!("daemun_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Self { handle, daemun }
    }

    /// Sums samples up now and then, until `stopping`: nobody may ever scrape.
    pub async fn sum_up(self, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(SUM_UP_EVERY) => self.handle.run_upkeep(),
            }
        }
    }

    /// The numbers as Prometheus reads them.
    pub async fn text(&self) -> Response {
        self.look().await;
        let mut response = Response::new(Body::from(self.handle.render()));
        response.headers_mut().insert(CONTENT_TYPE, TEXT);
        response
    }

    /// Takes what is not counted as it happens.
    async fn look(&self) {
        let hasher = &self.daemun.hasher;
        gauge!("daemun_hash_queue").set(exact(hasher.taken()));
        gauge!("daemun_hash_queue_places").set(exact(hasher.places()));
        let writes = self.daemun.db.write_counts();
        counter!("daemun_database_writes_total").absolute(writes.writes);
        counter!("daemun_database_commits_total").absolute(writes.commits);
        let backlog = tokio::time::timeout(PATIENCE, outbox::backlog(&self.daemun)).await;
        let answered = matches!(backlog, Ok(Ok(_)));
        gauge!("daemun_database_up").set(if answered { 1.0 } else { 0.0 });
        for waiting in backlog.into_iter().flatten().flatten() {
            let channel = waiting.channel.as_str();
            gauge!("daemun_outbox_waiting", "channel" => channel).set(exact(waiting.messages));
            gauge!("daemun_outbox_oldest_seconds", "channel" => channel).set(exact(waiting.oldest_seconds));
        }
        look_at_process();
    }
}

/// Linux tells; elsewhere the two are left out.
fn look_at_process() {
    /// Bytes of a page on every machine that Daemun is built for.
    const PAGE: i64 = 4096;
    let resident = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = resident.as_deref().and_then(|text| text.split(' ').nth(1)?.parse::<i64>().ok());
    if let Some(pages) = pages {
        gauge!("process_resident_memory_bytes").set(exact(pages * PAGE));
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(exact(open.count()));
    }
}

/// A count as a sample: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows nothing but 64-bit floats")]
fn exact(number: impl TryInto<i64>) -> f64 {
    number.try_into().unwrap_or(i64::MAX) as f64
}

/// The listener that is for operators alone: numbers and health, nothing else.
pub struct Watch {
    metrics: Metrics,
    health: Health,
}

impl Watch {
    /// A site of the numbers and the health of one server.
    pub const fn new(metrics: Metrics, health: Health) -> Self {
        Self { metrics, health }
    }
}

impl Answer for Watch {
    async fn answer(self: Arc<Self>, _: IpAddr, request: Request<Body>) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return answer::failure(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "");
        }
        match request.uri().path() {
            "/metrics" => self.metrics.text().await,
            "/healthz" => Health::alive(),
            "/readyz" => self.health.readiness().await,
            _ => answer::failure(StatusCode::NOT_FOUND, "route_not_found", ""),
        }
    }
}
