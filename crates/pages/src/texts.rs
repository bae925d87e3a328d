//! What the pages say, in both languages.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use daemun_model::{Code, Failure, Language, Reason};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};
use minijinja::value::{Kwargs, Object, from_args};
use minijinja::{Error, ErrorKind, State, Value};

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

/// What a failure says about a form's inputs, by their names; nothing where it is about something else.
pub(crate) fn faults(language: Language, failure: &Failure) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    match failure {
        Failure::Invalid(faults) => {
            for one in faults.iter() {
                // The third of a list is a fault of the list.
                let field = one.field.split(['.', '[']).next().unwrap_or(&one.field);
                let text = fault(language, field, &one.reason);
                let texts = told.entry(field.to_owned()).or_default();
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        Failure::Refused { code, field: Some(field) } => {
            let text = of_code(language, *code).unwrap_or_else(|| text(language, "reason-other"));
            told.insert(field.to_string(), vec![text]);
        }
        Failure::Refused { field: None, .. }
        | Failure::TooManyRequests { .. }
        | Failure::Unavailable { .. }
        | Failure::Broken(_) => {}
    }
    told
}

/// The sentence of a code, where there is one for operators.
pub(crate) fn of_code(language: Language, code: Code) -> Option<String> {
    TEXTS.try_lookup(&tag(language), &format!("code-{}", code.as_str().replace('_', "-")))
}

/// What was done: the text `done-KEY`. Only those texts can be asked for by a link.
pub(crate) fn notice(language: Language, key: &str) -> Option<String> {
    let harmless = key.len() < 40 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    harmless.then(|| TEXTS.try_lookup(&tag(language), &format!("done-{key}"))).flatten()
}

/// The texts as templates see them: `t["reset-title"]`, `t("accounts-found", count=3)`, and with words for the case in
/// which there is no such text, `t("act-account-suspend", else="account.suspend")`.
#[derive(Debug)]
pub(crate) struct Catalogue(pub(crate) Language);

impl Object for Catalogue {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        TEXTS.try_lookup(&tag(self.0), key.as_str()?).map(Value::from)
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (key, given): (&str, Kwargs) = from_args(args)?;
        let mut arguments = HashMap::new();
        for name in given.args().filter(|name| *name != "else") {
            let value: Value = given.get(name)?;
            let value = match i64::try_from(value.clone()) {
                Ok(number) => FluentValue::from(number),
                Err(_) => FluentValue::from(value.to_string()),
            };
            arguments.insert(Cow::Owned(name.to_owned()), value);
        }
        let found = TEXTS.try_lookup_with_args(&tag(self.0), key, &arguments);
        let instead: Option<Value> = given.get("else")?;
        match (found, instead) {
            (Some(text), _) => Ok(Value::from(text)),
            (None, Some(instead)) => Ok(instead),
            (None, None) => Err(Error::new(ErrorKind::UndefinedError, format!("there is no text {key}"))),
        }
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
        let korean = [
            include_str!("../locales/ko/pages.ftl"),
            include_str!("../locales/ko/console.ftl"),
            include_str!("../locales/ko/enter.ftl"),
            include_str!("../locales/ko/screens.ftl"),
        ];
        let english = [
            include_str!("../locales/en/pages.ftl"),
            include_str!("../locales/en/console.ftl"),
            include_str!("../locales/en/enter.ftl"),
            include_str!("../locales/en/screens.ftl"),
        ];
        let [korean, english] =
            [korean, english].map(|files| files.into_iter().flat_map(keys).collect::<BTreeSet<_>>());
        assert_eq!(korean, english);
        assert!(english.len() > 100);
        let numbers =
            ["min", "max", "count", "name", "app", "who", "what", "total", "work", "rest", "line", "places"]
                .into_iter()
                .map(|name| (Cow::Borrowed(name), FluentValue::from(8)))
                .collect();
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
