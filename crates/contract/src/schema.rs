//! What the checker reads from the JSON Schemas of operations.

use serde_json::{Map, Value, json};

use crate::ast::InputKind;

/// One place of a schema: everything that a value may be there, without null.
#[derive(Clone, Debug)]
pub(crate) struct Schema<'a> {
    root: &'a Value,
    variants: Vec<&'a Value>,
    nullable: bool,
}

/// What lies below a name.
#[derive(Clone, Debug)]
pub(crate) enum Below<'a> {
    /// Something that is described.
    Known(Schema<'a>),
    /// Anything may be there.
    Anything,
    /// Nothing has that name; these names there are.
    Unknown(Vec<String>),
    /// The value has no members at all.
    NoMembers,
}

/// How deep references and nested types are followed.
const DEEPEST: usize = 8;

impl<'a> Schema<'a> {
    /// The whole schema.
    pub(crate) fn root(root: &'a Value) -> Self {
        Self::at(root, &[root])
    }

    fn at(root: &'a Value, values: &[&'a Value]) -> Self {
        let mut schema = Self { root, variants: Vec::new(), nullable: false };
        for value in values {
            schema.expand(value, 0);
        }
        schema
    }

    fn expand(&mut self, value: &'a Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if let Some(pointer) = value.get("$ref").and_then(Value::as_str)
            && let Some(target) = pointer.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer))
        {
            self.expand(target, depth + 1);
            return;
        }
        let choices =
            ["anyOf", "oneOf", "allOf"].iter().find_map(|key| value.get(key).and_then(Value::as_array));
        if let Some(choices) = choices {
            choices.iter().for_each(|choice| self.expand(choice, depth + 1));
            return;
        }
        match value.get("type") {
            Some(Value::String(name)) if name == "null" => self.nullable = true,
            Some(Value::Array(names)) if names.iter().any(|name| name == "null") => {
                self.nullable = true;
                self.variants.push(value);
            }
            _ => self.variants.push(value),
        }
    }

    /// What a name below it is.
    pub(crate) fn below(&self, name: &str) -> Below<'a> {
        let mut found = Vec::new();
        let mut names = Vec::new();
        let mut members = self.variants.is_empty();
        for variant in &self.variants {
            if !is(variant, "object") {
                continue;
            }
            members = true;
            let properties = variant.get("properties").and_then(Value::as_object);
            if let Some(value) = properties.and_then(|properties| properties.get(name)) {
                found.push(value);
                continue;
            }
            names.extend(properties.into_iter().flat_map(Map::keys).cloned());
            match variant.get("additionalProperties") {
                Some(Value::Bool(true)) => return Below::Anything,
                Some(value @ Value::Object(_)) => found.push(value),
                None if properties.is_none() => return Below::Anything,
                _ => {}
            }
        }
        if !found.is_empty() {
            Below::Known(Self::at(self.root, &found))
        } else if members {
            if names.is_empty() && self.variants.is_empty() { Below::Anything } else { Below::Unknown(names) }
        } else {
            Below::NoMembers
        }
    }

    /// What its elements are; `None` where it is no list or nothing is known of them.
    pub(crate) fn elements(&self) -> Option<Self> {
        let items: Vec<&Value> = self.variants.iter().filter_map(|variant| variant.get("items")).collect();
        if items.is_empty() { None } else { Some(Self::at(self.root, &items)) }
    }

    /// Whether it can be a value of this JSON type.
    pub(crate) fn may_be(&self, name: &str) -> bool {
        self.variants.is_empty() || self.variants.iter().any(|variant| is(variant, name))
    }

    /// Whether null is allowed.
    pub(crate) const fn nullable(&self) -> bool {
        self.nullable
    }

    /// Whether it is an object whose names are free.
    pub(crate) fn is_open(&self) -> bool {
        self.may_be("object") && self.names().is_empty()
    }

    /// The names of its members.
    pub(crate) fn names(&self) -> Vec<String> {
        let objects =
            self.variants.iter().filter_map(|variant| variant.get("properties").and_then(Value::as_object));
        objects.flat_map(Map::keys).cloned().collect()
    }

    /// The members that it cannot be without.
    pub(crate) fn required(&self) -> Vec<&'a str> {
        let lists =
            self.variants.iter().filter_map(|variant| variant.get("required").and_then(Value::as_array));
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// The only texts it may be, where there are such.
    pub(crate) fn choices(&self) -> Option<Vec<&'a str>> {
        let mut choices = Vec::new();
        for variant in &self.variants {
            match (variant.get("enum").and_then(Value::as_array), variant.get("const")) {
                (Some(words), _) => choices.extend(words.iter().filter_map(Value::as_str)),
                (None, Some(word)) => choices.extend(word.as_str()),
                (None, None) => return None,
            }
        }
        if choices.is_empty() { None } else { Some(choices) }
    }

    /// The type that an input of it is brought to.
    pub(crate) fn kind(&self) -> InputKind {
        self.kind_within(DEEPEST)
    }

    fn kind_within(&self, depth: usize) -> InputKind {
        let types: Vec<&str> = ["string", "boolean", "integer", "number", "array", "object"]
            .into_iter()
            .filter(|name| self.variants.iter().any(|variant| is(variant, name)))
            .collect();
        match types.as_slice() {
            _ if depth == 0 || self.variants.is_empty() => InputKind::Any,
            ["string"] => InputKind::String,
            ["boolean"] => InputKind::Boolean,
            ["integer"] => InputKind::Integer,
            ["number"] | ["integer", "number"] => InputKind::Number,
            ["array"] => {
                let of = self.elements().map_or(InputKind::Any, |items| items.kind_within(depth - 1));
                InputKind::List(Box::new(of))
            }
            ["object"] if !self.names().is_empty() => {
                let member = |name: String| match self.below(&name) {
                    Below::Known(member) => (name, member.kind_within(depth - 1)),
                    Below::Anything | Below::Unknown(_) | Below::NoMembers => (name, InputKind::Any),
                };
                InputKind::Object(self.names().into_iter().map(member).collect())
            }
            _ => InputKind::Any,
        }
    }
}

