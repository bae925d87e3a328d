//! What the pages say, in both languages.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use daemun_model::{Language, Reason};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};
use minijinja::Value;
use minijinja::value::Object;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks show as boxes in some fonts, and none of our texts mixes directions.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

const KO: LanguageIdentifier = langid!("ko");
const EN: LanguageIdentifier = langid!("en");

const fn tag(language: Language) -> LanguageIdentifier {
    match language {
        Language::Ko => KO,
        Language::En => EN,
    }
}

/// The text of a key; the key itself where there is none, which a test makes sure never happens.
pub(crate) fn text(language: Language, key: &str) -> String {
    TEXTS.try_lookup(&tag(language), key).unwrap_or_else(|| key.to_owned())
}

/// What is wrong with an input, for who filled it in.
pub(crate) fn fault(language: Language, field: &str, reason: &Reason) -> String {
    let number = |name: &'static str, value: usize| {
        HashMap::from([(Cow::Borrowed(name), FluentValue::from(value.to_string()))])
    };
    let (key, arguments) = match reason {
        Reason::Malformed | Reason::TooLong { .. } | Reason::Unknown if field == "email" => {
            ("reason-email", HashMap::new())
        }
        Reason::Required | Reason::Blank => ("reason-required", HashMap::new()),
        Reason::TooShort { min } => ("reason-too-short", number("min", *min)),
        Reason::TooLong { max } => ("reason-too-long", number("max", *max)),
        Reason::TooCommon => ("reason-too-common", HashMap::new()),
        Reason::TooSimilar { .. } => ("reason-too-similar", HashMap::new()),
        Reason::Mismatch => ("reason-mismatch", HashMap::new()),
        Reason::Malformed => ("reason-malformed", HashMap::new()),
        Reason::NotAChoice | Reason::OutOfRange | Reason::Unknown | Reason::Taken => {
            ("reason-other", HashMap::new())
        }
    };
    TEXTS.try_lookup_with_args(&tag(language), key, &arguments).unwrap_or_else(|| key.to_owned())
}

/// The texts as templates see them: `t["reset-title"]`.
#[derive(Debug)]
pub(crate) struct Catalogue(pub(crate) Language);

impl Object for Catalogue {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        TEXTS.try_lookup(&tag(self.0), key.as_str()?).map(Value::from)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The keys of a catalogue file: every line that begins a message.
    fn keys(ftl: &str) -> BTreeSet<&str> {
        ftl.lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect()
    }

    #[test]
    fn both_languages_say_everything() {
        let korean = keys(include_str!("../locales/ko/pages.ftl"));
        let english = keys(include_str!("../locales/en/pages.ftl"));
        assert_eq!(korean, english);
        assert!(english.len() > 30);
        let numbers =
            ["min", "max"].into_iter().map(|name| (Cow::Borrowed(name), FluentValue::from("8"))).collect();
        for key in english {
            for language in Language::ALL {
                let text = TEXTS.try_lookup_with_args(&tag(language), key, &numbers);
                assert!(text.is_some_and(|text| !text.contains('{')), "{key} in {language:?}");
            }
        }
    }

    #[test]
    fn a_fault_tells_its_number() {
        assert_eq!(
            fault(Language::En, "password", &Reason::TooShort { min: 8 }),
            "It needs at least 8 characters."
        );
        assert_eq!(
            fault(Language::Ko, "password", &Reason::TooLong { max: 1024 }),
            "1024자 이하여야 합니다."
        );
    }
}
