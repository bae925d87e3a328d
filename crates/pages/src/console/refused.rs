//! The pages of what did not happen.

use daemun_model::{Code, Failure, Permission};
use http::StatusCode;
use minijinja::context;

use super::answer::Answer;
use super::asked::Verb;
use super::frame::Frame;
use super::page::Page;
use crate::texts;

const TEMPLATE: &str = "console/notice.html";

/// The page of a failure that is no form's.
pub(super) fn failed(frame: &Frame<'_>, failure: &Failure) -> Answer {
    let code = failure.code();
    let (title, text) = match failure {
        Failure::TooManyRequests { .. } => ("limited-title", "limited-text"),
        Failure::Unavailable { .. } if frame.asked.verb == Verb::Act => {
            ("busy-title", "console-busy-act-text")
        }
        Failure::Unavailable { .. } => ("busy-title", "console-busy-text"),
        Failure::Broken(_) => ("broken-title", "broken-text"),
        Failure::Invalid(_) => ("console-invalid-title", "console-invalid-text"),
        Failure::Refused { .. } => match code {
            Code::RouteNotFound | Code::NotFound => ("missing-title", "console-missing-text"),
            Code::AccountNotFound => ("console-account-missing-title", "console-account-missing-text"),
            Code::Forbidden | Code::Unauthenticated => ("console-forbidden-title", "console-refused-text"),
            Code::MethodNotAllowed | Code::UnsupportedMediaType => ("method-title", "console-method-text"),
            Code::BodyTooLarge => ("large-title", "large-text"),
            _ => ("console-refused-title", "console-refused-text"),
        },
    };
    let retry_after = match failure {
        Failure::TooManyRequests { retry_after } | Failure::Unavailable { retry_after } => Some(*retry_after),
        Failure::Invalid(_) | Failure::Refused { .. } | Failure::Broken(_) => None,
    };
    let language = frame.language();
    let request_id = matches!(failure, Failure::Broken(_)).then_some(frame.asked.edge.request_id.as_str());
    let values = context! {
        mood => "bad",
        text => texts::of_code(language, code).unwrap_or_else(|| texts::text(language, text)),
        request_id,
        away => retry_after.is_some(),
        // What was only looked at may be looked at again.
        again => (retry_after.is_some() && frame.asked.verb == Verb::Show).then(|| frame.asked.address()),
    };
    let status = StatusCode::from_u16(code.default_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Page::new(TEMPLATE, title, values).status(status).retry_after(retry_after).because(failure).render(frame)
}

/// The page of a section that the administrator's role does not see.
pub(super) fn forbidden(frame: &Frame<'_>, needed: Permission) -> Answer {
    let language = frame.language();
    let values = context! {
        mood => "bad",
        text => texts::text(language, "console-forbidden-text"),
        detail => needed.as_str(),
    };
    let page = Page::new(TEMPLATE, "console-forbidden-title", values).status(StatusCode::FORBIDDEN);
    page.because(&Code::Forbidden.into()).render(frame)
}

/// The page of a form without the token of the session: it was open while one signed in again, or it is forged.
pub(super) fn forged(frame: &Frame<'_>) -> Answer {
    let values = context! {
        mood => "bad",
        text => texts::text(frame.language(), "console-forged-text"),
    };
    let page = Page::new(TEMPLATE, "console-forged-title", values).status(StatusCode::FORBIDDEN);
    page.because(&Code::Forbidden.into()).render(frame)
}
