//! What is counted of each request, for who watches. Labels are the contract's words and ours, never the client's.

use std::sync::Arc;
use std::time::Duration;

use daemun_model::Code;
use http::{Method, StatusCode};
use metrics::SharedString;

use crate::log::Logged;

/// Counts an answer.
pub(crate) fn answered(method: &Method, status: StatusCode, duration: Duration, logged: &Logged) {
    let app = label(logged.app.as_ref());
    let route = label(logged.route.as_ref());
    let method = known(method);
    let code = logged.code.map_or("-", Code::as_str);
    metrics::histogram!(
        "daemun_request_seconds",
        "app" => app.clone(), "method" => method, "route" => route.clone()
    )
    .record(duration);
    metrics::counter!(
        "daemun_requests_total",
        "app" => app, "method" => method, "route" => route, "status" => status.as_str().to_owned(), "code" => code
    )
    .increment(1);
}

fn label(name: Option<&Arc<str>>) -> SharedString {
    name.map_or(SharedString::const_str("-"), |name| SharedString::from(Arc::clone(name)))
}

/// A method that somebody made up must not become a label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
