//! Looking at what a client sent, and removing it.

use bytes::Bytes;
use daemun_model::upload::{HEAD, Visibility};
use daemun_model::{MediaType, Timestamp};
use jiff::Timestamp as Moment;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use rusty_s3::Method;
use rusty_s3::actions::ListObjectsV2;

use super::exchange::Ask;
use super::{Place, S3, S3Fault};
use crate::{Arrived, Expected, Name, Unexpected};

/// How long what everybody may see may be kept by caches: what lies under a path never changes, but may be deleted.
const PUBLIC: &str = "public, max-age=3600";
const PRIVATE: &str = "private, no-store";
/// The longest tag of a file that is kept.
const LONGEST_TAG: usize = 80;

/// The most pages of a list that are read at once: a hundred thousand keys.
const MOST_PAGES: usize = 100;

/// A key, and when it was written.
type Listed = (String, Option<Timestamp>);

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing is there.
    Absent,
    /// Something else than was expected: it is removed.
    Unexpected(Unexpected),
    /// The file is there, and kept under the name.
    Arrived(Arrived),
}

/// The beginning of an object.
struct Peeked {
    head: Vec<u8>,
    size: u64,
    tag: String,
}

impl S3 {
    /// Looks at what a client sent for a path. What is as expected is kept under `name`, where no client can change it,
    /// and what was sent stays until it is [`dropped`](Self::drop_incoming).
    ///
    /// # Errors
    /// When the service cannot be reached or refuses; looking again does no harm.
    pub async fn look(
        &self,
        now: Timestamp,
        place: Place<'_>,
        name: &Name,
        expected: Expected,
    ) -> Result<Look, S3Fault> {
        // The semaphore is never closed.
        let _slot = self.0.looks.acquire().await.ok();
        let incoming = self.incoming(place.path);
        let Some(sent) = self.peek(now, &incoming).await? else { return Ok(Look::Absent) };
        if let Err(fault) = fits(&sent, expected) {
            self.delete(now, &incoming).await?;
            return Ok(Look::Unexpected(fault));
        }
        let stored = self.stored(place, name);
        if !self.copy(now, (&incoming, &sent.tag), &stored, (expected.media, place.visibility)).await? {
            return Ok(Look::Absent);
        }
        // It may have been sent again in between, and not every service heeds the tag: the copy is what counts.
        let Some(kept) = self.peek(now, &stored).await? else { return Ok(Look::Absent) };
        if let Err(fault) = fits(&kept, expected) {
            self.delete(now, &stored).await?;
            self.delete(now, &incoming).await?;
            return Ok(Look::Unexpected(fault));
        }
        Ok(Look::Arrived(Arrived { size: kept.size, digest: plain(&kept.tag, name) }))
    }

