//! Trying everything once that will be needed.

use bytes::Bytes;
use daemun_model::upload::Visibility;
use daemun_model::{MediaType, Random, Timestamp};

use super::{Look, Place, S3, S3Fault};
use crate::{Expected, Name};

/// The beginning of a picture, which is all that is looked at.
const PROBE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";

impl S3 {
    /// Lists, writes, copies, reads and deletes in the bucket.
    ///
    /// # Errors
    /// `Away` when the service cannot be reached, otherwise what it refuses, with what can be done about it.
    pub async fn check(&self, now: Timestamp, random: &dyn Random) -> Result<(), S3Fault> {
        let name = Name::new(now, random);
        let path = format!("daemun-probe/{}.png", name.as_str());
        let place = Place { path: &path, visibility: Visibility::Private };
        self.list(now, &self.incoming("daemun-probe/")).await?;
        let media = MediaType::Png;
        self.put(now, "to write an object", (&path, media), Bytes::from_static(PROBE)).await?;
        let size = PROBE.len() as u64;
        let seen =
            self.look(now, place, &name, Expected { media, size: Some(size), max_bytes: size }).await?;
        self.remove(now, place).await?;
        match seen {
            Look::Arrived(_) => Ok(()),
            Look::Absent | Look::Unexpected(_) => {
                let why = "an object that was written is not there, or is another".to_owned();
                Err(S3Fault::Strange { act: "to read an object", why })
            }
        }
    }
}
