//! What a screen answers with.

use axum::body::Body;
use axum::response::Response;
use daemun_model::Failure;
use daemun_web::{Logged, headers};
use http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE,
};
use http::{HeaderValue, StatusCode};

use crate::html;

/// An answer.
pub(crate) enum Answer {
    /// A page that was rendered.
    Page(Shown),
    /// Another place, to be seen with GET (303).
    Go(String),
    /// Another place, and the browser's session set or taken away.
    GoWith(String, Option<HeaderValue>),
    /// A file to keep.
    Download(Download),
}

/// A table in text to keep.
pub(crate) struct Download {
    /// What it is called: ASCII without quotes.
    pub(super) name: String,
    /// The table, as it is read.
    pub(super) body: Body,
}

/// A page that was rendered.
pub(crate) struct Shown {
    pub(super) status: StatusCode,
    pub(super) rendered: Result<String, Failure>,
    /// Origins beside ours of the pictures that it shows.
    pub(super) pictures: Vec<String>,
    /// Seconds after which to try again.
    pub(super) retry_after: Option<u32>,
    /// What the log learns.
    pub(super) failure: Option<Failure>,
    /// The browser's session, where the page gives it one.
    pub(super) cookie: Option<HeaderValue>,
}

/// What a browser may do with a page of the console: show it with our stylesheet, run our one script, show pictures of
/// ours and of where files lie, and send its forms to us.
fn policy(pictures: &[String]) -> Option<HeaderValue> {
    let mut images = String::from("'self'");
    for origin in pictures {
        images.push(' ');
        images.push_str(origin);
    }
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src {images}; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

impl Answer {
    /// The same page or place, which gives the browser its session.
    pub(super) fn with(self, cookie: Option<HeaderValue>) -> Self {
        match self {
            Self::Page(shown) => Self::Page(Shown { cookie, ..shown }),
            Self::Go(to) | Self::GoWith(to, _) => Self::GoWith(to, cookie),
            // No file gives a session.
            Self::Download(download) => Self::Download(download),
        }
    }

    pub(super) fn respond(self, request_id: &str) -> Response {
        match self {
            Self::Page(shown) => shown.respond(request_id),
            Self::Go(to) => go(&to, None),
            Self::GoWith(to, cookie) => go(&to, cookie),
            Self::Download(download) => download.respond(),
        }
    }
}

fn go(to: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // What is not a header's value was no path of ours.
    let to = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static(super::CONSOLE));
    headers::no_store(response.headers_mut());
    response.headers_mut().insert(LOCATION, to);
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

impl Download {
    fn respond(self) -> Response {
        let mut response = Response::new(self.body);
        let headers = response.headers_mut();
        headers::no_store(headers);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"{}\"", self.name));
        headers.insert(
            CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment; filename=\"daemun.csv\"")),
        );
        response
    }
}

impl Shown {
    fn respond(self, request_id: &str) -> Response {
        let mut response = match self.rendered {
            Ok(text) => html(self.status, text),
            Err(failure) => {
                // Without templates there is only this.
                let text = format!("<!doctype html><title>500</title><p>{request_id}");
                return Logged::default().failed(&failure).on(html(StatusCode::INTERNAL_SERVER_ERROR, text));
            }
        };
        if let Some(policy) = policy(&self.pictures) {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(cookie) = self.cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        match self.failure {
            Some(failure) => Logged::default().failed(&failure).on(response),
            None => response,
        }
    }
}
