//! Bodies: read within limits, then turned into one JSON object, whatever they were sent as.

use axum::body::Body;
use bytes::Bytes;
use daemun_model::{Code, Failure};
use daemun_web::{Ungathered, gather};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Map, Value};

use crate::ast::Accepts;

/// The largest body of a contract's route unless the operator says otherwise, in bytes.
pub const LARGEST_BODY: usize = 256 * 1024;
/// The deepest nesting of a JSON body.
const DEEPEST_JSON: usize = 32;
/// The most values of a JSON body, of which an array or object counts for [`CONTAINER`]: 256 KiB of `[[[]]]` take 25 MiB of
/// memory, for as long as their request waits. Ten thousand product keys in one import are the most that anybody needs.
const HEAVIEST_JSON: usize = 40_000;
/// What an array or object is counted for, by the memory that it takes.
const CONTAINER: usize = 4;
/// The most fields of a form.
const MOST_FIELDS: usize = 1000;

/// A request's body as an object.
#[derive(Debug)]
pub struct Fields {
    /// The members.
    pub value: Value,
    /// Whether its scalars came as text, as forms send them.
    pub textual: bool,
}

impl Fields {
    /// What an empty body is.
    pub fn empty() -> Self {
        Self { value: Value::Object(Map::new()), textual: false }
    }
}

/// What is done with a body whose content type the contract does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is refused: the route needs the body.
    Refused,
    /// It counts as empty: the route does not look at it.
    Ignored,
}

/// Reads the whole body.
///
/// # Errors
/// `body_too_large` beyond `largest` bytes, known beforehand where the client tells the length;
/// `body_malformed` where the connection breaks; `unavailable` while other bodies hold all the memory for them.
pub async fn receive(headers: &HeaderMap, body: Body, largest: usize) -> Result<Bytes, Failure> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > largest) {
        return Err(Code::BodyTooLarge.into());
    }
    gather(body, largest).await.map_err(|why| match why {
        Ungathered::Large => Code::BodyTooLarge.into(),
        Ungathered::Broken => Code::BodyMalformed.into(),
        Ungathered::Full => Failure::Unavailable { retry_after: 1 },
    })
}

/// Turns a body into an object by its content type. An empty body is `{}` whatever it claims to be.
///
/// # Errors
/// `unsupported_media_type` for a type that the contract does not read, `body_malformed` for what is not
/// of its type or, in JSON, no object.
pub async fn parse(
    headers: &HeaderMap,
    bytes: Bytes,
    accepts: Accepts,
    unread: Unread,
) -> Result<Fields, Code> {
    if bytes.is_empty() {
        return Ok(Fields::empty());
    }
    let content_type = match headers.get(CONTENT_TYPE) {
        Some(value) => value.to_str().map_err(|_| Code::UnsupportedMediaType)?,
        None => "application/json",
    };
    match Form::of(content_type) {
        Some(Form::Json) if accepts.json => json(&bytes),
        Some(Form::UrlEncoded) if accepts.form => {
            let pairs = url::form_urlencoded::parse(&bytes)
                .map(|(name, value)| (name.into_owned(), value.into_owned()));
            fields(pairs)
        }
        Some(Form::Multipart(boundary)) if accepts.multipart => multipart(bytes, boundary).await,
        _ if unread == Unread::Ignored => Ok(Fields::empty()),
        _ => Err(Code::UnsupportedMediaType),
    }
}

/// The query of a URL as an object of texts.
pub fn query(query: Option<&str>) -> Value {
    let pairs = url::form_urlencoded::parse(query.unwrap_or("").as_bytes());
    let pairs = pairs.take(MOST_FIELDS).map(|(name, value)| (name.into_owned(), value.into_owned()));
    fields(pairs).map_or_else(|_| Value::Object(Map::new()), |fields| fields.value)
}

enum Form {
    Json,
    UrlEncoded,
    Multipart(String),
}

impl Form {
    /// The form of a `Content-Type` (RFC 9110 section 8.3); `None` for one we do not know, or text that is not UTF-8.
    fn of(content_type: &str) -> Option<Self> {
        let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
        let essence = essence.trim().to_ascii_lowercase();
        if essence == "multipart/form-data" {
            return multer::parse_boundary(content_type).ok().map(Self::Multipart);
        }
        let utf8 = charset(content_type).is_none_or(|charset| {
            ["utf-8", "utf8", "us-ascii"].contains(&charset.to_ascii_lowercase().as_str())
        });
        if !utf8 {
            None
        } else if essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
        {
            Some(Self::Json)
        } else if essence == "application/x-www-form-urlencoded" {
            Some(Self::UrlEncoded)
        } else {
            None
        }
    }
}

fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

fn json(bytes: &[u8]) -> Result<Fields, Code> {
    let shape = Shape::of(bytes);
    if shape.deepest > DEEPEST_JSON || shape.weight > HEAVIEST_JSON {
        return Err(Code::BodyMalformed);
    }
    match serde_json::from_slice(bytes) {
        Ok(value @ Value::Object(_)) => Ok(Fields { value, textual: false }),
        Ok(_) | Err(_) => Err(Code::BodyMalformed),
    }
}

/// What a text would be as JSON: read without building it.
#[derive(Default)]
struct Shape {
    /// The deepest nesting of brackets outside strings.
    deepest: usize,
    /// How many values there are at most, see [`HEAVIEST_JSON`].
    weight: usize,
}

