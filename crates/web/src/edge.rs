//! The edge: where a request comes in and its answer leaves.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use daemun_model::{Code, Failure, Random};
use daemun_operations::Client;
use futures_util::FutureExt;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use tracing::Instrument;

use crate::body::{Rest, Watched};
use crate::count;
use crate::headers::{self, Transport};
use crate::log::{Line, Logged};
use crate::proxies::TrustedProxies;
use crate::within::within;
use crate::{answer, request_id, trace};

/// What the edge knows of a request: an extension of it that doors read.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Who sent it.
    pub client: Client,
    /// Its id.
    pub request_id: String,
    /// Until when a door may wait for something: what is left of the request's time then is for saying in the door's
    /// own words that it was too long.
    pub patience: Instant,
}

/// How the edge treats requests.
#[derive(Clone, Debug)]
pub struct FrontOptions {
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: TrustedProxies,
    /// How clients reach us.
    pub transport: Transport,
    /// How long a request may take from its header to its answer.
    pub timeout: Duration,
}

/// The edge itself.
#[derive(Debug)]
pub struct Front {
    options: FrontOptions,
    random: Arc<dyn Random>,
}

/// The longest part of a `User-Agent` that is kept.
const LONGEST_USER_AGENT: usize = 256;

/// What stands in the log, and in the numbers, for a client that went away before its answer: no status of HTTP, but one
/// that logs of servers use.
const HUNG_UP: u16 = 499;

/// The part of a request's time for which a door may wait.
const PATIENCE: f32 = 0.95;

impl Front {
    /// An edge that takes the ids of requests from `random`.
    pub fn new(options: FrontOptions, random: Arc<dyn Random>) -> Self {
        Self { options, random }
    }

    /// How clients reach us.
    pub const fn transport(&self) -> Transport {
        self.options.transport
    }

    /// Answers a request by `door`: gives it its [`Edge`], bounds its time, turns a panic into a 500, and writes
    /// the one log line. Every answer carries the request's id.
    pub async fn serve<F>(
        &self,
        peer: IpAddr,
        request: Request<Body>,
        door: impl FnOnce(Request<Body>) -> F,
    ) -> Response
    where
        F: Future<Output = Response> + Send,
    {
        let started = Instant::now();
        let request_id = request_id::of(request.headers(), &*self.random);
        let method = request.method().clone();
        let arrived = Arc::new(AtomicBool::new(request.body().is_end_stream()));
        let request = self.prepare(peer, request, &request_id, &arrived);

        let unanswered = Unanswered { method: &method, request_id: &request_id, started };
        let span = tracing::info_span!(target: "daemun::request", "request", request_id);
        let traced = trace::begin(&span, &method, &request_id);
        // The door's future is large. It stays where it is, and what wraps it holds a pointer.
        let answered = pin!(door(request));
        let answered = answered.instrument(traced.clone()).instrument(span);
        let answered = AssertUnwindSafe(answered).catch_unwind();
        let mut response = match within(started + self.options.timeout, answered).await {
            Some(Ok(response)) => response,
            Some(Err(_)) => broken(&request_id),
            None if arrived.load(Ordering::Relaxed) => late(&request_id),
            None => too_slow(&request_id),
        };
        unanswered.was_answered();
        headers::protect(response.headers_mut(), self.options.transport);
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(request_id::HEADER, value);
        }
        let mut logged = response.extensions_mut().remove::<Logged>().unwrap_or_default();
        let status = response.status();
        let duration = started.elapsed();
        count::answered(&method, status, duration, &mut logged);
        trace::end(&traced, status, &logged);
        Line { method: &method, status, duration, request_id: &request_id, logged: &logged }.write();
        response
    }

    fn prepare(
        &self,
        peer: IpAddr,
        request: Request<Body>,
        request_id: &str,
        arrived: &Arc<AtomicBool>,
    ) -> Request<Body> {
        let client = Client {
            address: self.options.proxies.client_of(peer, request.headers()),
            user_agent: user_agent(request.headers()),
        };
        let mut request = if arrived.load(Ordering::Relaxed) {
            request
        } else {
            let rest = Rest::of(request.headers());
            request.map(|inner| Body::new(Watched::new(inner, Arc::clone(arrived), rest)))
        };
        let patience = Instant::now() + self.options.timeout.mul_f32(PATIENCE);
        request.extensions_mut().insert(Edge { client, request_id: request_id.to_owned(), patience });
        request
    }
}

