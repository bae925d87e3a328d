//! Values that fit a schema, for documents that give no example.

use serde_json::{Map, Value, json};

use super::document::{Document, list, object, text};

/// How deep a value is made up; deeper lists are empty and deeper objects have no members.
const DEEPEST: usize = 5;

/// A value of this schema: its example, its only or first value, or one made up from its type.
pub(super) fn sample<'d>(document: Document<'d>, schema: &'d Value) -> Value {
    below(document, schema, 0)
}

fn below<'d>(document: Document<'d>, schema: &'d Value, depth: usize) -> Value {
    let schema = document.resolve(schema);
    if let Some(given) = given(schema) {
        return given.clone();
    }
    let choices = ["oneOf", "anyOf"].into_iter().flat_map(|key| document.items(schema, key));
    if let Some(first) = choices.into_iter().find(|choice| text(choice, "type") != Some("null")) {
        return if depth < DEEPEST { below(document, first, depth + 1) } else { Value::Null };
    }
    match kind(schema) {
        Some("object") => Value::Object(members(document, schema, depth)),
        Some("array") => match schema.get("items").filter(|_| depth < DEEPEST) {
            Some(items) => json!([below(document, items, depth + 1)]),
            None => json!([]),
        },
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1.5)),
        Some("boolean") => json!(true),
        Some("string") => json!(word(text(schema, "format").unwrap_or_default())),
        Some("null") | None | Some(_) => Value::Null,
    }
}

fn given(schema: &Value) -> Option<&Value> {
    let first = |key: &str| list(schema, key).first();
    first("examples")
        .or_else(|| schema.get("example"))
        .or_else(|| schema.get("const"))
        .or_else(|| schema.get("default"))
        .or_else(|| first("enum"))
}

/// The first type that is not null.
fn kind(schema: &Value) -> Option<&str> {
    let named = match schema.get("type") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        Some(name) => name.as_str(),
        None => None,
    };
    named.or_else(|| {
        ["properties", "allOf"].into_iter().any(|key| schema.get(key).is_some()).then_some("object")
    })
}

fn members<'d>(document: Document<'d>, schema: &'d Value, depth: usize) -> Map<String, Value> {
    let mut members = Map::new();
    if depth >= DEEPEST {
        return members;
    }
    for part in document.items(schema, "allOf") {
        if let Value::Object(part) = below(document, part, depth + 1) {
            members.extend(part);
        }
    }
    for (name, property) in object(schema, "properties").into_iter().flatten() {
        members.insert(name.clone(), below(document, property, depth + 1));
    }
    members
}

/// Text of a format.
fn word(format: &str) -> &'static str {
    match format {
        "email" => "user@example.com",
        "date" => "1990-01-31",
        "date-time" => "2030-01-31T09:00:00Z",
        "uuid" => "0190f5a4-7c1e-7b3a-9d2f-3c5a1b2c3d4e",
        "uri" | "url" => "https://example.com/",
        "password" => "StrongPassword123!",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_fits_its_schema() {
        let document = json!({ "components": { "schemas": {
            "Tree": { "properties": { "left": { "$ref": "#/components/schemas/Tree" } } } } } });
        let schema = json!({
            "allOf": [{ "properties": { "id": { "type": "integer" } } }],
            "properties": {
                "email": { "type": ["null", "string"], "format": "email" },
                "gender": { "enum": ["male", "female"] },
                "page": { "type": "integer", "default": 20 },
                "names": { "type": "array", "items": { "type": "string", "examples": ["a"] } },
                "of": { "anyOf": [{ "type": "null" }, { "type": "boolean" }] },
                "tree": { "$ref": "#/components/schemas/Tree" },
            }
        });
        assert_eq!(
            sample(Document(&document), &schema),
            json!({ "id": 1, "email": "user@example.com", "gender": "male", "page": 20, "names": ["a"], "of": true,
                    "tree": { "left": { "left": { "left": { "left": {} } } } } })
        );
    }
}
