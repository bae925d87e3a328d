//! Whether every message has a field and a reason that exist.

use std::collections::{BTreeMap, BTreeSet};

use daemun_model::Reason;

use crate::fault::{Report, nearest};
use crate::yaml::{Entry, Scalar};

/// Reads `messages`; `fields` are the names on the wire that failures can blame.
pub(crate) fn read(
    entries: &[Entry],
    fields: &BTreeSet<String>,
    report: &mut Report,
) -> BTreeMap<String, String> {
    let mut messages = BTreeMap::new();
    for entry in entries {
        key(&entry.key, fields, report);
        let Some(text) = entry.value.scalar() else {
            report.fault(entry.value.at, format!("a message is text, not {}", entry.value.describe()));
            continue;
        };
        if let Some(offset) = text.text.find("{{") {
            let hint = "what is computed stands in `errors`, as `message: \"{{ … }}\"`".to_owned();
            report.fault_with(text.place(offset), "a message of `messages` is plain text", hint);
        }
        messages.insert(entry.key.text.clone(), text.text.clone());
    }
    messages
}

fn key(key: &Scalar, fields: &BTreeSet<String>, report: &mut Report) {
    let Some((field, reason)) = key.text.rsplit_once('.') else {
        let hint = format!("write `{0}.required` for one field, `\"*.{0}\"` for all", key.text);
        report.fault_with(key.at, format!("`{}` names a field or a reason, not both", key.text), hint);
        return;
    };
    if !Reason::NAMES.contains(&reason) {
        let at = key.place(field.len() + 1);
        report.fault_with(
            at,
            format!("unknown reason `{reason}`"),
            nearest(reason, &Reason::NAMES, "there are"),
        );
        return;
    }
    if field != "*" && !fields.contains(field) {
        let names: Vec<&String> = fields.iter().collect();
        let hint = nearest(field, &names, "there are");
        report.fault_with(key.at, format!("no route takes a field `{field}`"), hint);
    }
}
