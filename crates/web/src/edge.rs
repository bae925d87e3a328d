//! The edge: where a request comes in and its answer leaves.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use daemun_model::{Code, Failure, Random};
use daemun_operations::Client;
use futures_util::FutureExt;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body::{Frame, SizeHint};
use tracing::Instrument;

use crate::headers::{self, Transport};
use crate::log::{Line, Logged};
use crate::proxies::TrustedProxies;
use crate::{answer, request_id};

/// What the edge knows of a request: an extension of it that doors read.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Who sent it.
    pub client: Client,
    /// Its id.
    pub request_id: String,
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

impl Front {
    /// An edge that takes the ids of requests from `random`.
    pub fn new(options: FrontOptions, random: Arc<dyn Random>) -> Self {
        Self { options, random }
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

        let span = tracing::info_span!(target: "daemun::request", "request", request_id);
        let answered = AssertUnwindSafe(door(request).instrument(span)).catch_unwind();
        let mut response = match tokio::time::timeout(self.options.timeout, answered).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => broken(&request_id),
            Err(_) if arrived.load(Ordering::Relaxed) => late(&request_id),
            Err(_) => too_slow(&request_id),
        };
        headers::protect(response.headers_mut(), self.options.transport);
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(request_id::HEADER, value);
        }
        let logged = response.extensions_mut().remove::<Logged>().unwrap_or_default();
        let status = response.status();
        Line {
            method: &method,
            status,
            duration: started.elapsed(),
            request_id: &request_id,
            logged: &logged,
        }
        .write();
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
            request.map(|inner| Body::new(Watched { inner, arrived: Arc::clone(arrived) }))
        };
        request.extensions_mut().insert(Edge { client, request_id: request_id.to_owned() });
        request
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

/// A request's body that notes when the whole of it has arrived.
struct Watched {
    inner: Body,
    arrived: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.inner.is_end_stream() {
            self.arrived.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
