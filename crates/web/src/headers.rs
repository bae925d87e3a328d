//! The headers that protect whoever shows an answer in a browser.

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, HeaderValue};

const NO_SNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
const NO_REFERRER: (HeaderName, HeaderValue) =
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));

/// What a browser may do with an answer that is data: nothing.
const OF_DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// What a browser may do with a page of ours: show it with our stylesheet and send its forms to us.
pub const OF_PAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);

/// A year: HSTS (RFC 6797 section 6.1.1).
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// How clients reach the server, which decides on HSTS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// In the clear, as on one's own machine.
    #[default]
    Plain,
    /// Through TLS, which a proxy before us ends.
    Tls,
}

/// Adds the headers that every answer has; what the answer set itself stays.
pub fn protect(headers: &mut HeaderMap, transport: Transport) {
    for (name, value) in [NO_SNIFF, NO_REFERRER, (CONTENT_SECURITY_POLICY, OF_DATA)] {
        headers.entry(name).or_insert(value);
    }
    if transport == Transport::Tls {
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(TLS_ONLY);
    }
}

/// Makes the answer a page of ours: [`OF_PAGES`], and kept by no cache, as it may carry a token.
pub fn page(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, OF_PAGES);
    no_store(headers);
}

/// Keeps an answer that carries a token, a code or a profile out of every cache (RFC 9111 section 5.2.2.5).
pub fn no_store(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_protected_without_losing_its_own_policy() {
        let mut headers = HeaderMap::new();
        page(&mut headers);
        protect(&mut headers, Transport::Tls);
        assert_eq!(headers[CONTENT_SECURITY_POLICY], OF_PAGES);
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers[STRICT_TRANSPORT_SECURITY], "max-age=31536000");

        let mut headers = HeaderMap::new();
        protect(&mut headers, Transport::Plain);
        assert_eq!(headers[CONTENT_SECURITY_POLICY], OF_DATA);
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
    }
}
