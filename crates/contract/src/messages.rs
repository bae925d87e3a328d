//! The built-in messages, in Korean and English, for what a contract does not pin.

use std::sync::LazyLock;

use daemun_model::{Code, Language, Reason};
use fluent_templates::fluent_bundle::concurrent::FluentBundle;
use fluent_templates::fluent_bundle::{FluentArgs, FluentResource, FluentValue};

type Bundle = FluentBundle<FluentResource>;

static KOREAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Ko, include_str!("../messages/ko.ftl")));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En, include_str!("../messages/en.ftl")));

/// Reads a catalogue. What cannot be read is left out here and found by the test that compares the two.
fn bundle(language: Language, text: &str) -> Bundle {
    let tag = language.code().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(partial, _)| partial);
    bundle.add_resource_overriding(resource);
    bundle
}

fn look_up(language: Language, key: &str, arguments: Option<&FluentArgs<'_>>) -> Option<String> {
    let bundle: &Bundle = match language {
        Language::Ko => &KOREAN,
        Language::En => &ENGLISH,
    };
    let pattern = bundle.get_message(key)?.value()?;
    Some(bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
}

/// What a failure says.
pub fn of_code(language: Language, code: Code) -> String {
    look_up(language, &format!("error-{}", code.as_str()), None).unwrap_or_else(|| code.as_str().to_owned())
}

/// What is wrong with an input field: the sentence for that field (the last name of a dotted one) where there
/// is one, else the reason's. Numbers are given as text, so that no language groups their digits.
pub fn of_reason(language: Language, field: &str, reason: &Reason) -> String {
    let name = reason.as_str();
    let subject = match reason {
        Reason::TooSimilar { to } => to,
        _ => field.rsplit('.').next().unwrap_or(field),
    };
    let mut arguments = FluentArgs::new();
    match reason {
        Reason::TooShort { min } => arguments.set("min", FluentValue::from(min.to_string())),
        Reason::TooLong { max } => arguments.set("max", FluentValue::from(max.to_string())),
        _ => {}
    }
    look_up(language, &format!("reason-{name}-{subject}"), Some(&arguments))
        .or_else(|| look_up(language, &format!("reason-{name}"), Some(&arguments)))
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the messages: whatever stands before ` = ` at the beginning of a line.
    fn keys(text: &str) -> Vec<&str> {
        let starts = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
        let mut keys: Vec<_> =
            text.lines().filter(starts).filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn both_languages_hold_the_same_messages() {
        assert_eq!(keys(include_str!("../messages/ko.ftl")), keys(include_str!("../messages/en.ftl")));
    }

    #[test]
    fn every_failure_and_every_reason_has_a_message() {
        for language in Language::ALL {
            for code in Code::ALL {
                assert_ne!(of_code(language, code), code.as_str(), "{language:?}");
            }
            for name in Reason::NAMES {
                assert!(look_up(language, &format!("reason-{name}"), None).is_some(), "{language:?} {name}");
            }
        }
        assert_eq!(
            of_reason(Language::En, "password", &Reason::TooShort { min: 8 }),
            "The password must have at least 8 characters."
        );
        assert_eq!(
            of_reason(Language::En, "uploads", &Reason::TooLong { max: 10 }),
            "Send at most 10 files."
        );
    }
}
