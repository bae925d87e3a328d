//! Rendering: a template, what it shows, and the status it is answered with.

use std::sync::LazyLock;

use axum::response::Response;
use daemun_model::{Code, Failure, Language};
use daemun_web::Logged;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use crate::texts::{Catalogue, text};
use crate::{Visit, forgot, html, resend};

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in [
        ("base.html", include_str!("../templates/base.html")),
        ("form.html", include_str!("../templates/form.html")),
        ("verify.html", include_str!("../templates/verify.html")),
        ("notice.html", include_str!("../templates/notice.html")),
    ] {
        environment.add_template(name, source)?;
    }
    Ok(environment)
});

/// A page that only tells something.
#[derive(Clone, Copy)]
pub(crate) struct Notice {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
    next: Next,
}

/// What a page that only tells something offers to do.
#[derive(Clone, Copy)]
enum Next {
    Nothing,
    /// To ask for a mail with a code.
    Code,
    /// To type the code of a mail that came.
    Typing,
    /// To ask for another mail that confirms the address.
    Confirmation,
}

impl Next {
    /// The page, and the key of the words that lead there; nothing where the app does not have that page.
    fn of(self, visit: &Visit) -> Option<(&'static str, &'static str)> {
        let app = &visit.app;
        match self {
            Self::Nothing => None,
            Self::Code => forgot::offered(app).then_some(("forgot", "expired-next")),
            Self::Typing => forgot::offered(app).then_some(("code", "forgot-aside")),
            Self::Confirmation => resend::offered(app).then_some(("resend", "resend-next")),
        }
    }
}

impl Notice {
    pub(crate) const MISSING: Self = Self::new(StatusCode::NOT_FOUND, "missing-title", "missing-text");
    pub(crate) const METHOD: Self = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-title", "method-text");
    pub(crate) const FOREIGN: Self =
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "method-title", "method-text");
    pub(crate) const CROSS_SITE: Self = Self::new(StatusCode::FORBIDDEN, "method-title", "method-text");
    pub(crate) const LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, "large-title", "large-text");
    pub(crate) const RESET: Self = Self::new(StatusCode::OK, "reset-done-title", "reset-done-text");
    pub(crate) const VERIFIED: Self = Self::new(StatusCode::OK, "verify-done-title", "verify-done-text");
    pub(crate) const RESET_EXPIRED: Self =
        Self { next: Next::Code, ..Self::new(StatusCode::GONE, "expired-title", "expired-reset-text") };
    pub(crate) const VERIFY_EXPIRED: Self = Self {
        next: Next::Confirmation,
        ..Self::new(StatusCode::GONE, "expired-title", "expired-verify-text")
    };
    pub(crate) const RESENT: Self = Self::new(StatusCode::OK, "resend-done-title", "resend-done-text");
    const BUSY: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy-title", "busy-text");
    const LIMITED: Self = Self::new(StatusCode::TOO_MANY_REQUESTS, "limited-title", "limited-text");
    /// Who asks for a mail too often may well have one.
    pub(crate) const LIMITED_MAILS: Self = Self {
        next: Next::Typing,
        ..Self::new(StatusCode::TOO_MANY_REQUESTS, "limited-title", "limited-mails-text")
    };
    pub(crate) const REFUSED: Self = Self::new(StatusCode::FORBIDDEN, "refused-title", "refused-text");
    const BROKEN: Self = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken-title", "broken-text");

    const fn new(status: StatusCode, title: &'static str, text: &'static str) -> Self {
        Self { status, title, text, next: Next::Nothing }
    }
}

/// A page that is about to be sent.
pub(crate) struct Screen {
    status: StatusCode,
    rendered: Result<String, Failure>,
    request_id: String,
}

/// What is rendered: the template's name, the page it is, the status, and the title's key.
struct What<'a> {
    template: &'a str,
    /// The page as links name it: none where it cannot be had again.
    page: &'a str,
    status: StatusCode,
    title: &'a str,
}

/// The template of pages that only tell something.
const NOTICE: &str = "notice";
/// The page that has a button and nothing to fill in.
const VERIFY: &str = "verify";

/// A link to the same page in another language.
#[derive(Serialize)]
struct Translation {
    code: &'static str,
    name: &'static str,
    href: String,
}

