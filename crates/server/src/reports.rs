//! `POST /delivery/twilio/{message}`: the provider of text messages tells what became of one. Nobody else is listened to: the
//! request is signed over the URL that the configuration gave the provider, not over the one that the request names.

use axum::body::Body;
use axum::response::Response;
use daemun_model::{Code, Failure};
use daemun_operations::{Daemun, outbox};
use daemun_web::{Edge, Logged, answer};
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use uuid::Uuid;

/// Where Twilio tells; the message's identifier follows.
pub const TWILIO: &str = "/delivery/twilio";

/// The route, as the log calls it.
const ROUTE: &str = "/delivery/twilio/{message}";

/// Bytes of a report: two dozen short parameters.
const BODY: usize = 16 * 1024;

/// What follows [`TWILIO`] in a path that is one of reports.
pub fn message(path: &str) -> Option<&str> {
    path.strip_prefix(TWILIO)?.strip_prefix('/')
}

/// Answers a report about the message of this identifier.
pub async fn serve(daemun: &Daemun, message: &str, request: Request<Body>) -> Response {
    let logged = Logged { route: Some(ROUTE.into()), ..Logged::default() };
    let id = request.extensions().get::<Edge>().map_or_else(String::new, |edge| edge.request_id.clone());
    let told = match Uuid::try_parse(message) {
        Ok(message) if daemun.delivery.awaits_reports() => take(daemun, message, request).await,
        Ok(_) | Err(_) => Err(Refused::Nowhere),
    };
    match told {
        Ok(()) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            logged.on(response)
        }
        Err(refused) => refused.answer(logged, &id),
    }
}

/// Why nothing was noted.
enum Refused {
    /// No reports are awaited here.
    Nowhere,
    /// The request is no form that is sent.
    Method,
    /// Its body is none.
    Malformed,
    /// It is not the provider that tells.
    Stranger,
    /// Something failed.
    Failed(Failure),
}

async fn take(daemun: &Daemun, message: Uuid, request: Request<Body>) -> Result<(), Refused> {
    if *request.method() != Method::POST {
        return Err(Refused::Method);
    }
    let signature = request.headers().get("x-twilio-signature").and_then(|value| value.to_str().ok());
    let signature = signature.ok_or(Refused::Stranger)?.to_owned();
    let body = Limited::new(request.into_body(), BODY).collect().await.map_err(|_| Refused::Malformed)?;
    let report =
        daemun.delivery.report(message, &signature, &body.to_bytes()).map_err(|_| Refused::Stranger)?;
    match report {
        Some(report) => outbox::note_report(daemun, message, report).await.map_err(Refused::Failed),
        None => Ok(()),
    }
}

impl Refused {
    fn answer(self, logged: Logged, id: &str) -> Response {
        let failure = |status: StatusCode, code: Code| {
            (answer::failure(status, code.as_str(), id), Logged { code: Some(code), ..Logged::default() })
        };
        let (response, told) = match self {
            Self::Nowhere => failure(StatusCode::NOT_FOUND, Code::RouteNotFound),
            Self::Method => {
                let (mut response, told) = failure(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed);
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
                (response, told)
            }
            Self::Malformed => failure(StatusCode::BAD_REQUEST, Code::BodyMalformed),
            Self::Stranger => failure(StatusCode::FORBIDDEN, Code::Forbidden),
            Self::Failed(failure) => {
                let mut response = match &failure {
                    Failure::Unavailable { retry_after } => answer::unavailable(*retry_after, id),
                    Failure::Invalid(_)
                    | Failure::Refused { .. }
                    | Failure::TooManyRequests { .. }
                    | Failure::Broken(_) => {
                        answer::failure(StatusCode::INTERNAL_SERVER_ERROR, failure.code().as_str(), id)
                    }
                };
                response.headers_mut().entry(RETRY_AFTER).or_insert(HeaderValue::from_static("5"));
                return logged.failed(&failure).on(response);
            }
        };
        Logged { code: told.code, ..logged }.on(response)
    }
}
