//! The span of a request in traces. It is made only where somebody traces; the log has a span of its own.

use daemun_model::Code;
use http::{Method, StatusCode};
use tracing::Span;
use tracing::field::Empty;

use crate::log::Logged;

/// Begins it, inside the log's span.
pub(crate) fn begin(inside: &Span, method: &Method, request_id: &str) -> Span {
    tracing::trace_span!(
        target: "daemun::trace",
        parent: inside,
        "request",
        "otel.kind" = "server",
        // A span's name cannot be changed, and the route is known later: `http.route` has it.
        "otel.name" = method.as_str(),
        "otel.status_code" = Empty,
        "http.request.method" = method.as_str(),
        "http.route" = Empty,
        "http.response.status_code" = Empty,
        "daemun.app" = Empty,
        "daemun.code" = Empty,
        "daemun.request_id" = request_id,
    )
}

/// Says how it ended. A client's fault is no error of the server's.
pub(crate) fn end(span: &Span, status: StatusCode, logged: &Logged) {
    if span.is_disabled() {
        return;
    }
    span.record("http.route", logged.route.as_deref().unwrap_or("-"));
    span.record("http.response.status_code", status.as_u16());
    span.record("daemun.app", logged.app.as_deref().unwrap_or("-"));
    if let Some(code) = logged.code {
        span.record("daemun.code", Code::as_str(code));
    }
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