/// Whether a schema allows values of a JSON type.
fn is(schema: &Value, name: &str) -> bool {
    let same = |known: &str| known == name || (known == "number" && name == "integer");
    match schema.get("type") {
        Some(Value::String(known)) => same(known),
        Some(Value::Array(known)) => known.iter().filter_map(Value::as_str).any(same),
        _ => match (schema.get("enum").and_then(Value::as_array), schema.get("const")) {
            (Some(values), _) => values.iter().any(|value| kind_of(value) == name),
            (None, Some(value)) => kind_of(value) == name,
            (None, None) => schema.get("properties").is_none() || name == "object",
        },
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What an input kind is, for a sentence.
pub(crate) fn describe(kind: &InputKind) -> &'static str {
    match kind {
        InputKind::String => "text",
        InputKind::Boolean => "true or false",
        InputKind::Integer => "a whole number",
        InputKind::Number => "a number",
        InputKind::List(_) => "a list",
        InputKind::Object(_) => "an object",
        InputKind::Any => "anything",
    }
}

/// Whether a value is of a kind.
pub(crate) fn fits(kind: &InputKind, value: &Value) -> bool {
    match (kind, value) {
        (InputKind::Any, _)
        | (InputKind::String, Value::String(_))
        | (InputKind::Boolean, Value::Bool(_))
        | (InputKind::Number, Value::Number(_)) => true,
        (InputKind::Integer, Value::Number(number)) => number.is_i64(),
        (InputKind::List(of), Value::Array(items)) => items.iter().all(|item| fits(of, item)),
        (InputKind::Object(members), Value::Object(values)) => values.iter().all(|(name, value)| {
            members.iter().any(|(known, kind)| known == name && (value.is_null() || fits(kind, value)))
        }),
        (
            InputKind::String
            | InputKind::Boolean
            | InputKind::Integer
            | InputKind::Number
            | InputKind::List(_)
            | InputKind::Object(_),
            _,
        ) => false,
    }
}

/// What `error` is in expressions about failures.
pub(crate) fn error() -> Value {
    json!({
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "code": { "type": "string" },
                    "status": { "type": "integer" },
                    "message": { "type": "string" },
                    "fields": { "type": "object", "additionalProperties": { "type": "array", "items": { "type": "string" } } },
                    "reasons": { "type": "array", "items": { "type": "string" } },
                    "retry_after": { "type": ["integer", "null"] },
                    "request_id": { "type": "string" },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_alternatives_and_null_are_seen_through() {
        let root = json!({
            "type": "object",
            "$defs": { "tag": { "type": "object", "properties": { "label": { "type": "string" }, "of": { "$ref": "#/$defs/tag" } } } },
            "properties": {
                "tags": { "anyOf": [{ "type": "array", "items": { "$ref": "#/$defs/tag" } }, { "type": "null" }] },
                "age": { "type": ["integer", "null"] },
                "color": { "oneOf": [{ "const": "red" }, { "const": "blue" }] },
                "keys": { "type": "object", "additionalProperties": { "type": "string" } },
                "extra": { "type": "object", "additionalProperties": true },
            },
            "required": ["age"],
        });
        let schema = Schema::root(&root);
        let known = |schema: &Schema<'static>, name: &str| match schema.below(name) {
            Below::Known(schema) => schema,
            other => panic!("{other:?}"),
        };
        let root: &'static Value = Box::leak(Box::new(root.clone()));
        let fixed = Schema::root(root);
        let tags = known(&fixed, "tags");
        assert!(tags.nullable() && tags.may_be("array") && !tags.may_be("object"));
        assert_eq!(tags.elements().unwrap().names(), ["label", "of"]);
        assert!(matches!(tags.kind(), InputKind::List(_)));
        assert_eq!(known(&fixed, "age").kind(), InputKind::Integer);
        assert_eq!(known(&fixed, "color").choices().unwrap(), ["red", "blue"]);
        assert_eq!(known(&known(&fixed, "keys"), "any").kind(), InputKind::String);
        assert!(matches!(known(&fixed, "extra").below("any"), Below::Anything));
        assert!(matches!(known(&fixed, "age").below("any"), Below::NoMembers));
        assert!(matches!(schema.below("tag"), Below::Unknown(names) if names.contains(&"tags".to_owned())));
        assert_eq!(schema.required(), ["age"]);
    }
}