/// A request that nobody has answered yet. When its client goes away, everything of it is dropped, and so this.
struct Unanswered<'a> {
    method: &'a Method,
    request_id: &'a str,
    started: Instant,
}

impl Unanswered<'_> {
    fn was_answered(self) {
        std::mem::forget(self);
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        let (method, duration) = (self.method, self.started.elapsed());
        let (Ok(status), mut logged) = (StatusCode::from_u16(HUNG_UP), Logged::default()) else { return };
        count::answered(method, status, duration, &mut logged);
        Line { method, status, duration, request_id: self.request_id, logged: &logged }.write();
    }
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(LONGEST_USER_AGENT).collect())
}

/// The panic hook has written what happened and where; this is the request's own line.
fn broken(request_id: &str) -> Response {
    let logged = Logged::default().failed(&Failure::broken("panicked, as an earlier line tells"));
    logged.on(answer::failure(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal.as_str(), request_id))
}

/// The server took too long.
fn late(request_id: &str) -> Response {
    let logged = Logged { code: Some(Code::Unavailable), ..Logged::default() };
    logged.on(answer::unavailable(1, request_id))
}

/// The client took too long to send the body (RFC 9110 section 15.5.9).
fn too_slow(request_id: &str) -> Response {
    answer::failure(StatusCode::REQUEST_TIMEOUT, "request_timeout", request_id)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use bytes::Bytes;
    use daemun_model::SeededRandom;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    fn front() -> Front {
        let options = FrontOptions {
            proxies: TrustedProxies::parse(&["127.0.0.1"]).unwrap(),
            transport: Transport::Plain,
            timeout: Duration::from_millis(50),
        };
        Front::new(options, Arc::new(SeededRandom::new(1)))
    }

    async fn asked<F: Future<Output = Response> + Send>(
        request: http::request::Builder,
        body: Body,
        door: impl FnOnce(Request<Body>) -> F,
    ) -> (u16, HeaderMap, Value) {
        let request = request.header("x-request-id", "test-4711").body(body).unwrap();
        let response = front().serve(Ipv4Addr::LOCALHOST.into(), request, door).await;
        assert!(response.extensions().get::<Logged>().is_none(), "what the log is told goes no further");
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), head.headers, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_door_knows_the_client_and_the_request() {
        let request =
            Request::get("/").header("x-forwarded-for", "203.0.113.9").header("user-agent", "x".repeat(1000));
        let (status, headers, _) = asked(request, Body::empty(), async |request| {
            let edge = request.extensions().get::<Edge>().cloned().unwrap();
            assert_eq!(edge.client.address.to_string(), "203.0.113.9");
            assert_eq!(edge.client.user_agent.map(|agent| agent.len()), Some(LONGEST_USER_AGENT));
            assert_eq!(edge.request_id, "test-4711");
            Logged::default().on(Response::new(Body::empty()))
        })
        .await;
        assert_eq!((status, &headers["x-request-id"]), (200, &HeaderValue::from_static("test-4711")));
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_says_nothing() {
        let (status, headers, body) =
            asked(Request::get("/"), Body::empty(), async |_| panic!("a secret")).await;
        assert_eq!((status, body), (500, json!({ "error": "internal", "request_id": "test-4711" })));
        assert_eq!(headers["x-request-id"], "test-4711");
    }

    #[tokio::test]
    async fn a_door_that_takes_too_long_is_unavailable() {
        let (status, headers, body) =
            asked(Request::get("/"), Body::empty(), async |_| std::future::pending().await).await;
        assert_eq!((status, &headers["retry-after"]), (503, &HeaderValue::from_static("1")));
        assert_eq!(body, json!({ "error": "unavailable", "request_id": "test-4711" }));
    }

    #[tokio::test]
    async fn a_body_that_is_never_sent_is_the_clients_fault_and_one_that_was_is_not() {
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, axum::Error>>());
        let read = async |request: Request<Body>| {
            request.into_body().collect().await.unwrap();
            std::future::pending().await
        };
        assert_eq!(asked(Request::post("/"), never, read).await.0, 408);
        assert_eq!(asked(Request::post("/"), Body::from("sent"), read).await.0, 503);
    }
}
