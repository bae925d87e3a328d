//! E-mail addresses.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::failure::Reason;
use crate::text::{fold, is_invisible};

/// A syntactically valid e-mail address that mail can be sent to.
///
/// The domain is kept in its ASCII form (IDNA, UTS #46), the local part as typed after NFKC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    address: String,
    key: String,
}

/// The longest address that fits an SMTP path (RFC 5321 section 4.5.3.1.3, less the brackets).
const LONGEST_ADDRESS: usize = 254;
/// The longest local part (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

impl Email {
    /// The most characters of an address.
    pub const LONGEST: usize = LONGEST_ADDRESS;

    /// Reads an address: surrounding white space is dropped, a line break too, as forms and pastes leave it; width and Unicode variants become one (NFKC).
    ///
    /// The local part is a dot-atom (RFC 5322 section 3.2.3, with RFC 6531's letters beyond ASCII, and nothing that is not
    /// seen); quoted local parts, comments and address literals are refused, as every large mail service does.
    ///
    /// # Errors
    /// `Blank`, `TooLong` or `Malformed`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        if text.len() > 4 * LONGEST_ADDRESS {
            return Err(Reason::TooLong { max: LONGEST_ADDRESS });
        }
        let text: String = text.trim().nfkc().collect();
        if text.is_empty() {
            return Err(Reason::Blank);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(Reason::Malformed)?;
        let domain = ascii_domain(domain).ok_or(Reason::Malformed)?;
        if !is_dot_atom(local) {
            return Err(Reason::Malformed);
        }
        let address = format!("{local}@{domain}");
        let key = format!("{}@{domain}", fold(local));
        if local.len() > LONGEST_LOCAL || address.len() > LONGEST_ADDRESS || key.len() > 2 * LONGEST_ADDRESS {
            return Err(Reason::TooLong { max: LONGEST_ADDRESS });
        }
        Ok(Self { address, key })
    }

    /// The address to write to and to show.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The form under which variants of one address meet: what must be unique.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stands before the last `@`.
    pub fn local_part(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The domain in its ASCII form.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// The ASCII form of a mail domain: at least two labels, the last not a number.
pub fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let well_formed = ascii.len() <= 253
        && ascii.split('.').count() >= 2
        && ascii.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && ascii.rsplit('.').next().is_some_and(|top| top.bytes().any(|byte| !byte.is_ascii_digit()));
    well_formed.then_some(ascii)
}

fn is_dot_atom(local: &str) -> bool {
    let is_atom_character = |character: char| {
        character.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(character)
            || (!character.is_ascii()
                && !character.is_whitespace()
                && !character.is_control()
                && !is_invisible(character))
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

/// An address of which only the beginning and the domain are shown: `ho***@example.com`; `***` for what is none.
pub fn masked(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return "***".to_owned() };
    let shown: String = local.chars().take(if local.chars().count() > 2 { 2 } else { 1 }).collect();
    format!("{shown}***@{domain}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variants_of_one_address_meet() {
        let key = |text| Email::parse(text).unwrap().key().to_owned();
        let plain = key("user@example.com");
        for variant in
            ["User@Example.COM", " user@example.com ", "ｕｓｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "user@EXAMPLE.com"]
        {
            assert_eq!(key(variant), plain, "{variant}");
        }
        assert_eq!(key("a@한국.kr"), key("A@xn--3e0b707e.kr"));
    }

    #[test]
    fn the_address_is_kept_as_typed() {
        assert_eq!(Email::parse("John.Doe@Example.com").unwrap().address(), "John.Doe@example.com");
    }

    #[test]
    fn white_space_around_an_address_is_dropped_and_none_is_left_within() {
        for text in ["a%b@c.kr\n", "\r\n a%b@c.kr\r\n", "\u{a0}a%b@c.kr\u{3000}\u{2028}", "a%b@c.kr\u{85}"] {
            assert_eq!(Email::parse(text).unwrap().address(), "a%b@c.kr", "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "a@example.com\nBcc: b@example.com",
            "a@example.com\n\nb@example.com",
            "a\n@example.com",
            "a@\nexample.com",
            "a@example\u{2028}.com",
            "a\u{85}b@example.com",
            "a\u{7f}@example.com",
            "a\u{200b}@example.com",
            "a\u{ad}@example.com",
            "\u{feff}a@example.com",
            "a\u{202e}b@example.com",
            "user",
            "@example.com",
            "user@",
            "user@localhost",
            "a b@example.com",
            "user@exa mple.com",
            ".a@example.com",
            "a..b@example.com",
            "a@b@example.com",
            "a@example..com",
            "a@-example.com",
            "a@127.0.0.1",
            "a\r\nBcc:x@example.com",
            "\"a b\"@example.com",
            "a@example.com\0",
            "<a@example.com>",
            "a,b@example.com",
        ] {
            assert_eq!(Email::parse(text), Err(Reason::Malformed), "{text:?}");
        }
        assert_eq!(Email::parse("  "), Err(Reason::Blank));
        assert!(matches!(
            Email::parse(&format!("{}@example.com", "a".repeat(65))),
            Err(Reason::TooLong { .. })
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_what_is_read_reads_the_same_again(text in "\\PC{0,80}") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.address()).unwrap();
                prop_assert_eq!(again.key(), email.key());
                prop_assert_eq!(again.address(), email.address());
            }
        }

        #[test]
        fn an_address_is_one_line(text in "\\s{0,2}[a%\\s\\x00-\\x1f\\x7f-\\x9f.]{1,6}@[c\\s\\x00-\\x1f]{1,3}\\.kr\\s{0,3}") {
            if let Ok(email) = Email::parse(&text) {
                let one_word = |c: char| !c.is_whitespace() && !c.is_control();
                prop_assert!(email.address().chars().all(one_word) && email.key().chars().all(one_word));
            }
        }

        #[test]
        fn case_never_makes_a_second_address(local in "[a-zA-Z0-9._+-]{1,20}", domain in "[a-zA-Z]{1,10}\\.(com|kr)") {
            let text = format!("{local}@{domain}");
            if let Ok(email) = Email::parse(&text) {
                let upper = Email::parse(&text.to_uppercase()).unwrap();
                prop_assert_eq!(upper.key(), email.key());
            }
        }
    }
}
