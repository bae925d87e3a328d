//! Where uploaded files lie. What a file is, whose it is and who may see it stands in the database; this crate keeps
//! bytes under names that nobody chooses.

pub mod local;
mod name;
pub mod s3;

pub use local::Local;
pub use name::Name;
pub use s3::S3;

use daemun_model::MediaType;

/// Where files are kept.
#[derive(Clone, Debug)]
pub enum Files {
    /// In a folder of this machine: clients send their files to Daemun.
    Local(Local),
    /// In a bucket: clients send their files there.
    S3(S3),
}

/// What a file that arrives must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its type.
    pub media: MediaType,
    /// Its size in bytes, where the client named one.
    pub size: Option<u64>,
    /// The most bytes it may have.
    pub max_bytes: u64,
}

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its size in bytes.
    pub size: u64,
    /// What its content is known by: equal for equal contents only.
    pub digest: String,
}

/// Why a file is not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unexpected {
    /// It has more bytes than it may have.
    #[error("it is too large")]
    TooLarge,
    /// It has not the size that was named.
    #[error("it has another size than was named")]
    OtherSize,
    /// Its content is not of its type.
    #[error("its content is of another type")]
    OtherContent,
}

impl Expected {
    /// Whether it may have so many bytes, and perhaps more.
    fn allow(&self, size: u64) -> Result<(), Unexpected> {
        if size > self.max_bytes {
            return Err(Unexpected::TooLarge);
        }
        match self.size {
            Some(named) if size > named => Err(Unexpected::OtherSize),
            _ => Ok(()),
        }
    }

    /// Whether it may have so many bytes and no more.
    fn fit(&self, size: u64) -> Result<(), Unexpected> {
        self.allow(size)?;
        if self.size.is_some_and(|named| named != size) {
            return Err(Unexpected::OtherSize);
        }
        Ok(())
    }

    /// Whether it is of its type, by its first bytes.
    fn recognise(&self, head: &[u8]) -> Result<(), Unexpected> {
        match MediaType::of_content(head) {
            Some(media) if media == self.media => Ok(()),
            _ => Err(Unexpected::OtherContent),
        }
    }
}
