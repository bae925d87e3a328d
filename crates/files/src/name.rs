//! The name by which a file is kept.

use daemun_model::{Random, Timestamp};
use data_encoding::HEXLOWER;

/// Hexadecimal digits of the time in a name.
const TIME: usize = 16;
/// Hexadecimal digits of randomness in a name.
const RANDOM: usize = 32;

/// When a file began to arrive and 128 random bits, in hexadecimal digits: 49 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// A new name.
    pub fn new(now: Timestamp, random: &dyn Random) -> Self {
        Self(format!("{:016x}-{}", now.0.max(0), HEXLOWER.encode(&random.bytes::<16>())))
    }

    /// A name that was made before: `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, random) = text.split_once('-')?;
        let digits = |text: &str, count: usize| {
            text.len() == count && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        (digits(time, TIME) && digits(random, RANDOM)).then(|| Self(text.to_owned()))
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When it was made, in microseconds since 1970.
    pub fn made_at(&self) -> i64 {
        i64::from_str_radix(&self.0[..TIME], 16).unwrap_or(i64::MAX)
    }

    /// The folder it lies in: two digits of the randomness.
    pub(crate) fn shard(&self) -> &str {
        &self.0[TIME + 1..TIME + 3]
    }
}