impl Shape {
    fn of(bytes: &[u8]) -> Self {
        let mut shape = Self::default();
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for byte in bytes {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => {
                    depth += 1;
                    shape.deepest = shape.deepest.max(depth);
                    shape.weight += CONTAINER;
                }
                b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
                b',' if !quoted => shape.weight += 1,
                _ => {}
            }
        }
        shape
    }
}

/// An object of texts; a name that comes again makes a list.
fn fields(pairs: impl Iterator<Item = (String, String)>) -> Result<Fields, Code> {
    let mut members = Map::new();
    for (count, (name, value)) in pairs.enumerate() {
        if count >= MOST_FIELDS {
            return Err(Code::BodyMalformed);
        }
        match members.get_mut(&name) {
            None => {
                members.insert(name, Value::String(value));
            }
            Some(Value::Array(values)) => values.push(Value::String(value)),
            Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
        }
    }
    Ok(Fields { value: Value::Object(members), textual: true })
}

/// The text fields of a multipart form; files are passed over, as no contract takes one this way.
async fn multipart(bytes: Bytes, boundary: String) -> Result<Fields, Code> {
    let stream = futures_util::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(bytes)));
    let mut form = multer::Multipart::new(stream, boundary);
    let mut pairs = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| Code::BodyMalformed)? {
        let (Some(name), None) = (field.name().map(str::to_owned), field.file_name()) else { continue };
        let value = field.bytes().await.map_err(|_| Code::BodyMalformed)?;
        pairs.push((name, String::from_utf8(value.to_vec()).map_err(|_| Code::BodyMalformed)?));
    }
    fields(pairs.into_iter())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    const ALL: Accepts = Accepts { json: true, form: true, multipart: true };

    async fn read(content_type: &str, body: impl Into<Bytes>) -> Result<Value, Code> {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
        }
        parse(&headers, body.into(), ALL, Unread::Refused).await.map(|fields| fields.value)
    }

    #[tokio::test]
    async fn the_three_forms_are_one_object() {
        let user = json!({ "email": "a@b.kr", "n": "1 2" });
        assert_eq!(
            read("application/json; charset=UTF-8", r#"{"email":"a@b.kr","n":"1 2"}"#).await,
            Ok(user.clone())
        );
        assert_eq!(
            read("application/merge-patch+json", r#"{"email":"a@b.kr","n":"1 2"}"#).await,
            Ok(user.clone())
        );
        assert_eq!(read("application/x-www-form-urlencoded", "email=a%40b.kr&n=1+2").await, Ok(user.clone()));
        let parts = "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.kr\r\n--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1 2\r\n--x--\r\n";
        assert_eq!(read("multipart/form-data; boundary=x", parts).await, Ok(user));
        assert_eq!(read("text/plain", "").await, Ok(json!({})), "nothing is nothing");
        assert_eq!(
            read("application/x-www-form-urlencoded", "i=1&i=2").await,
            Ok(json!({ "i": ["1", "2"] }))
        );
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused() {
        for body in ["{", "[1]", "null", "\"x\"", "{\"a\":1}x", "{\"a\":\"\\ud800\"}", "{'a':1}", "\u{0}"] {
            assert_eq!(read("application/json", body).await, Err(Code::BodyMalformed), "{body}");
        }
        assert_eq!(read("application/json", &b"{\"a\":\"\xff\"}"[..]).await, Err(Code::BodyMalformed));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        assert_eq!(read("application/json", deep).await, Err(Code::BodyMalformed));
        for content_type in
            ["text/plain", "application/xml", "application/json; charset=euc-kr", "x", "multipart/form-data"]
        {
            assert_eq!(read(content_type, "{}").await, Err(Code::UnsupportedMediaType), "{content_type}");
        }
        assert_eq!(read("multipart/form-data; boundary=x", "no boundary").await, Err(Code::BodyMalformed));
    }

    #[test]
    fn a_body_of_too_many_values_is_not_built() {
        let list = |value: &str, times: usize| format!("{{\"a\":[{}]}}", vec![value; times].join(","));
        for (fits, too_many) in [
            (list("0", 39_000), list("0", 41_000)),
            (list("[]", 7900), list("[]", 8100)),
            (list("[[[]]]", 3000), list("[[[]]]", 3200)),
            (list("{\"a\":0}", 7900), list("{\"a\":0}", 8100)),
        ] {
            assert!(json(fits.as_bytes()).is_ok(), "{}", &fits[..20]);
            assert_eq!(json(too_many.as_bytes()).unwrap_err(), Code::BodyMalformed, "{}", &too_many[..20]);
        }
        assert!(json(list("\",[{,,\\\",\"", 10_000).as_bytes()).is_ok(), "what stands in a text is text");
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        let headers = HeaderMap::new();
        assert!(receive(&headers, Body::from(vec![b' '; 100]), 100).await.is_ok());
        let large = receive(&headers, Body::from(vec![b' '; 101]), 100).await;
        assert_eq!(large.unwrap_err().code(), Code::BodyTooLarge);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(101));
        assert_eq!(receive(&headers, Body::empty(), 100).await.unwrap_err().code(), Code::BodyTooLarge);
    }
}