    /// Removes what a client sent for a path. A second time does nothing.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub async fn drop_incoming(&self, now: Timestamp, path: &str) -> Result<(), S3Fault> {
        self.delete(now, &self.incoming(path)).await
    }

    /// Removes what is kept under a name. A second time does nothing.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub async fn drop_stored(&self, now: Timestamp, place: Place<'_>, name: &Name) -> Result<(), S3Fault> {
        self.delete(now, &self.stored(place, name)).await
    }

    /// Removes everything that there is for a path, also what somebody left behind who died. A second time does nothing.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub async fn remove(&self, now: Timestamp, place: Place<'_>) -> Result<(), S3Fault> {
        self.drop_incoming(now, place.path).await?;
        for (key, _) in self.list(now, &self.folder(place)).await? {
            self.delete(now, &key).await?;
        }
        Ok(())
    }

    /// Removes what clients sent before a moment, and tells how many files that were.
    ///
    /// # Errors
    /// When the service cannot be reached or refuses.
    pub async fn sweep(&self, now: Timestamp, before: Timestamp) -> Result<u64, S3Fault> {
        let mut swept = 0;
        for (key, sent_at) in self.list(now, &self.incoming("")).await? {
            if sent_at.is_some_and(|sent_at| sent_at < before) {
                self.delete(now, &key).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// The first bytes of an object and how many there are: `None` when it is not there.
    async fn peek(&self, now: Timestamp, key: &str) -> Result<Option<Peeked>, S3Fault> {
        const ACT: &str = "to read an object";
        let range = format!("bytes=0-{}", HEAD - 1);
        let mut response = self.open(now, Ask::of(ACT, Method::Get, key), Some(range)).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let tag = text(ETAG).unwrap_or_default().to_owned();
        let length = || text(CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let size: Option<u64> = match status {
            206 => text(CONTENT_RANGE).and_then(|range| range.rsplit_once('/')?.1.parse().ok()),
            200 => length(),
            // There is no first byte (RFC 9110 section 15.5.17).
            416 => Some(0),
            _ => {
                let refused = self.answered(ACT, response).await?.refused(ACT);
                let is_key = matches!(&refused, S3Fault::Refused { code, .. } if code != "NoSuchBucket");
                return if status == 404 && is_key { Ok(None) } else { Err(refused) };
            }
        };
        let strange =
            || S3Fault::Strange { act: ACT, why: "it does not say how large the object is".to_owned() };
        let size = size.ok_or_else(strange)?;
        let mut head = Vec::with_capacity(HEAD);
        while status != 416 && head.len() < HEAD {
            match response.chunk().await.map_err(|error| super::exchange::unanswered(ACT, &error))? {
                Some(chunk) => head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]),
                None => break,
            }
        }
        Ok(Some(Peeked { head, size, tag }))
    }

    /// Copies an object as long as it has a tag, and tells whether it had.
    async fn copy(
        &self,
        now: Timestamp,
        (from, tag): (&str, &str),
        to: &str,
        (media, visibility): (MediaType, Visibility),
    ) -> Result<bool, S3Fault> {
        const ACT: &str = "to copy an object";
        let source = format!("/{}/{from}", self.0.bucket.name());
        let cache = match visibility {
            Visibility::Public => PUBLIC,
            Visibility::Private => PRIVATE,
        };
        let mut headers =
            vec![("cache-control", cache), ("content-type", media.mime()), ("x-amz-copy-source", &source)];
        if !tag.is_empty() {
            headers.push(("x-amz-copy-source-if-match", tag));
        }
        headers.push(("x-amz-metadata-directive", "REPLACE"));
        let ask = Ask { headers: &headers, ..Ask::of(ACT, Method::Put, to) };
        let answered = self.ask(now, ask, Bytes::new()).await?;
        if matches!(answered.status, 404 | 412) {
            return Ok(false);
        }
        answered.done(ACT)?;
        Ok(true)
    }

    /// Removes an object. That it is not there is as good.
    pub(super) async fn delete(&self, now: Timestamp, key: &str) -> Result<(), S3Fault> {
        const ACT: &str = "to delete an object";
        let answered = self.ask(now, Ask::of(ACT, Method::Delete, key), Bytes::new()).await?;
        if answered.status == 404 { Ok(()) } else { answered.done(ACT) }
    }

    /// Keys that begin like this, each with when it was written.
    pub(super) async fn list(&self, now: Timestamp, prefix: &str) -> Result<Vec<Listed>, S3Fault> {
        let mut all = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let (page, next) = self.list_page(now, prefix, after.as_deref()).await?;
            all.extend(page);
            if next.is_none() {
                break;
            }
            after = next;
        }
        Ok(all)
    }

    /// Up to a thousand of them, and what to go on with.
    async fn list_page(
        &self,
        now: Timestamp,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Listed>, Option<String>), S3Fault> {
        const ACT: &str = "to list objects";
        let mut query = Vec::from_iter(after.map(|after| ("continuation-token", after)));
        query.extend([("encoding-type", "url"), ("list-type", "2"), ("prefix", prefix)]);
        let ask = Ask { act: ACT, method: Method::Get, key: None, query: &query, headers: &[] };
        let answered = self.ask(now, ask, Bytes::new()).await?;
        answered.done(ACT)?;
        let listed = ListObjectsV2::parse_response(&String::from_utf8_lossy(&answered.body))
            .map_err(|error| S3Fault::Strange { act: ACT, why: error.to_string() })?;
        let of_ours = listed.contents.into_iter().filter(|object| object.key.starts_with(prefix));
        let written = |text: Option<String>| {
            let moment: Moment = text?.parse().ok()?;
            Some(Timestamp(moment.as_microsecond()))
        };
        let page = of_ours.map(|object| (object.key, written(object.last_modified))).collect();
        Ok((page, listed.next_continuation_token))
    }
}

fn fits(peeked: &Peeked, expected: Expected) -> Result<(), Unexpected> {
    expected.fit(peeked.size)?;
    expected.recognise(&peeked.head)
}

/// The service's tag as it may stand in ours; where it may not, the name, which no other file has.
fn plain(tag: &str, name: &Name) -> String {
    let tag = tag.trim_start_matches("W/").trim_matches('"');
    let is_plain = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain && (16..=LONGEST_TAG).contains(&tag.len()) {
        tag.to_owned()
    } else {
        name.as_str().to_owned()
    }
}
