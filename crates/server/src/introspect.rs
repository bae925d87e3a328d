//! `POST {mount}/oauth2/introspect`: resource servers ask about tokens (RFC 7662). It is no part of any contract: its
//! shape is the standard's, and it is there only for apps with an `introspection_secret`.

use axum::body::Body;
use axum::response::Response;
use daemun_crypto::digest;
use daemun_model::{App, Code, Failure};
use daemun_operations::{Daemun, session};
use daemun_web::{Edge, Logged, answer, headers};
use data_encoding::BASE64;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Where it is, below an app's mount.
pub const PATH: &str = "/oauth2/introspect";

/// Bytes of a request: a token and a few words.
const BODY: usize = 16 * 1024;

/// Who may ask, for one app. Only the secret's digest is kept.
#[derive(Debug)]
pub struct Introspect {
    secret: String,
}

/// Why nothing was told.
enum Refused {
    /// No credentials, or wrong ones (RFC 7662 section 2.3).
    Stranger,
    /// The request is none of RFC 7662 section 2.1.
    Malformed(&'static str),
    /// Something failed.
    Failed(Failure),
}

impl Introspect {
    /// An endpoint for those who know this secret.
    pub fn new(secret: &SecretString) -> Self {
        Self { secret: digest(secret.expose_secret()) }
    }

    /// Answers a request.
    pub async fn serve(&self, daemun: &Daemun, app: &App, request: Request<Body>) -> Response {
        let logged =
            Logged { app: Some(app.name.as_str().into()), route: Some(PATH.into()), ..Logged::default() };
        let id = request.extensions().get::<Edge>().map_or_else(String::new, |edge| edge.request_id.clone());
        if *request.method() != Method::POST {
            let code = Code::MethodNotAllowed;
            let mut response = answer::failure(StatusCode::METHOD_NOT_ALLOWED, code.as_str(), &id);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return Logged { code: Some(code), ..logged }.on(response);
        }
        let (mut response, logged) = match self.answer(daemun, app, request).await {
            Ok(told) => (answer::json(StatusCode::OK, &told), logged),
            Err(refused) => refused.answer(logged, &id),
        };
        headers::no_store(response.headers_mut());
        logged.on(response)
    }

    async fn answer(&self, daemun: &Daemun, app: &App, request: Request<Body>) -> Result<Value, Refused> {
        if !self.knows(request.headers()) {
            return Err(Refused::Stranger);
        }
        let token = token_of(request).await?;
        let told = session::introspect(daemun, app, &token).await.map_err(Refused::Failed)?;
        serde_json::to_value(told).map_err(|error| Refused::Failed(Failure::broken(error)))
    }

    /// Whether a request shows the secret: as `Bearer SECRET`, or as the password of `Basic` with any name. Digests are
    /// compared, whose first different byte tells nothing of the secret.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(credentials);
        shown.is_some_and(|secret| digest(&secret) == self.secret)
    }
}

/// The secret of an `Authorization` header (RFC 6750 section 2.1, RFC 7617 section 2).
fn credentials(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64.decode(rest.as_bytes()).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    // A client of OAuth encodes both as in a form (RFC 6749 section 2.3.1); what is a secret in base64 has `+`, `/`, `=`.
    let decoded = percent_encoding::percent_decode_str(password).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

async fn token_of(request: Request<Body>) -> Result<String, Refused> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(FORM) {
        return Err(Refused::Malformed("the body must be application/x-www-form-urlencoded"));
    }
    let body = Limited::new(request.into_body(), BODY).collect().await.map_err(|error| {
        let large = error.downcast_ref::<LengthLimitError>().is_some();
        Refused::Malformed(if large { "the body is too large" } else { "the body cannot be read" })
    })?;
    let mut tokens = url::form_urlencoded::parse(&body.to_bytes())
        .filter(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned())
        .collect::<Vec<_>>();
    match (tokens.pop(), tokens.is_empty()) {
        (Some(token), true) => Ok(token),
        (Some(_), false) => Err(Refused::Malformed("more than one token")),
        (None, _) => Err(Refused::Malformed("the parameter token is missing")),
    }
}

impl Refused {
    fn answer(self, logged: Logged, id: &str) -> (Response, Logged) {
        match self {
            Self::Stranger => {
                let body = json!({ "error": "invalid_client" });
                let mut response = answer::json(StatusCode::UNAUTHORIZED, &body);
                let scheme = HeaderValue::from_static("Basic realm=\"introspection\", Bearer");
                response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
                (response, Logged { code: Some(Code::Unauthenticated), ..logged })
            }
            Self::Malformed(why) => {
                let body = json!({ "error": "invalid_request", "error_description": why });
                let logged = Logged { code: Some(Code::BodyMalformed), ..logged };
                (answer::json(StatusCode::BAD_REQUEST, &body), logged)
            }
            Self::Failed(failure) => {
                let logged = logged.failed(&failure);
                let (status, retry_after) = match failure {
                    Failure::Unavailable { retry_after } => {
                        (StatusCode::SERVICE_UNAVAILABLE, Some(retry_after))
                    }
                    _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
                };
                let mut response = answer::failure(status, failure.code().as_str(), id);
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                (response, logged)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_shown_as_bearer_or_basic() {
        let introspect = Introspect::new(&"0123456789+/=abcdefghijklmnopqrs".to_owned().into());
        let knows = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            introspect.knows(&headers)
        };
        let basic = |pair: &str| format!("Basic {}", BASE64.encode(pair.as_bytes()));
        assert!(knows("Bearer 0123456789+/=abcdefghijklmnopqrs"));
        assert!(knows("bearer  0123456789+/=abcdefghijklmnopqrs"));
        assert!(knows(&basic("api:0123456789+/=abcdefghijklmnopqrs")));
        assert!(knows(&basic(":0123456789%2B%2F%3Dabcdefghijklmnopqrs")));
        for wrong in ["Bearer", "Bearer ", "Bearer 0123", "0123456789+/=abcdefghijklmnopqrs", "Basic x", ""] {
            assert!(!knows(wrong), "{wrong}");
        }
        assert!(!knows(&basic("0123456789+/=abcdefghijklmnopqrs:")));
        assert!(!introspect.knows(&HeaderMap::new()));
    }
}
