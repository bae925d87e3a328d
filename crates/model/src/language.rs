//! The two languages that members read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language of messages, mails and pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Korean.
    Ko,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Both, in the order they are shown.
    pub const ALL: [Self; 2] = [Self::Ko, Self::En];

    /// The two-letter code (ISO 639-1).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `ko`, `ko-KR`, `EN`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or("");
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.code()))
    }

    /// The best of ours for an `Accept-Language` header (RFC 9110 section 12.5.4): the highest weight wins,
    /// the earlier one of equals; `None` where it names neither.
    pub fn negotiate(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',') {
            let (tag, weight) = match range.split_once(";") {
                Some((tag, rest)) => {
                    (tag, rest.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(0.0))
                }
                None => (range, 1.0),
            };
            let Some(language) = Self::from_tag(tag) else { continue };
            if weight > 0.0 && best.is_none_or(|(highest, _)| weight > highest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}
