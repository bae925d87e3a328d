//! Keys that come with a product. Ours are 16 characters in four groups, the last of which checks the others;
//! imported ones have any form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::random::Random;

/// Crockford's base 32: no I, L, O, U, which are misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a key of ours, the check among them.
const LENGTH: usize = 16;
const GROUP: usize = 4;
/// The most characters of any key.
const LONGEST: usize = 64;

/// A product key: how it is shown, and what is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductKey {
    shown: String,
    value: String,
}

impl ProductKey {
    /// Reads a key as somebody typed it: letters of the Latin alphabet, digits and dashes, at most 64, and more than dashes.
    pub fn parse(typed: &str) -> Option<Self> {
        let shown = typed.trim();
        let fits = shown.len() <= LONGEST && shown.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        let value: String = shown.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        (fits && !value.is_empty()).then(|| Self { shown: shown.to_owned(), value })
    }

    /// A new key: 75 random bits and the check, as `7XK2-M0QD-5RTB-9HWE`.
    pub fn generate(random: &dyn Random) -> Self {
        let drawn = random.bytes::<{ LENGTH - 1 }>();
        let mut digits: Vec<usize> = drawn.iter().map(|byte| usize::from(*byte) % ALPHABET.len()).collect();
        digits.push(check_of(&digits));
        let value: String = digits.iter().map(|digit| char::from(ALPHABET[*digit])).collect();
        let groups: Vec<&str> = (0..LENGTH / GROUP).map(|n| &value[n * GROUP..(n + 1) * GROUP]).collect();
        Self { shown: groups.join("-"), value }
    }

    /// As it is printed.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What is compared: capitals without dashes.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether it has the form of ours and its check fits: one wrong or two swapped characters do not.
    pub fn checks(&self) -> bool {
        let place = |c: u8| ALPHABET.iter().position(|known| *known == c);
        let digits: Option<Vec<usize>> = self.value.bytes().map(place).collect();
        digits.is_some_and(|digits| {
            let (last, rest) = digits.split_last().unwrap_or((&0, &[]));
            digits.len() == LENGTH && check_of(rest) == *last
        })
    }
}

/// Luhn's sum over 32 digits (ISO/IEC 7812-1 annex B, with another base): the digit that makes it 0.
fn check_of(digits: &[usize]) -> usize {
    let base = ALPHABET.len();
    let sum: usize = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| if n % 2 == 0 { digit * 2 / base + digit * 2 % base } else { *digit })
        .sum();
    (base - sum % base) % base
}

/// What a product key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductKeyState {
    /// Nobody has registered it.
    Free,
    /// It is somebody's.
    Used,
    /// There is no such key.
    Unknown,
}

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisteredKey {
    /// The key.
    pub key: String,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// A key as operators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedKey {
    /// The key.
    pub key: String,
    /// `free` or `used`.
    pub state: ProductKeyState,
    /// The number of the account that registered it.
    pub account: Option<i64>,
    /// When it was registered.
    pub registered_at: Option<Timestamp>,
    /// When it was made or imported.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_key_is_read_in_any_case_with_or_without_dashes() {
        let key = ProductKey::parse(" 7xk2-M0qd5RTB-9hwe ").unwrap();
        assert_eq!((key.shown(), key.value()), ("7xk2-M0qd5RTB-9hwe", "7XK2M0QD5RTB9HWE"));
        assert_eq!(ProductKey::parse("7XK2M0QD5RTB9HWE").unwrap().value(), key.value());
        let longest = "x".repeat(64);
        assert!(ProductKey::parse(&longest).is_some());
        for wrong in ["", "-", "----", "a b", "a_b", "ａ", "' OR 1=1 --", "a\0b", &format!("{longest}x")] {
            assert!(ProductKey::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_generated_key_notices_one_wrong_character() {
        let random = SeededRandom::new(7);
        for _ in 0..200 {
            let key = ProductKey::generate(&random);
            assert_eq!(key.shown().len(), 19);
            assert!(key.shown().split('-').all(|group| group.len() == 4));
            assert!(key.checks() && ProductKey::parse(key.shown()).unwrap().checks());
            for place in 0..LENGTH {
                for wrong in ALPHABET {
                    let mut bytes = key.value().as_bytes().to_vec();
                    if bytes[place] == *wrong {
                        continue;
                    }
                    bytes[place] = *wrong;
                    let typed = ProductKey::parse(std::str::from_utf8(&bytes).unwrap()).unwrap();
                    assert!(!typed.checks(), "{} for {}", typed.value(), key.value());
                }
            }
        }
        assert!(!ProductKey::parse("SOLGIK-2020").unwrap().checks());
    }
}
