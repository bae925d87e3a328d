//! Answers to requests that reach no app, in a shape of our own: a small JSON object.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

/// A JSON answer.
pub fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A failure outside every app: `{"error": code, "request_id": …}`.
pub fn failure(status: StatusCode, code: &str, request_id: &str) -> Response {
    json(status, &json!({ "error": code, "request_id": request_id }))
}

/// [`failure`] of a server that cannot answer now but may in `seconds`.
pub fn unavailable(seconds: u32, request_id: &str) -> Response {
    let mut response = failure(StatusCode::SERVICE_UNAVAILABLE, "unavailable", request_id);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}
