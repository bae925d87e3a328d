//! Identifiers: an account's UUID and its 22-character short form.

use std::fmt;

use uuid::Uuid;

/// An account's identifier everywhere inside Daemun and in the `sub` of its tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountUuid(pub Uuid);

impl AccountUuid {
    /// Reads the canonical form or the 22-character short form.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().or_else(|| from_short(text)).map(Self)
    }
}

impl fmt::Display for AccountUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AccountUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The alphabet of short UUIDs: letters and digits without those that look alike.
const ALPHABET: &[u8; 57] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SHORT_LENGTH: usize = 22;

/// A UUID as 22 characters of base 57, most significant first.
pub fn to_short(uuid: Uuid) -> String {
    let mut rest = uuid.as_u128();
    let mut characters = [ALPHABET[0]; SHORT_LENGTH];
    for slot in characters.iter_mut().rev() {
        *slot = ALPHABET[(rest % 57) as usize];
        rest /= 57;
    }
    characters.iter().map(|&byte| char::from(byte)).collect()
}

/// The UUID of a short form; `None` for another length, a foreign character or a number of 2^128 or more.
pub fn from_short(text: &str) -> Option<Uuid> {
    if text.len() != SHORT_LENGTH {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |number, byte| {
            let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
            number.checked_mul(57)?.checked_add(digit as u128)
        })
        .map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_come_back() {
        for number in [0, 1, 57, u128::MAX, 0x0190_0000_0000_7000_8000_0000_0000_0001] {
            let uuid = Uuid::from_u128(number);
            assert_eq!(from_short(&to_short(uuid)), Some(uuid));
        }
    }

    #[test]
    fn what_is_no_short_form_is_refused() {
        assert_eq!(from_short("zzzzzzzzzzzzzzzzzzzzzz"), None, "beyond 2^128");
        assert_eq!(from_short("CLS9fByfifGwPy5YQWTQo"), None, "too short");
        assert_eq!(from_short("CLS9fByfifGwPy5YQWTQ0n"), None, "0 is not in the alphabet");
        assert!(from_short("CLS9fByfifGwPy5YQWTQon").is_some());
    }
}
