//! What a contract is and the words it declares: title, language, `enums`, `attributes`, `options`.

use chrono_tz::{TZ_VARIANTS, Tz};
use daemun_model::Language;
use daemun_model::app::{Attribute, AttributeKind};
use indexmap::IndexMap;
use serde_json::Value;

use super::section::{Section, entries};
use super::words;
use crate::ast::{Accepts, Callers, EnumTable, Idempotency, Switch};
use crate::fault::{Report, listed, nearest};
use crate::yaml::{Scalar, Tree};

/// The longest text of an attribute that says nothing of its length.
const LONGEST_ATTRIBUTE: usize = 255;

/// A contract's name: what an app is called when nobody names it.
pub(super) fn name(report: &mut Report, tree: &Tree) -> Option<String> {
    let scalar = words::text(report, tree, "contract")?;
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if scalar.text.is_empty() || !scalar.text.chars().all(letters) {
        let hint = "a name is made of lower-case letters, digits and `-`".to_owned();
        report.fault_with(scalar.at, format!("`{}` cannot be the name of a contract", scalar.text), hint);
        return None;
    }
    Some(scalar.text.clone())
}

pub(super) fn language(report: &mut Report, tree: &Tree) -> Option<Language> {
    let words = Language::ALL.map(|language| (language.code(), language));
    words::choice(report, tree, "language", &words)
}

/// A time zone of the IANA database.
pub(super) fn timezone(report: &mut Report, tree: &Tree) -> Option<Tz> {
    let scalar = words::text(report, tree, "timezone")?;
    let zone = scalar.text.parse::<Tz>().ok();
    if zone.is_none() {
        let names: Vec<&str> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        let hint = crate::suggest::suggest(&scalar.text, &names)
            .or(Some("write a name of the IANA database, as `Asia/Seoul` or `UTC`".into()));
        report.fault_with(scalar.at, format!("unknown time zone `{}`", scalar.text), hint);
    }
    zone
}

/// The bodies that a contract reads.
pub(super) fn accepts(report: &mut Report, tree: &Tree) -> Accepts {
    let mut accepts = Accepts { json: false, form: false, multipart: false };
    for scalar in words::texts(report, tree, "accepts") {
        match scalar.text.as_str() {
            "json" => accepts.json = true,
            "form" => accepts.form = true,
            "multipart" => accepts.multipart = true,
            other => {
                let hint = nearest(other, &["json", "form", "multipart"], "there are");
                report.fault_with(scalar.at, format!("unknown kind of body `{other}`"), hint);
            }
        }
    }
    if tree.items().is_some_and(<[Tree]>::is_empty) {
        report.fault(tree.at, "`accepts` names no kind of body");
    }
    accepts
}

/// Who calls the contract; what is about members means nothing where programs do.
pub(super) fn callers(report: &mut Report, section: Section<'_>) -> Callers {
    let words = [("members", Callers::Members), ("api_keys", Callers::ApiKeys)];
    let named = section.get("callers").and_then(|tree| words::choice(report, tree, "callers", &words));
    let callers = named.unwrap_or_default();
    if callers == Callers::ApiKeys {
        for key in ["policy", "attributes"] {
            if let Some(key) = section.key(key) {
                let message = format!("`{}` is about members, and the callers here are API keys", key.text);
                let hint = "accounts obey the contract that their app has for members".to_owned();
                report.fault_with(key.at, message, hint);
            }
        }
    }
    callers
}

/// The longest time for which what came of a request is kept.
const LONGEST_KEPT: i64 = 7 * 86_400;

