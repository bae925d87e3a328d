//! Maps with known keys.

use crate::fault::{Report, is_near, nearest_of_all};
use crate::yaml::{Entry, Position, Scalar, Tree};

/// A map of which every key is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'y> {
    /// Where it begins, for what is missing in it.
    pub(super) at: Position,
    what: &'static str,
    entries: &'y [Entry],
}

impl<'y> Section<'y> {
    /// Opens a map; what is none, and every key that is not allowed, is a fault. `what` fits "unknown key in …".
    pub(super) fn open(
        report: &mut Report,
        tree: &'y Tree,
        what: &'static str,
        allowed: &[&str],
    ) -> Option<Self> {
        let section = Self { at: tree.at, what, entries: entries(report, tree, what)? };
        for entry in section.entries {
            let name = entry.key.text.as_str();
            if !allowed.contains(&name) {
                // `type:string` is one word in YAML.
                let hint = match name.split_once(':') {
                    Some((key, value)) if allowed.contains(&key) => {
                        Some(format!("a space follows the `:`, as in `{key}: {value}`"))
                    }
                    _ => nearest_of_all(name, allowed, "the keys here are"),
                };
                report.fault_with(entry.key.at, format!("unknown key `{name}` in {what}"), hint);
            }
        }
        Some(section)
    }

    /// The same, with what is missing told at another place.
    pub(super) const fn named_at(mut self, at: Position) -> Self {
        self.at = at;
        self
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'y Tree> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The key as it stands there.
    pub(super) fn key(&self, key: &str) -> Option<&'y Scalar> {
        self.entry(key).map(|entry| &entry.key)
    }

    /// The value of a key that must be there.
    pub(super) fn require(&self, report: &mut Report, key: &str, example: &str) -> Option<&'y Tree> {
        match self.get(key) {
            Some(value) if !value.is_null() => Some(value),
            Some(value) => {
                report.fault_with(value.at, format!("`{key}` is empty"), format!("for example `{example}`"));
                None
            }
            None if self.misspells(key) => None,
            None => {
                let message = format!("{} lacks `{key}`", self.what);
                report.fault_with(self.at, message, format!("for example `{example}`"));
                None
            }
        }
    }

    /// Whether a key is there that probably means this one: that has been told then.
    pub(super) fn misspells(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| {
            let text = entry.key.text.as_str();
            text != key && (is_near(text, key) || text.split(':').next() == Some(key))
        })
    }

    fn entry(&self, key: &str) -> Option<&'y Entry> {
        self.entries.iter().find(|entry| entry.key.text == key)
    }
}

/// The entries of a map; what is none is a fault, nothing at all is an empty map.
pub(super) fn entries<'y>(report: &mut Report, tree: &'y Tree, what: &str) -> Option<&'y [Entry]> {
    if tree.is_null() {
        return Some(&[]);
    }
    let entries = tree.entries();
    if entries.is_none() {
        let hint = "write `key: value` pairs".to_owned();
        report.fault_with(tree.at, format!("{what} is a map, not {}", tree.describe()), hint);
    }
    entries
}
