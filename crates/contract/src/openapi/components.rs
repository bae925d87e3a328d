//! Schemas that have a name stand among the components, once.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::known::NAMED;

/// The named schemas of a document.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: IndexMap<String, Value>,
}

impl Components {
    /// The same schema in which every named one is a reference.
    pub(super) fn fold(&mut self, schema: Value) -> Value {
        match schema {
            Value::Object(mut members) => {
                let name = members.shift_remove(NAMED);
                let folded: Map<_, _> =
                    members.into_iter().map(|(key, value)| (key, self.fold(value))).collect();
                match name {
                    Some(Value::String(name)) => self.reference(&name, Value::Object(folded)),
                    _ => Value::Object(folded),
                }
            }
            Value::Array(items) => items.into_iter().map(|item| self.fold(item)).collect(),
            other => other,
        }
    }

    /// A schema that differs from an earlier one of its name gets a number after it.
    fn reference(&mut self, name: &str, schema: Value) -> Value {
        let clean: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
            .collect();
        let mut unique = clean.clone();
        let mut number = 1;
        while self.schemas.get(&unique).is_some_and(|known| *known != schema) {
            number += 1;
            unique = format!("{clean}{number}");
        }
        let pointer = format!("#/components/schemas/{unique}");
        self.schemas.insert(unique, schema);
        json!({ "$ref": pointer })
    }

    /// All of them.
    pub(super) fn into_value(self) -> Value {
        Value::Object(self.schemas.into_iter().collect())
    }
}
