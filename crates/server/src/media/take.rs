//! `PUT`: a file arrives.

use axum::body::Body;
use axum::response::Response;
use daemun_model::{Code, Failure, MediaType, Reason};
use daemun_operations::{Daemun, upload};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Request};

/// Takes the file that the URL permits, and answers with nothing, as an S3 service does.
///
/// # Errors
/// `forbidden` for a URL that permits nothing; what is wrong with the file, as soon as it is known.
pub(super) async fn take(daemun: &Daemun, path: &str, request: Request<Body>) -> Result<Response, Failure> {
    let permit = upload::Permit::read(daemun, path, request.uri().query().unwrap_or_default())?;
    check(&permit, request.headers())?;
    upload::receive(daemun, &permit, request.into_body().into_data_stream()).await?;
    Ok(Response::new(Body::empty()))
}

/// What can be told before the first byte.
fn check(permit: &upload::Permit, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media = text(CONTENT_TYPE).and_then(MediaType::from_mime);
    if media != Some(permit.media()) || headers.contains_key(CONTENT_ENCODING) {
        return Err(Code::UnsupportedMediaType.into());
    }
    let length: Option<u64> = text(CONTENT_LENGTH).and_then(|text| text.parse().ok());
    match (length, permit.size()) {
        (Some(length), _) if length > daemun_model::upload::LARGEST => Err(Code::BodyTooLarge.into()),
        (Some(length), Some(size)) if length != size => Err(Failure::invalid("size", Reason::Mismatch)),
        _ => Ok(()),
    }
}
