//! The stylesheet, the script and the symbol of the browser's tab. Their names hold a digest of what is in them, so a browser may keep them for good and
//! never has those of another version.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

const STYLE: &str = include_str!("../../assets/console.css");
const SCRIPT: &str = include_str!("../../assets/console.js");
const SYMBOL: &str = include_str!("../../assets/console.svg");

/// What they are called.
pub(crate) struct Names {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) symbol: String,
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| Names {
    style: format!("console-{:016x}.css", digest(STYLE)),
    script: format!("console-{:016x}.js", digest(SCRIPT)),
    symbol: format!("console-{:016x}.svg", digest(SYMBOL)),
});

/// FNV-1a: it tells versions apart, and protects nothing.
const fn digest(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Answers with a file. While a new version is rolled out a page of one node may ask another for its stylesheet: better
/// the other version, for once, than none.
pub(super) fn serve(name: &str) -> Response {
    let (text, kind, own) = if name.ends_with(".css") {
        (STYLE, "text/css; charset=utf-8", &NAMES.style)
    } else if name.ends_with(".js") {
        (SCRIPT, "text/javascript; charset=utf-8", &NAMES.script)
    } else if name.ends_with(".svg") {
        (SYMBOL, "image/svg+xml", &NAMES.symbol)
    } else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let kept = if name == own { "public, max-age=31536000, immutable" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}
