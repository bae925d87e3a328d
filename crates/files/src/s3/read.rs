//! Reading a file that was looked at.

use std::ops::Range;

use bytes::Bytes;
use daemun_model::Timestamp;
use reqwest::Response;
use rusty_s3::Method;

use super::exchange::{Ask, unanswered};
use super::{Place, S3, S3Fault};
use crate::Name;

const ACT: &str = "to read an object";

/// A file whose bytes are on their way.
#[derive(Debug)]
pub struct Object(Response);

impl Object {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// When the service stops in the middle.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, S3Fault> {
        self.0.chunk().await.map_err(|error| unanswered(ACT, &error))
    }
}

impl S3 {
    /// Opens a part of what is kept under a name, which has `size` bytes: `None` when it is not there.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub async fn read(
        &self,
        now: Timestamp,
        place: Place<'_>,
        name: &Name,
        part: Range<u64>,
        size: u64,
    ) -> Result<Option<Object>, S3Fault> {
        let key = self.stored(place, name);
        let range =
            (part != (0..size)).then(|| format!("bytes={}-{}", part.start, part.end.saturating_sub(1)));
        let wanted = if range.is_some() { 206 } else { 200 };
        let response = self.open(now, Ask::of(ACT, Method::Get, &key), range).await?;
        match response.status().as_u16() {
            status if status == wanted => Ok(Some(Object(response))),
            404 => Ok(None),
            _ => Err(self.answered(ACT, response).await?.refused(ACT)),
        }
    }
}
