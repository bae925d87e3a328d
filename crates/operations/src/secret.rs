//! Secrets that Daemun makes: tokens of links, opaque sessions, one-time codes.

use daemun_model::Random;
use daemun_store::codes::Place;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use unicode_normalization::UnicodeNormalization;

use crate::daemun::Daemun;

/// Digits of a one-time code.
const CODE_DIGITS: u32 = 6;

/// 256 random bits for a link: 43 characters that need no escaping in a URL.
pub(crate) fn link_token(random: &dyn Random) -> String {
    BASE64URL_NOPAD.encode(&random.bytes::<32>())
}

/// A random token of so many hexadecimal digits.
pub(crate) fn hex_token(random: &dyn Random, digits: usize) -> String {
    let mut bytes = vec![0; digits.div_ceil(2)];
    random.fill(&mut bytes);
    let mut token = HEXLOWER.encode(&bytes);
    token.truncate(digits);
    token
}

/// A one-time code.
pub(crate) fn code(random: &dyn Random) -> String {
    random.digits(CODE_DIGITS)
}

/// How a code is kept: keyed, since a million guesses would find a plain digest, and bound to its place.
pub(crate) fn code_digest(daemun: &Daemun, place: &Place, code: &str) -> String {
    let purpose = format!("code {} {}", place.purpose.as_str(), place.app.0);
    daemun.master.keyed_digest(&purpose, &format!("{}\n{code}", place.target))
}

/// A code as a person types it: full-width digits are digits, spaces and dashes between them are nothing.
pub(crate) fn read_code(typed: &str) -> String {
    typed.chars().take(64).nfkc().filter(|c| !c.is_whitespace() && *c != '-').collect()
}
