//! `/media/PATH`: uploaded files, the same at every host. Who may send or see one stands in the URL or in the database,
//! so nothing here depends on cookies, tokens or origins, and pages of every origin may ask.

mod demo;
mod give;
mod take;

use axum::body::Body;
use axum::response::Response;
use daemun_model::{Code, Failure};
use daemun_operations::Daemun;
use daemun_web::{Edge, Logged, answer};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ALLOW, RETRY_AFTER,
};
use http::{HeaderValue, Method, Request, StatusCode};

pub(crate) use demo::Picture;
pub use demo::Pictures;

/// How log lines name these requests.
const ROUTE: &str = "/media/{path}";
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, OPTIONS");

/// Answers a request for a path below `/media/`, of which a demo may have a picture.
pub(crate) async fn serve(
    daemun: &Daemun,
    path: &str,
    demo: Option<Picture>,
    request: Request<Body>,
) -> Response {
    let logged = Logged { route: Some(ROUTE.into()), ..Logged::default() };
    let id = request.extensions().get::<Edge>().map(|edge| edge.request_id.clone()).unwrap_or_default();
    let answered = match (request.method().clone(), demo) {
        (Method::GET | Method::HEAD, Some(picture)) => Ok(picture.answer(request.method())),
        (Method::GET | Method::HEAD, None) => give::give(daemun, path, request.into_parts().0).await,
        (Method::PUT, _) => take::take(daemun, path, request).await,
        (Method::OPTIONS, _) => Ok(preflight()),
        _ => Err(Code::MethodNotAllowed.into()),
    };
    let mut response = match answered {
        Ok(response) => logged.on(response),
        Err(failure) => logged.failed(&failure).on(refusal(&failure, &id)),
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// Leave to send what a permission asks for (the Fetch standard's CORS protocol).
fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ALLOW, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type, Range"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

fn refusal(failure: &Failure, id: &str) -> Response {
    let code = failure.code();
    let status = StatusCode::from_u16(code.default_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = answer::failure(status, code.as_str(), id);
    match failure {
        Failure::TooManyRequests { retry_after } | Failure::Unavailable { retry_after } => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        Failure::Refused { code: Code::MethodNotAllowed, .. } => {
            response.headers_mut().insert(ALLOW, METHODS);
        }
        Failure::Invalid(_) | Failure::Refused { .. } | Failure::Broken(_) => {}
    }
    response
}
