//! Single values: text, numbers, words of a closed list, durations, names.

use std::ops::RangeInclusive;

use http::{HeaderName, StatusCode};

use crate::fault::{Report, listed, nearest};
use crate::yaml::{Scalar, Tree, Value};

/// Text as written: a number or `true` without quotes is text, too, where text is wanted.
pub(super) fn text<'y>(report: &mut Report, tree: &'y Tree, name: &str) -> Option<&'y Scalar> {
    let scalar = tree.scalar();
    if scalar.is_none() {
        wrong_type(report, tree, name, "text");
    }
    scalar
}

/// Text that is not blank.
pub(super) fn sentence<'y>(report: &mut Report, tree: &'y Tree, name: &str) -> Option<&'y str> {
    let scalar = text(report, tree, name)?;
    if scalar.text.trim().is_empty() {
        report.fault(scalar.at, format!("`{name}` is empty"));
        return None;
    }
    Some(&scalar.text)
}

/// True or false.
pub(super) fn boolean(report: &mut Report, tree: &Tree, name: &str) -> Option<bool> {
    match tree.scalar().map(Scalar::value) {
        Some(Value::Boolean(truth)) => Some(truth),
        _ => {
            wrong_type(report, tree, name, "true or false");
            None
        }
    }
}

/// A whole number within a range.
pub(super) fn whole(report: &mut Report, tree: &Tree, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
    let Some(Value::Integer(number)) = tree.scalar().map(Scalar::value) else {
        wrong_type(report, tree, name, "a whole number");
        return None;
    };
    if range.contains(&number) {
        return Some(number);
    }
    let message = format!("`{name}` is {number}; it is from {} to {}", range.start(), range.end());
    report.fault(tree.at, message);
    None
}

/// A count, as an index type.
pub(super) fn count(report: &mut Report, tree: &Tree, name: &str, least: i64) -> Option<usize> {
    whole(report, tree, name, least..=1_000_000).and_then(|number| usize::try_from(number).ok())
}

