//! `GET` and `HEAD`: a file is given out, with the type it was kept under and nothing that a browser would run.

use std::io::SeekFrom;
use std::ops::Range;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use daemun_model::upload::Visibility;
use daemun_model::{Failure, MediaType};
use daemun_operations::Daemun;
use daemun_operations::upload::{self, Asked, Given, InBucket, Shown, Source};
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// Bytes that are read at once.
const CHUNK: u64 = 64 * 1024;

/// Were it a page after all, it could do nothing, and would have an origin of its own.
const NOTHING_RUNS: HeaderValue =
    HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");
/// An hour: what lies under a path never changes, but its owner may delete it.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Gives out the file of a path: a public one to everybody, any to who has a link that permits it.
///
/// # Errors
/// `not_found`, `forbidden` for a link that permits nothing.
pub(super) async fn give(daemun: &Daemun, path: &str, request: Parts) -> Result<Response, Failure> {
    // A query that claims no permission is none of ours: clients add one against caches.
    let query = request.uri.query().filter(|query| query.contains("signature="));
    let shown = query.map(|query| Shown::read(daemun, path, query)).transpose()?;
    let given = upload::find(daemun, path, shown.as_ref()).await?;
    if let (Source::Bucket(bucket), None) = (&given.source, &shown) {
        return Ok(elsewhere(daemun, bucket, &request.method));
    }
    let how = if shown.is_some() { Visibility::Private } else { given.visibility };
    let mut response = Response::new(Body::empty());
    describe(&given, how, response.headers_mut());
    if is_known(&request.headers, &given) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let size = given.size;
    let part = match wanted(&request.headers, &given) {
        Wanted::Whole => 0..size,
        Wanted::Part(part) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            set(response.headers_mut(), CONTENT_RANGE, &range);
            part
        }
        Wanted::Nothing => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            set(response.headers_mut(), CONTENT_RANGE, &format!("bytes */{size}"));
            0..0
        }
    };
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(part.end - part.start));
    if request.method == Method::GET && !part.is_empty() {
        *response.body_mut() = match given.source {
            Source::File(opened) => from_file(opened.file, part).await?,
            Source::Bucket(bucket) => from_bucket(daemun, &bucket, part).await?,
        };
    }
    Ok(response)
}

/// What everybody may see in a bucket is read there: the bucket has its type, and nothing passes through here twice.
fn elsewhere(daemun: &Daemun, bucket: &InBucket, method: &Method) -> Response {
    let asked = if *method == Method::HEAD { Asked::Headers } else { Asked::Content };
    let link = bucket.link(daemun, asked);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    set(headers, LOCATION, &link.url);
    set(headers, CACHE_CONTROL, &format!("public, max-age={}", link.same_for));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

/// What is said of a file that everybody may see.
pub(super) fn describe_public(media: MediaType, headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.mime()));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, NOTHING_RUNS);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(CACHE_CONTROL, PUBLIC);
}

fn describe(given: &Given, how: Visibility, headers: &mut HeaderMap) {
    describe_public(given.media, headers);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if how == Visibility::Private {
        headers.insert(CACHE_CONTROL, PRIVATE);
    }
    set(headers, ETAG, &tag(given));
    // The last part of a path is made of letters, digits, `_`, `-` and one dot.
    set(headers, CONTENT_DISPOSITION, &format!("inline; filename=\"{}\"", given.name));
}

fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

fn tag(given: &Given) -> String {
    format!("\"{}\"", given.digest)
}

/// Whether the client has it already (RFC 9110 section 13.1.2).
fn is_known(headers: &HeaderMap, given: &Given) -> bool {
    let tag = tag(given);
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.flat_map(|list| list.split(','))
        .map(|other| other.trim().trim_start_matches("W/"))
        .any(|other| other == tag || other == "*")
}

/// What part of a file a request wants.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    Nothing,
}

fn wanted(headers: &HeaderMap, given: &Given) -> Wanted {
    // RFC 9110 section 13.1.5: a part of another file than the client has is of no use.
    let other = headers.get(IF_RANGE).is_some_and(|value| value.as_bytes() != tag(given).as_bytes());
    match headers.get(RANGE).and_then(|value| value.to_str().ok()) {
        Some(range) if !other => part(range, given.size),
        _ => Wanted::Whole,
    }
}

/// One range of bytes (RFC 9110 section 14.1.2). What is no range, or several, is not heeded.
fn part(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(size)),
        (Some(first), None) if last.trim().is_empty() => (first, size),
        (None, Some(0)) if first.trim().is_empty() => return Wanted::Nothing,
        (None, Some(most)) if first.trim().is_empty() => (size.saturating_sub(most), size),
        _ => return Wanted::Whole,
    };
    if start < end { Wanted::Part(start..end) } else { Wanted::Nothing }
}

async fn from_file(mut file: File, part: Range<u64>) -> Result<Body, Failure> {
    if part.start > 0 {
        file.seek(SeekFrom::Start(part.start)).await.map_err(Failure::broken)?;
    }
    let chunks = stream::try_unfold((file, part.end - part.start), async |(mut file, left)| {
        if left == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; usize::try_from(left.min(CHUNK)).unwrap_or_default()];
        file.read_exact(&mut chunk).await?;
        let left = left - chunk.len() as u64;
        Ok::<_, std::io::Error>(Some((Bytes::from(chunk), (file, left))))
    });
    Ok(Body::from_stream(chunks))
}

async fn from_bucket(daemun: &Daemun, bucket: &InBucket, part: Range<u64>) -> Result<Body, Failure> {
    let object = bucket.open(daemun, part).await?;
    let chunks = stream::try_unfold(object, async |mut object| {
        let chunk = object.chunk().await?;
        Ok::<_, daemun_files::s3::S3Fault>(chunk.map(|chunk| (chunk, object)))
    });
    Ok(Body::from_stream(chunks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_heeded_and_what_is_none_is_not() {
        for (range, wanted) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=5-", Wanted::Part(5..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=2-99", Wanted::Part(2..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-12", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=3-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("bytes=0-18446744073709551615", Wanted::Part(0..10)),
        ] {
            assert_eq!(part(range, 10), wanted, "{range}");
        }
    }
}