/// `idempotency: { header: Idempotency-Key, keep: 24h }`. What came of a member's request may be a token, which is kept
/// nowhere: so this is for API keys.
pub(super) fn idempotency(
    report: &mut Report,
    section: Section<'_>,
    callers: Callers,
) -> Option<Idempotency> {
    let tree = section.get("idempotency")?;
    if callers == Callers::Members {
        let hint = "answers to members may hold tokens, which are not kept; write `callers: api_keys` where programs call".to_owned();
        report.fault_with(tree.at, "`idempotency` is for contracts that API keys call", hint);
    }
    let section = Section::open(report, tree, "`idempotency`", &["header", "keep"])?;
    let header = section.require(report, "header", "header: Idempotency-Key");
    let header = header.and_then(|header| words::text(report, header, "header"));
    let header =
        header.and_then(|header| words::header(report, header, &["authorization", "cookie", "host"]));
    let keep = section.require(report, "keep", "keep: 24h");
    let kept = keep.and_then(|keep| words::duration(report, keep, "keep"));
    if let (Some(tree), Some(seconds)) = (keep, kept) {
        let why = "what came of a request is personal data that nobody looks for after that";
        words::at_most(report, tree, "keep", seconds, LONGEST_KEPT, why);
    }
    Some(Idempotency { header: header?, keep: kept? })
}

/// The tables under `enums`.
pub(super) fn enums(report: &mut Report, tree: &Tree) -> IndexMap<String, EnumTable> {
    let mut tables = IndexMap::new();
    for entry in entries(report, tree, "`enums`").unwrap_or_default() {
        words::name(report, &entry.key, "a table");
        let mut pairs: Vec<(String, Value)> = Vec::new();
        for pair in entries(report, &entry.value, "a table").unwrap_or_default() {
            let Some(wire) = pair.value.scalar() else {
                let message = format!(
                    "the wire's value of `{}` is one value, not {}",
                    pair.key.text,
                    pair.value.describe()
                );
                report.fault(pair.value.at, message);
                continue;
            };
            let value = wire.to_json();
            if let Some((word, _)) = pairs.iter().find(|(_, known)| same_on_the_wire(known, &value)) {
                let message = format!("`{}` and `{word}` are the same on the wire", pair.key.text);
                report.fault_with(
                    wire.at,
                    message,
                    "each word needs a value of its own, to be read back".to_owned(),
                );
                continue;
            }
            pairs.push((pair.key.text.clone(), value));
        }
        if pairs.is_empty() && entry.value.entries().is_none_or(<[_]>::is_empty) {
            let hint = "write the core's words and the wire's values: `{ male: 0, female: 1 }`".to_owned();
            report.fault_with(entry.key.at, format!("the table `{}` is empty", entry.key.text), hint);
        }
        tables.insert(entry.key.text.clone(), EnumTable { pairs });
    }
    tables
}

/// A form sends `0` as text, so the two must not mean different words.
fn same_on_the_wire(left: &Value, right: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text(left) == text(right)
}

/// The switches under `options`.
pub(super) fn options(report: &mut Report, tree: &Tree) -> IndexMap<String, Switch> {
    let mut switches = IndexMap::new();
    for entry in entries(report, tree, "`options`").unwrap_or_default() {
        words::identifier(report, &entry.key, "an option");
        let Some(section) = Section::open(report, &entry.value, "an option", &["choice", "default"]) else {
            continue;
        };
        let section = section.named_at(entry.key.at);
        let choice = section.require(report, "choice", "choice: [mapped, always_200]");
        let choices: Vec<String> = choice
            .map(|tree| words::texts(report, tree, "choice"))
            .unwrap_or_default()
            .into_iter()
            .map(|scalar| scalar.text.clone())
            .collect();
        let default = section.require(report, "default", "default: mapped");
        let default = default.and_then(|tree| words::text(report, tree, "default"));
        let (Some(default), false) = (default, choices.is_empty()) else { continue };
        if !choices.contains(&default.text) {
            let message = format!("the default `{}` is none of the choices", default.text);
            report.fault_with(default.at, message, nearest(&default.text, &choices, "there are"));
        }
        switches.insert(entry.key.text.clone(), Switch { choices, default: default.text.clone() });
    }
    switches
}

/// The attributes of accounts.
pub(super) fn attributes(report: &mut Report, tree: &Tree) -> IndexMap<String, Attribute> {
    let mut attributes = IndexMap::new();
    for entry in entries(report, tree, "`attributes`").unwrap_or_default() {
        words::identifier(report, &entry.key, "an attribute");
        if let Some(attribute) = attribute(report, &entry.key, &entry.value) {
            attributes.insert(entry.key.text.clone(), attribute);
        }
    }
    attributes
}

