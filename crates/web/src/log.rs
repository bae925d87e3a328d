//! The one log line of a request.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use daemun_model::{Code, Failure};
use http::{Method, StatusCode};

/// What the door that answered tells the edge for the log. It travels as an extension of the response.
#[derive(Clone, Debug, Default)]
pub struct Logged {
    /// The app's name, where the request reached one.
    pub app: Option<Arc<str>>,
    /// The route's own words (`/accounts/{id:int}`), never the path as it was sent: that may hold a secret.
    pub route: Option<Arc<str>>,
    /// Which operator's program asked, where one did: never its secret.
    pub operator: Option<Arc<str>>,
    /// How the operation failed, where it did.
    pub code: Option<Code>,
    /// Why something is broken: written once, here at the edge, and never sent.
    pub cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Logged {
    /// Notes how the request failed.
    #[must_use]
    pub fn failed(mut self, failure: &Failure) -> Self {
        self.code = Some(failure.code());
        if let Failure::Broken(_) = failure {
            self.cause = Some(Arc::new(failure.clone()));
        }
        self
    }

    /// Puts the note on a response.
    pub fn on(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// Everything the line is made of.
pub(crate) struct Line<'a> {
    pub(crate) method: &'a Method,
    pub(crate) status: StatusCode,
    pub(crate) duration: Duration,
    pub(crate) request_id: &'a str,
    pub(crate) logged: &'a Logged,
}

/// Health checks come every few seconds and say nothing: their lines are written at `debug` only.
pub const PROBE: &str = "probe";

impl Line<'_> {
    /// Writes the line: `error` with the cause where something is broken, else `info`, `debug` for probes.
    pub(crate) fn write(&self) {
        let method = self.method.as_str();
        let status = self.status.as_u16();
        let app = self.logged.app.as_deref().unwrap_or("-");
        let route = self.logged.route.as_deref().unwrap_or("-");
        let operator = self.logged.operator.as_deref();
        let code = self.logged.code.map_or("-", Code::as_str);
        let micros = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX);
        let request_id = self.request_id;
        if let Some(cause) = &self.logged.cause {
            tracing::error!(target: "daemun::request", method, app, route, operator, status, code, micros, request_id, %cause, "broken");
        } else if app == "-" && route == PROBE {
            tracing::debug!(target: "daemun::request", method, status, micros, request_id, "probed");
        } else {
            tracing::info!(target: "daemun::request", method, app, route, operator, status, code, micros, request_id, "answered");
        }
    }
}
