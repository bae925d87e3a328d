//! Text as people type it, brought to the one form that is compared and kept.

use unicode_normalization::UnicodeNormalization;

use crate::failure::Reason;

/// The key under which two spellings of one name meet: without what is invisible, NFKC, lower case, NFKC again
/// (UAX #15, and the caseless matching of the Unicode standard section 3.13 as far as lower case carries it).
pub fn fold(text: &str) -> String {
    let seen = |c: &char| !is_invisible(*c);
    let lower: String = text.nfkc().filter(seen).flat_map(char::to_lowercase).collect();
    lower.nfkc().filter(seen).collect()
}

/// Whether a character shows nothing by itself: `Default_Ignorable_Code_Point` of the Unicode character database, and the
/// empty pattern of Braille. With them one name would have many spellings that look the same.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character changes how the text around it is shown: those that turn its direction (UAX #9 section 2) and those
/// that end a line.
pub const fn disturbs(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// A line that a person typed: NFC, trimmed, without characters that control or [`disturbs`] what is around it, of which
/// something is seen. `min` counts the code points that are seen, `max` all.
///
/// # Errors
/// `Blank` when nothing is left to see, `TooShort`, `TooLong`, or `Malformed` for such characters.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, Reason> {
    if text.len() > max.saturating_mul(16).max(1024) {
        return Err(Reason::TooLong { max });
    }
    let text: String = text.trim().nfc().collect();
    let seen = text.chars().filter(|c| !is_invisible(*c) && !c.is_whitespace()).count();
    if text.chars().any(|c| c.is_control() || disturbs(c)) {
        Err(Reason::Malformed)
    } else if seen == 0 {
        Err(Reason::Blank)
    } else if text.chars().filter(|c| !is_invisible(*c)).count() < min {
        Err(Reason::TooShort { min })
    } else if text.chars().count() > max {
        Err(Reason::TooLong { max })
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_look_the_same_meet() {
        for variant in [
            "KIM",
            "ｋｉｍ",
            "k\u{200b}im",
            "\u{feff}kim",
            "ki\u{200d}m",
            "kim\u{ad}",
            "kim\u{fe0f}",
            "kim\u{3164}",
            "kim\u{2800}",
            "kim\u{e0041}",
            "\u{202e}kim",
            "\u{212a}im",
        ] {
            assert_eq!(fold(variant), "kim", "{}", variant.escape_unicode());
        }
        assert_eq!(fold("e\u{200b}\u{301}"), fold("\u{e9}"), "what stood between two that belong together");
        assert_ne!(fold("kim"), fold("kin"));
    }

    #[test]
    fn of_a_line_something_is_seen() {
        for nothing in ["", " ", "\u{200b}", "\u{3164}", "\u{2800}", "\u{ad} \u{feff}", "\u{115f}\u{1160}"] {
            assert_eq!(line(nothing, 1, 10), Err(Reason::Blank), "{}", nothing.escape_unicode());
        }
        assert_eq!(line("가\u{200b}\u{200b}", 2, 10), Err(Reason::TooShort { min: 2 }));
        assert_eq!(
            line(" 가\u{200d}나 ", 2, 10).as_deref(),
            Ok("가\u{200d}나"),
            "letters that ask to be joined stay so"
        );
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{2764}\u{fe0f}";
        assert_eq!(line(family, 1, 10).as_deref(), Ok(family));
    }

    #[test]
    fn a_line_leaves_what_is_around_it_as_it_is() {
        for other in ["a\u{0}b", "a\nb", "a\u{85}b", "a\u{2028}b", "gpj\u{202e}.exe", "\u{2066}a", "\u{202e}"]
        {
            assert_eq!(line(other, 1, 10), Err(Reason::Malformed), "{}", other.escape_unicode());
        }
    }
}