fn attribute(report: &mut Report, key: &Scalar, tree: &Tree) -> Option<Attribute> {
    if let Some(scalar) = tree.scalar() {
        let hint = format!("write `{{ type: {} }}`", scalar.text);
        report.fault_with(scalar.at, "an attribute is a map with its `type`", hint);
        return None;
    }
    let allowed: &[&str] = match tree.get("type").and_then(Tree::scalar).map(|scalar| scalar.text.as_str()) {
        Some("string") => &["type", "default", "max", "choices"],
        Some("integer") => &["type", "default", "min", "max"],
        Some("boolean" | "number" | "date") => &["type", "default"],
        _ => &["type", "default", "min", "max", "choices"],
    };
    let section = Section::open(report, tree, "an attribute of this type", allowed)?.named_at(key.at);
    let named = section.require(report, "type", "type: string")?;
    let types = [("string", 0), ("boolean", 1), ("integer", 2), ("number", 3), ("date", 4)];
    let kind = match words::choice(report, named, "type", &types)? {
        0 => {
            let max = section.get("max").and_then(|max| words::count(report, max, "max", 1));
            let choices =
                section.get("choices").map(|list| words::texts(report, list, "choices")).unwrap_or_default();
            AttributeKind::String {
                max: max.unwrap_or(LONGEST_ATTRIBUTE),
                choices: choices.into_iter().map(|scalar| scalar.text.clone()).collect(),
            }
        }
        1 => AttributeKind::Boolean,
        2 => integer(report, section),
        3 => AttributeKind::Number,
        _ => AttributeKind::Date,
    };
    let default = section.get("default").filter(|default| !default.is_null());
    if let Some(default) = default {
        default_fits(report, default, &kind);
    }
    Some(Attribute { kind, default: default.map(Tree::to_json) })
}

fn integer(report: &mut Report, section: Section<'_>) -> AttributeKind {
    let mut end = |key: &str, otherwise: i64| {
        let tree = section.get(key)?;
        words::whole(report, tree, key, i64::MIN..=i64::MAX).or(Some(otherwise))
    };
    let (min, max) = (end("min", i64::MIN).unwrap_or(i64::MIN), end("max", i64::MAX).unwrap_or(i64::MAX));
    if min > max {
        let at = section.get("min").map_or(section.at, |tree| tree.at);
        report.fault(at, format!("`min` is {min}, more than `max`, which is {max}"));
    }
    AttributeKind::Integer { min, max }
}

fn default_fits(report: &mut Report, tree: &Tree, kind: &AttributeKind) {
    let value = tree.to_json();
    let wrong = match kind {
        AttributeKind::String { max, choices } => match value.as_str() {
            None => Some("text".to_owned()),
            Some(text) if text.chars().count() > *max => Some(format!("at most {max} characters long")),
            Some(text) if !choices.is_empty() && !choices.iter().any(|choice| choice == text) => {
                Some(format!("one of {}", listed(choices)))
            }
            Some(_) => None,
        },
        AttributeKind::Boolean => (!value.is_boolean()).then(|| "true or false".to_owned()),
        AttributeKind::Integer { min, max } => {
            let fits = value.as_i64().is_some_and(|number| (*min..=*max).contains(&number));
            (!fits).then(|| "a whole number within its range".to_owned())
        }
        AttributeKind::Number => (!value.is_number()).then(|| "a number".to_owned()),
        AttributeKind::Date => {
            let date = value.as_str().and_then(|text| text.parse::<chrono::NaiveDate>().ok());
            date.is_none().then(|| "a day, YYYY-MM-DD".to_owned())
        }
    };
    if let Some(wanted) = wrong {
        report.fault(
            tree.at,
            format!(
                "the default of this attribute is {wanted}, not `{}`",
                tree.scalar().map_or(tree.describe(), |scalar| &scalar.text)
            ),
        );
    }
}
