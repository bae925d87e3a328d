//! Text as people type it, brought to the one form that is compared and kept.

use unicode_normalization::UnicodeNormalization;

use crate::failure::Reason;

/// The key under which two spellings of one name meet: NFKC, lower case, NFKC again
/// (UAX #15, and the caseless matching of the Unicode standard section 3.13 as far as lower case carries it).
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect::<String>().nfkc().collect()
}

/// A line that a person typed: NFC, trimmed, without control characters, `min` to `max` code points.
///
/// # Errors
/// `Blank` when nothing is left, `TooShort`, `TooLong`, or `Malformed` for control characters.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, Reason> {
    if text.len() > max.saturating_mul(16).max(1024) {
        return Err(Reason::TooLong { max });
    }
    let text: String = text.trim().nfc().collect();
    let length = text.chars().count();
    if length == 0 {
        Err(Reason::Blank)
    } else if text.chars().any(char::is_control) {
        Err(Reason::Malformed)
    } else if length < min {
        Err(Reason::TooShort { min })
    } else if length > max {
        Err(Reason::TooLong { max })
    } else {
        Ok(text)
    }
}
