//! What is counted of each request, for who watches. Labels are the contract's words and ours, never the client's.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use daemun_model::Code;
use http::{Method, StatusCode};
use metrics::{Counter, Histogram, SharedString};

use crate::log::Logged;

/// What an answer counts for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    app: Option<Arc<str>>,
    route: Option<Arc<str>>,
    method: &'static str,
    status: StatusCode,
    code: &'static str,
}

/// The counters of a kind of answer.
struct Counts {
    seconds: Histogram,
    answers: Counter,
}

thread_local! {
    /// The counters that this thread has used, as many as there are routes, statuses and codes: to ask the registry
    /// takes longer than to count.
    static USED: RefCell<HashMap<Kind, Counts>> = RefCell::default();
}

/// Counts an answer.
pub(crate) fn answered(method: &Method, status: StatusCode, duration: Duration, logged: &mut Logged) {
    // Lent, not cloned: all threads count by the same names.
    let kind = Kind {
        app: logged.app.take(),
        route: logged.route.take(),
        method: known(method),
        status,
        code: logged.code.map_or("-", Code::as_str),
    };
    USED.with_borrow_mut(|used| {
        if let Some(counts) = used.get(&kind) {
            counts.note(duration);
        } else {
            used.entry(kind.clone()).or_insert_with_key(Counts::of).note(duration);
        }
    });
    (logged.app, logged.route) = (kind.app, kind.route);
}

impl Counts {
    fn of(kind: &Kind) -> Self {
        let (app, route) = (label(kind.app.as_ref()), label(kind.route.as_ref()));
        let Kind { method, status, code, .. } = *kind;
        let seconds = metrics::histogram!(
            "daemun_request_seconds",
            "app" => app.clone(), "method" => method, "route" => route.clone()
        );
        let answers = metrics::counter!(
            "daemun_requests_total",
            "app" => app, "method" => method, "route" => route, "status" => status.as_str().to_owned(), "code" => code
        );
        Self { seconds, answers }
    }

    fn note(&self, duration: Duration) {
        self.seconds.record(duration);
        self.answers.increment(1);
    }
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
