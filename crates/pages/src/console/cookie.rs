//! Cookies (RFC 6265bis).

use daemun_web::headers::Transport;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The cookie of a signed-in browser. Behind TLS its name lets no other host and no page in the clear set it (RFC 6265bis
/// section 4.1.3.2).
pub(crate) const fn session(transport: Transport) -> &'static str {
    match transport {
        Transport::Tls => "__Host-daemun-console",
        Transport::Plain => "daemun-console",
    }
}

/// The cookie of the language that somebody chose.
pub(crate) const LANGUAGE: &str = "daemun-console-language";

/// The value of a request's cookie.
pub(crate) fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            pair.trim().split_once('=').filter(|(found, _)| *found == name).map(|(_, value)| value)
        })
}

/// The header that sets a cookie: for `lifetime` seconds, or while the browser is open where there is none. A lifetime of
/// 0 takes it away.
pub(crate) fn set(
    (name, value): (&str, &str),
    lifetime: Option<i64>,
    transport: Transport,
) -> Option<HeaderValue> {
    let lifetime = lifetime.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = match transport {
        Transport::Tls => "; Secure",
        Transport::Plain => "",
    };
    HeaderValue::try_from(format!("{name}={value}; Path=/{lifetime}; HttpOnly; SameSite=Lax{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; daemun-console=abc=; xdaemun-console=no"));
        headers.append(COOKIE, HeaderValue::from_static("b=2"));
        assert_eq!(read(&headers, "daemun-console"), Some("abc="));
        assert_eq!(read(&headers, "b"), Some("2"));
        assert_eq!(read(&headers, "c"), None);
    }

    #[test]
    fn behind_tls_a_cookie_is_for_this_host_alone() {
        let set = |transport| set((session(transport), "x"), None, transport).unwrap();
        assert_eq!(set(Transport::Tls), "__Host-daemun-console=x; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set(Transport::Plain), "daemun-console=x; Path=/; HttpOnly; SameSite=Lax");
    }
}
