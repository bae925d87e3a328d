//! Cross-origin requests (the Fetch standard's CORS protocol), for the origins an operator allows.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

/// The origins whose pages may call an app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// None but the app's own.
    #[default]
    None,
    /// Every origin on the machine itself: for trying things out.
    Loopback,
    /// These, as browsers write them: `https://app.example.com`.
    Listed(Vec<String>),
}

impl Origins {
    fn allow(&self, origin: &str) -> bool {
        match self {
            Self::None => false,
            Self::Listed(origins) => origins.iter().any(|allowed| allowed == origin),
            Self::Loopback => url::Url::parse(origin).is_ok_and(|url| match url.host() {
                Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            }),
        }
    }
}

/// What a script of another origin may read beyond the basic headers.
const EXPOSED: HeaderValue = HeaderValue::from_static("Link, Retry-After, X-Request-Id, X-Total-Count");
/// Ten minutes: how long a browser may remember a preflight.
const REMEMBERED_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// Whether the request only asks for permission.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Adds what a browser needs to let a page of an allowed origin see the answer. Credentials are never allowed:
/// tokens travel in headers that scripts set.
pub fn permit(origins: &Origins, request: &HeaderMap, answer: &mut HeaderMap) {
    if *origins == Origins::None {
        return;
    }
    answer.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(ORIGIN) else { return };
    if !origin.to_str().is_ok_and(|origin| origins.allow(origin)) {
        return;
    }
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Adds the answer to a preflight for a path that has these methods.
pub fn answer_preflight(methods: &[Method], request: &HeaderMap, answer: &mut HeaderMap) {
    if !answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, value);
    }
    if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    answer.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_origins_are_named() {
        let mut request = HeaderMap::new();
        request.insert(ORIGIN, HeaderValue::from_static("http://localhost:3000"));
        let permitted = |origins: &Origins| {
            let mut answer = HeaderMap::new();
            permit(origins, &request, &mut answer);
            answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN)
        };
        assert!(permitted(&Origins::Loopback));
        assert!(permitted(&Origins::Listed(vec!["http://localhost:3000".into()])));
        assert!(!permitted(&Origins::Listed(vec!["https://localhost:3000".into()])));
        assert!(!permitted(&Origins::None));
        assert!(!Origins::Loopback.allow("http://localhost.evil.com"));
        assert!(!Origins::Loopback.allow("null"));
        assert!(Origins::Loopback.allow("http://127.0.0.1:5173"));
    }
}
