//! Chance that can be repeated: the same seed makes the same choices.

use std::hash::{BuildHasher, RandomState};

/// A sequence of choices (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of a test: of `DAEMUN_CRASH_SEED`, else one that is told.
    pub fn of_test(test: &str) -> Self {
        let given = crate::variable("DAEMUN_CRASH_SEED").and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0) >> 32);
        eprintln!("{test}: DAEMUN_CRASH_SEED={seed}");
        Self(seed)
    }

    /// A sequence of its own for each part of a test.
    pub fn branch(&self, part: u64) -> Self {
        Self(self.0 ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// One of these places.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}
