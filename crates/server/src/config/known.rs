//! Keys that do not exist, told with the one that was probably meant.

use std::collections::HashMap;
use std::sync::LazyLock;

use config::{Value, ValueKind};
use serde_json::Value as Json;

use super::{Config, ConfigFault};

/// How keys are written where they come from, for the fault's text.
#[derive(Clone, Copy)]
pub(super) enum Spelling {
    /// `server.listen`
    File,
    /// `DAEMUN__SERVER__LISTEN`
    Environment,
}

/// The schema of the settings: it is made from the types that are read, so it cannot disagree with them.
static SCHEMA: LazyLock<Json> = LazyLock::new(|| {
    let settings = schemars::generate::SchemaSettings::default().with(|s| s.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>().to_value()
});

/// Notes every key of `table` that the settings do not have.
pub(super) fn check(
    table: &HashMap<String, Value>,
    place: &str,
    spelling: Spelling,
    faults: &mut Vec<ConfigFault>,
) {
    let mut walk = Walk { place, spelling, faults };
    match spelling {
        Spelling::File => walk.table(table, &SCHEMA, ""),
        // Variables come as dotted keys.
        Spelling::Environment => table.keys().for_each(|key| walk.dotted(key)),
    }
    walk.faults.sort_by(|a, b| a.message.cmp(&b.message));
}

struct Walk<'a> {
    place: &'a str,
    spelling: Spelling,
    faults: &'a mut Vec<ConfigFault>,
}

impl Walk<'_> {
    fn table(&mut self, table: &HashMap<String, Value>, schema: &Json, path: &str) {
        // A table of the operator's own words, as `policy`, has no list of keys.
        let Some(properties) = schema["properties"].as_object() else { return };
        for (key, value) in table {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match properties.get(key) {
                Some(schema) => self.value(value, schema, &path),
                None => self.unknown(&path, key, properties.keys()),
            }
        }
    }

    fn dotted(&mut self, path: &str) {
        let mut schema = &*SCHEMA;
        let mut end = 0;
        for key in path.split('.') {
            let Some(properties) = schema["properties"].as_object() else { return };
            end += key.len();
            match properties.get(key) {
                Some(next) => schema = next,
                None => return self.unknown(&path[..end], key, properties.keys()),
            }
            end += 1;
        }
    }

    fn value(&mut self, value: &Value, schema: &Json, path: &str) {
        match &value.kind {
            ValueKind::Table(table) => self.table(table, schema, path),
            ValueKind::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &schema["items"], &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }

    fn unknown<'k>(&mut self, path: &str, key: &str, known: impl Iterator<Item = &'k String>) {
        let parent = path.strip_suffix(key).unwrap_or("");
        let near = nearest(key, known).map(|near| format!("{parent}{near}"));
        let near = near.map_or_else(|| elsewhere(key), |near| vec![near]);
        let near: Vec<String> = near.iter().map(|path| self.spell(path)).collect();
        let hint = (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")));
        self.faults.push(ConfigFault {
            place: self.place.to_owned(),
            message: format!("unknown key {}", self.spell(path)),
            hint,
        });
    }

    fn spell(&self, path: &str) -> String {
        match self.spelling {
            Spelling::File => path.to_owned(),
            Spelling::Environment => format!("DAEMUN__{}", path.replace('.', "__").to_uppercase()),
        }
    }
}

/// The sections that have a key of this name: it stands outside them.
fn elsewhere(key: &str) -> Vec<String> {
    let sections = SCHEMA["properties"].as_object().into_iter().flatten();
    let has = |(_, schema): &(&String, &Json)| schema["properties"].get(key).is_some();
    sections.filter(has).map(|(section, _)| format!("{section}.{key}")).collect()
}

/// The known word that differs least from `word`, when it differs little.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k String>) -> Option<&'k str> {
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.as_str())
}
