//! What the pages say, in both languages.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use daemun_model::{Code, Failure, Language, Reason};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};
use minijinja::value::{Kwargs, Object, from_args};
use minijinja::{Error, ErrorKind, State, Value};

use crate::console::grouped;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks show as boxes in some fonts, and none of our texts mixes directions.
        customise: |bundle| {
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(whole_numbers));
        },
    };
}

/// Writes whole numbers with a comma between thousands, as both languages do.
fn whole_numbers<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "numbers in texts are counts, far below 2^53")]
        FluentValue::Number(number) if number.value.fract() == 0.0 => Some(grouped(number.value as i64)),
        _ => None,
    }
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

    /// The names of what texts are filled with.
    fn variables(ftl: &str) -> impl Iterator<Item = String> {
        let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        ftl.split('$').skip(1).map(name)
    }

    /// Every catalogue of a language.
    fn all(language: &str) -> String {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language);
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.map(|file| std::fs::read_to_string(file).unwrap() + "\n").collect()
    }

    /// What no operation answers.
    const OF_THE_DOOR: [Code; 6] = [
        Code::RouteNotFound,
        Code::MethodNotAllowed,
        Code::BodyMalformed,
        Code::BodyTooLarge,
        Code::UnsupportedMediaType,
        Code::Internal,
    ];

    #[test]
    fn acts_and_outcomes_of_the_audit_have_words() {
        let key = |name: &str| name.replace(['.', '_'], "-");
        for operation in daemun_operations::registry().iter().filter(|one| one.permission.is_some()) {
            let reads = [
                "find",
                "list",
                "show",
                "search",
                "reasons",
                "overview",
                "ledger",
                "export",
                "list_sessions",
                "list_all",
                "list_invitations",
            ];
            let verb = operation.name.split('.').next_back().unwrap();
            let words = text(Language::Ko, &format!("audited-{}", key(operation.name)));
            assert!(reads.contains(&verb) || !words.starts_with("audited-"), "{}", operation.name);
        }
        for code in
            Code::ALL.into_iter().filter(|code| code.default_status() < 429 && !OF_THE_DOOR.contains(code))
        {
            assert!(
                !text(Language::En, &format!("came-{}", key(code.as_str()))).starts_with("came-"),
                "{code:?}"
            );
        }
    }

    #[test]
    fn both_languages_say_everything() {
        let catalogues = ["ko", "en"].map(all);
        let [korean, english] = [&catalogues[0], &catalogues[1]].map(|text| keys(text));
        assert_eq!(korean, english);
        assert!(english.len() > 100);
        let numbers =
            variables(&catalogues[1]).map(|name| (Cow::Owned(name), FluentValue::from(8))).collect();
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