const fn own_name(language: Language) -> &'static str {
    match language {
        Language::Ko => "한국어",
        Language::En => "English",
    }
}

/// What a link carries: it must survive a change of language.
const LINK_FIELDS: [&str; 2] = ["uid", "token"];

/// The same page in each language. A page that tells of something done cannot be had again: its link is spent.
fn translations(visit: &Visit, what: &What) -> Vec<Translation> {
    if what.template == NOTICE && what.status.is_success() {
        return Vec::new();
    }
    // Without a page of its own it is the same address again, whatever that is.
    let here = if what.page.is_empty() { String::new() } else { format!("{}{}", visit.up, what.page) };
    let kept = LINK_FIELDS.into_iter().filter_map(|name| Some((name, visit.fields.get(name)?)));
    Language::ALL
        .into_iter()
        .map(|language| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(kept.clone()).append_pair("lang", language.code());
            Translation {
                code: language.code(),
                name: own_name(language),
                href: format!("{here}?{}", query.finish()),
            }
        })
        .collect()
}

impl Screen {
    /// A form of a page; `title` is a key of the texts.
    pub(crate) fn form(visit: &Visit, page: &str, status: StatusCode, title: &str, values: Value) -> Self {
        let template = if page == VERIFY { VERIFY } else { "form" };
        Self::render(visit, &What { template, page, status, title }, values)
    }

    fn render(visit: &Visit, what: &What, values: Value) -> Self {
        let What { template, status, title, .. } = *what;
        let common = context! {
            lang => visit.language.code(),
            app => visit.app.title.as_str(),
            up => visit.up,
            title => text(visit.language, title),
            languages => Value::from(Serde(&translations(visit, what))),
            t => Value::from_object(Catalogue(visit.language)),
        };
        let rendered =
            TEMPLATES.as_ref().map_err(|error| Failure::broken(error.to_string())).and_then(|environment| {
                environment
                    .get_template(&format!("{template}.html"))
                    .and_then(|template| template.render(context! { ..values, ..common }))
                    .map_err(|error| Failure::broken(error.to_string()))
            });
        Self { status, rendered, request_id: visit.edge.request_id.clone() }
    }

    /// A page that only tells something.
    pub(crate) fn notice(visit: &Visit, notice: Notice) -> Self {
        let mood = if notice.status.is_success() { "good" } else { "bad" };
        let request_id =
            (notice.status == StatusCode::INTERNAL_SERVER_ERROR).then_some(visit.edge.request_id.as_str());
        let next = notice.next.of(visit);
        let next = next.map(|(page, key)| Value::from(vec![page.to_owned(), text(visit.language, key)]));
        let values = context! { mood, request_id, next, text => text(visit.language, notice.text) };
        let what = What { template: NOTICE, page: "", status: notice.status, title: notice.title };
        Self::render(visit, &what, values)
    }

    /// The answer.
    pub(crate) fn respond(self) -> Response {
        match self.rendered {
            Ok(text) => html(self.status, text),
            Err(failure) => {
                // Without templates there is only this.
                let text = format!("<!doctype html><title>500</title><p>{}", self.request_id);
                Logged::default().failed(&failure).on(html(StatusCode::INTERNAL_SERVER_ERROR, text))
            }
        }
    }
}

/// The page of a failure that is not the form's: `expired` where the link is dead.
pub(crate) fn failed(visit: &Visit, expired: Notice, failure: &Failure) -> Response {
    failed_or_limited(visit, (expired, Notice::LIMITED), failure)
}

/// As [`failed`], with what is told where a limit is reached.
pub(crate) fn failed_or_limited(
    visit: &Visit,
    (expired, limited): (Notice, Notice),
    failure: &Failure,
) -> Response {
    let (notice, retry_after) = match failure {
        Failure::TooManyRequests { retry_after } => (limited, Some(*retry_after)),
        Failure::Unavailable { retry_after } => (Notice::BUSY, Some(*retry_after)),
        Failure::Broken(_) => (Notice::BROKEN, None),
        Failure::Refused {
            code: Code::AccountSuspended | Code::AccountRejected | Code::Forbidden, ..
        } => (Notice::REFUSED, None),
        Failure::Invalid(_) | Failure::Refused { .. } => (expired, None),
    };
    let mut response = Screen::notice(visit, notice).respond();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Logged::default().failed(failure).on(response)
}
