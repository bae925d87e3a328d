//! A body is any bytes under any content type, which is the first line here: it is refused, or an object that is
//! not deeper than allowed.
#![no_main]

use bytes::Bytes;
use daemun_contract::ast::Accepts;
use daemun_contract::serve::body::{Unread, parse, query};
use futures_util::FutureExt;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (content_type, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(content_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    let accepts = Accepts { json: true, form: true, multipart: true };
    let parsed = parse(&headers, Bytes::copy_from_slice(body), accepts, Unread::Refused);
    if let Ok(fields) = parsed.now_or_never().expect("all of the body is there") {
        assert!(fields.value.is_object());
        assert!(depth(&fields.value) <= 32);
    }
    assert!(query(std::str::from_utf8(body).ok()).is_object());
});

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