/// One word of a closed list.
pub(super) fn choice<T: Copy>(
    report: &mut Report,
    tree: &Tree,
    name: &str,
    words: &[(&str, T)],
) -> Option<T> {
    let scalar = text(report, tree, name)?;
    let found = words.iter().find(|(word, _)| *word == scalar.text);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{name}` cannot be `{}`", scalar.text);
        report.fault_with(scalar.at, message, nearest(&scalar.text, &known, "it is one of"));
    }
    found.map(|(_, value)| *value)
}

/// A list of texts; a single text is a list of one.
pub(super) fn texts<'y>(report: &mut Report, tree: &'y Tree, name: &str) -> Vec<&'y Scalar> {
    match tree.items() {
        Some(items) => items.iter().filter_map(|item| text(report, item, name)).collect(),
        None if tree.scalar().is_some() => tree.scalar().into_iter().collect(),
        None => {
            wrong_type(report, tree, name, "a list of texts");
            Vec::new()
        }
    }
}

/// A length of time such as `30m`, in seconds: at least one.
pub(super) fn duration(report: &mut Report, tree: &Tree, name: &str) -> Option<i64> {
    let scalar = text(report, tree, name)?;
    let text = scalar.text.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    };
    let seconds = digits.parse::<i64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    match seconds {
        Some(seconds) if seconds > 0 => Some(seconds),
        Some(_) => {
            report.fault(scalar.at, format!("`{name}` is longer than nothing"));
            None
        }
        None => {
            let message = format!("`{}` is no length of time", scalar.text);
            let hint = "write a whole number and its unit, as in `90s`, `30m`, `12h`, `14d`, `1w`".to_owned();
            report.fault_with(scalar.at, message, hint);
            None
        }
    }
}

/// A duration as people write it.
pub(super) fn spoken(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let fits = |(size, _): &(i64, &str)| seconds % size == 0 && seconds / size > 1;
    let (size, unit) = units.into_iter().find(fits).unwrap_or((1, "s"));
    format!("{}{unit}", seconds / size)
}

/// A name that expressions can write: letters, digits and `_`, no digit first.
pub(super) fn identifier(report: &mut Report, scalar: &Scalar, what: &str) -> bool {
    let fits = is_identifier(&scalar.text);
    if !fits {
        let message = format!("`{}` cannot be the name of {what}", scalar.text);
        let hint = "a name is made of letters, digits and `_`, and no digit comes first".to_owned();
        report.fault_with(scalar.at, message, hint);
    }
    fits
}

/// A name that only the contract itself uses: a dash may stand in it, too.
pub(super) fn name(report: &mut Report, scalar: &Scalar, what: &str) {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if scalar.text.is_empty() || !scalar.text.chars().all(letters) {
        let message = format!("`{}` cannot be the name of {what}", scalar.text);
        let hint = "a name is made of letters, digits, `_` and `-`".to_owned();
        report.fault_with(scalar.at, message, hint);
    }
}

pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The HTTP status of a success or a failure.
pub(super) fn status(
    report: &mut Report,
    tree: &Tree,
    range: RangeInclusive<u16>,
    of: &str,
    hint: &str,
) -> Option<StatusCode> {
    let scalar = tree.scalar();
    let Some(Value::Integer(number)) = scalar.map(Scalar::value) else {
        let digits = scalar.filter(|scalar| scalar.text.parse::<u16>().is_ok());
        let hint = digits.map_or_else(
            || format!("for example `status: {}`", range.start()),
            |scalar| format!("write {} without quotes", scalar.text),
        );
        report.fault_with(tree.at, format!("`status` is a number, not {}", tree.describe()), hint);
        return None;
    };
    let status = u16::try_from(number).ok().filter(|status| range.contains(status));
    if status.is_none() {
        report.fault_with(tree.at, format!("{number} is no status of a {of}"), hint.to_owned());
    }
    status.and_then(|status| StatusCode::from_u16(status).ok())
}

/// The name of a header that a contract may set or read.
pub(super) fn header(report: &mut Report, scalar: &Scalar, reserved: &[&str]) -> Option<HeaderName> {
    match HeaderName::from_bytes(scalar.text.as_bytes()) {
        Ok(name) if reserved.contains(&name.as_str()) => {
            let message = format!("the header `{}` is Daemun's own", scalar.text);
            report.fault_with(scalar.at, message, format!("it sets {} itself", listed(reserved)));
            None
        }
        Ok(name) => Some(name),
        Err(_) => {
            report.fault(scalar.at, format!("`{}` is no name of a header", scalar.text));
            None
        }
    }
}

/// The fault of a value that is of the wrong type.
pub(super) fn wrong_type(report: &mut Report, tree: &Tree, name: &str, wanted: &str) {
    let hint = match (wanted, tree.scalar()) {
        ("true or false", Some(scalar)) if scalar.text == "true" || scalar.text == "false" => {
            Some(format!("write `{}` without quotes", scalar.text))
        }
        ("true or false", Some(scalar)) => {
            Some(format!("`{}` is text in YAML; write `true` or `false`", scalar.text))
        }
        ("a whole number", Some(scalar)) if scalar.text.parse::<i64>().is_ok() => {
            Some(format!("write `{}` without quotes", scalar.text))
        }
        _ => None,
    };
    report.fault_with(tree.at, format!("`{name}` is {wanted}, not {}", tree.describe()), hint);
}

/// Refuses a number that is weaker than a security anchor allows.
pub(super) fn at_most(report: &mut Report, tree: &Tree, name: &str, seconds: i64, most: i64, why: &str) {
    if seconds > most {
        let written = tree.scalar().map_or("too long", |scalar| scalar.text.as_str());
        let message = format!("`{name}` is {written}; at most {} is allowed", spoken(most));
        report.fault_with(tree.at, message, why.to_owned());
    }
}
