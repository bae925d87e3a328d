//! Randomness as a parameter: production asks the system, a test asks a seed.

use std::cell::RefCell;
use std::sync::Mutex;

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};
use uuid::{Builder, Uuid};

use crate::clock::Timestamp;

/// A source of random bytes. Production bytes come from the operating system's CSPRNG.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// Fills the whole buffer.
    fn fill(&self, bytes: &mut [u8]);

    /// Bytes that name something and protect nothing, as a request's id: they may have been drawn in advance.
    fn name(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }
}

impl dyn Random + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A version 7 UUID (RFC 9562 section 5.7) made at `now`. Those of a later microsecond are greater.
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        uuid_v7(now, self.bytes::<10>())
    }

    /// A version 4 UUID (RFC 9562 section 5.4).
    pub fn uuid_v4(&self) -> Uuid {
        Builder::from_random_bytes(self.bytes::<16>()).into_uuid()
    }

    /// The same of bytes that may have been drawn in advance: for what protects nothing.
    pub fn name_v4(&self) -> Uuid {
        Builder::from_random_bytes(self.name()).into_uuid()
    }

    /// `digits` decimal digits, each equally likely: `digits` is at most 18.
    pub fn digits(&self, digits: u32) -> String {
        let range = 10_u64.pow(digits);
        let limit = u64::MAX - u64::MAX % range;
        loop {
            let number = u64::from_le_bytes(self.bytes::<8>());
            if number < limit {
                return format!("{:0width$}", number % range, width = digits as usize);
            }
        }
    }
}

/// The least version 7 UUID that can be made at `moment`.
pub fn first_uuid_v7(moment: Timestamp) -> Uuid {
    uuid_v7(moment, [0; 10])
}

/// The microseconds within the millisecond are the twelve bits behind the version (RFC 9562 section 6.2, method 3).
fn uuid_v7(moment: Timestamp, mut rest: [u8; 10]) -> Uuid {
    let millis = u64::try_from(moment.0.div_euclid(1000)).unwrap_or(0);
    let fraction = moment.0.rem_euclid(1000) * 4096 / 1000;
    let [.., high, low] = fraction.to_be_bytes();
    (rest[0], rest[1]) = (high, low);
    Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}

/// The operating system's CSPRNG.
#[derive(Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// When the operating system gives no randomness: nothing safe can be done then.
    #[expect(clippy::expect_used, reason = "a server without randomness must not go on")]
    fn fill(&self, bytes: &mut [u8]) {
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }

    /// Of bytes that each thread draws ahead, so that not every name is a system call.
    fn name(&self) -> [u8; 16] {
        AHEAD.with_borrow_mut(|(bytes, left)| {
            if *left == 0 {
                self.fill(bytes.as_flattened_mut());
                *left = bytes.len();
            }
            *left -= 1;
            bytes[*left]
        })
    }
}

thread_local! {
    /// Names that were drawn, and how many of them nobody has had.
    static AHEAD: RefCell<([[u8; 16]; 64], usize)> = const { RefCell::new(([[0; 16]; 64], 0)) };
}

/// The same bytes for the same seed. For tests.
#[derive(Debug)]
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    /// A source that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_of_a_later_microsecond_is_greater_and_none_is_below_the_first_of_its_moment() {
        let random: &dyn Random = &SeededRandom::new(1);
        let start = 1_790_000_000_000_000;
        let made = (start..start + 2_100).map(|at| random.uuid_v7(Timestamp(at))).collect::<Vec<_>>();
        assert!(made.is_sorted());
        for (at, uuid) in (start..).zip(&made) {
            assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
            let (seconds, nanos) = uuid.get_timestamp().unwrap().to_unix();
            assert_eq!(i64::try_from(seconds * 1000 + u64::from(nanos) / 1_000_000).unwrap(), at / 1000);
            assert!(first_uuid_v7(Timestamp(at)) <= *uuid && *uuid < first_uuid_v7(Timestamp(at + 1)));
        }
    }
}
