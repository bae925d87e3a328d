//! Organisations: the schools and other bodies that members belong to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::email::ascii_domain;
use crate::failure::Reason;
use crate::text::{fold, line};

/// The most code points of a name.
const LONGEST_NAME: usize = 150;
/// The most characters of an id.
const LONGEST_ID: usize = 64;

/// An organisation as anybody may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// Its id: letters, digits, `-` and `_`, at most 64.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is; empty where nobody said.
    pub region: String,
}

impl Organization {
    /// What two organisations of an app cannot share: name and region, in whatever case and width.
    pub fn key(&self) -> String {
        format!("{}\n{}", fold(&self.name), fold(&self.region))
    }
}

/// Reads an id.
///
/// # Errors
/// `Blank`, `TooLong`, or `Malformed` for any character beside `A-Za-z0-9_-`.
pub fn id(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    if text.is_empty() {
        Err(Reason::Blank)
    } else if text.len() > LONGEST_ID {
        Err(Reason::TooLong { max: LONGEST_ID })
    } else if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        Ok(text.to_owned())
    } else {
        Err(Reason::Malformed)
    }
}

/// Reads a name: 1 to 150 characters on one line.
///
/// # Errors
/// As [`line()`].
pub fn name(text: &str) -> Result<String, Reason> {
    line(text, 1, LONGEST_NAME)
}

/// Reads a region: as a name, but it may be empty.
///
/// # Errors
/// As [`line()`], without `Blank`.
pub fn region(text: &str) -> Result<String, Reason> {
    match line(text, 1, LONGEST_NAME) {
        Err(Reason::Blank) => Ok(String::new()),
        read => read,
    }
}

/// Reads an e-mail domain, with or without an `@` before it: its ASCII form (IDNA, UTS #46).
///
/// # Errors
/// `Blank` or `Malformed`.
pub fn domain(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    let text = text.strip_prefix('@').unwrap_or(text);
    if text.is_empty() {
        return Err(Reason::Blank);
    }
    ascii_domain(text).ok_or(Reason::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_form_and_stands_alone() {
        for text in ["example.ac.kr", "@Example.AC.kr", " ｅｘａｍｐｌｅ.ac.kr "] {
            assert_eq!(domain(text), Ok("example.ac.kr".to_owned()), "{text}");
        }
        assert_eq!(domain("한국.kr"), Ok("xn--3e0b707e.kr".to_owned()));
        for text in
            ["a@example.ac.kr", "localhost", "*.ac.kr", ".ac.kr", "127.0.0.1", "ex ample.kr", "@@a.kr"]
        {
            assert_eq!(domain(text), Err(Reason::Malformed), "{text}");
        }
        for text in ["", "@", " @ "] {
            assert_eq!(domain(text), Err(Reason::Blank), "{text}");
        }
    }

    #[test]
    fn names_meet_in_whatever_case_and_width() {
        let key = |name: &str, region: &str| {
            Organization { id: "1".to_owned(), name: name.to_owned(), region: region.to_owned() }.key()
        };
        assert_eq!(key("ＫＡＩＳＴ", "대전"), key("Kaist", "대전"));
        assert_ne!(key("KAIST", "대전"), key("KAIST", ""));
        assert_eq!(region("  "), Ok(String::new()));
        assert_eq!(name("  "), Err(Reason::Blank));
    }

    #[test]
    fn an_id_is_plain() {
        assert_eq!(id(" school-1_A "), Ok("school-1_A".to_owned()));
        for (text, reason) in [
            ("", Reason::Blank),
            ("학교", Reason::Malformed),
            ("a b", Reason::Malformed),
            ("a/b", Reason::Malformed),
        ] {
            assert_eq!(id(text), Err(reason), "{text}");
        }
        assert_eq!(id(&"a".repeat(65)), Err(Reason::TooLong { max: 64 }));
    }
}
