//! The request's id: in the response, in the log, and in the body of a failure nobody expected.

use daemun_model::Random;
use http::{HeaderMap, HeaderName};

/// Where it stands, in requests and in responses.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const SHORTEST: usize = 8;
const LONGEST: usize = 128;

/// The id that the client, or the proxy before us, gave the request, where it is valid: 8 to 128 of
/// `A-Z a-z 0-9 . _ -`, so that it can stand in a log line and a header as it is.
pub fn given(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let valid = (SHORTEST..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    valid.then_some(text)
}

/// The id that was given, or a new one: 32 hexadecimal digits.
pub fn of(headers: &HeaderMap, random: &(dyn Random + 'static)) -> String {
    given(headers).map_or_else(|| random.name_v4().simple().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use daemun_model::SeededRandom;

    use super::*;

    fn answered(given: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, http::HeaderValue::from_bytes(given).unwrap());
        of(&headers, &SeededRandom::new(1))
    }

    #[test]
    fn a_valid_id_is_kept() {
        let longest = "x".repeat(128);
        for id in ["01890c2e-0000-7000-8000-000000000001", "proxy_1.42", "abcdefgh", &longest] {
            assert_eq!(answered(id.as_bytes()), id);
        }
    }

    #[test]
    fn any_other_is_replaced() {
        let too_long = "x".repeat(129);
        for id in ["", "short", "with space", "a\"quote\"", "<script>alert</script>", "é-é-é-é-é", &too_long]
        {
            let new = answered(id.as_bytes());
            assert!(new.len() == 32 && new.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}: {new}");
        }
    }
}
