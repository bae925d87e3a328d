//! What is known of a value before there is one: its JSON Schema, and whether it may be undefined.

use serde_json::{Map, Value, json};

/// The mark under which a schema carries the name it shall have among the components.
pub(super) const NAMED: &str = "x-named";

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    /// Its JSON Schema; `{}` where nothing is known.
    pub(super) schema: Value,
    /// Whether it may be undefined.
    pub(super) optional: bool,
}

impl Known {
    /// A value that is always there.
    pub(super) fn always(schema: Value) -> Self {
        Self { schema, optional: false }
    }

    /// A value of which nothing is known.
    pub(super) fn anything() -> Self {
        Self { schema: json!({}), optional: true }
    }

    /// A value of a simple type that is always there.
    pub(super) fn typed(name: &str) -> Self {
        Self::always(json!({ "type": name }))
    }

    /// Always this value.
    pub(super) fn constant(value: &Value) -> Self {
        Self::always(constant(value))
    }

    /// One of two values.
    pub(super) fn or(self, other: Self) -> Self {
        Self { schema: union(self.schema, other.schema), optional: self.optional || other.optional }
    }

    /// What a name below it is. Below null nothing is defined.
    pub(super) fn below(&self, key: &str) -> Self {
        let below = below(&self.schema, key);
        Self { schema: below.schema, optional: below.optional || self.optional }
    }

    /// What its elements are.
    pub(super) fn items(&self) -> Self {
        let found = variants(&self.schema).into_iter().filter_map(|variant| variant.get("items").cloned());
        Self::always(found.reduce(union).unwrap_or_else(|| json!({})))
    }

    /// The same where it is neither null nor undefined.
    pub(super) fn present(self) -> Self {
        Self::always(without_null(self.schema))
    }

    /// A value made from this one, which is null or undefined where this one is.
    pub(super) fn made_into(self, schema: Value) -> Self {
        if self.schema == json!({}) {
            return Self::anything();
        }
        let schema = if admits_null(&self.schema) { with_null(schema) } else { schema };
        Self { schema, optional: self.optional }
    }

    /// Whether it is of this JSON type, null aside.
    pub(super) fn is(&self, name: &str) -> bool {
        let variants = variants(&self.schema);
        !variants.is_empty()
            && variants.into_iter().all(|variant| variant.get("type").is_some_and(|of| of == name))
    }
}

/// The schema of exactly one value; of an object and a list by their parts, so that a reader finds the names.
fn constant(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "type": "null" }),
        Value::Bool(_) => json!({ "type": "boolean", "const": value }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number", "const": value }),
        Value::Number(_) => json!({ "type": "integer", "const": value }),
        Value::String(_) => json!({ "type": "string", "const": value }),
        Value::Array(items) => list(items.iter().map(Known::constant).collect()),
        Value::Object(members) => {
            object(members.iter().map(|(key, value)| (key.clone(), Known::constant(value))).collect())
        }
    }
}

/// The schema of a list of these elements.
pub(super) fn list(items: Vec<Known>) -> Value {
    let count = items.len();
    let exact = !items.iter().any(|item| item.optional);
    let of = items.into_iter().map(|item| item.schema).reduce(union).unwrap_or_else(|| json!({}));
    let mut schema = json!({ "type": "array", "items": of });
    if exact {
        schema["minItems"] = count.into();
    }
    schema["maxItems"] = count.into();
    schema
}

/// The schema of an object with these members.
pub(super) fn object(members: Vec<(String, Known)>) -> Value {
    let required: Vec<&String> =
        members.iter().filter(|(_, known)| !known.optional).map(|(key, _)| key).collect();
    let mut schema = json!({ "type": "object" });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let properties: Map<_, _> = members.into_iter().map(|(key, known)| (key, known.schema)).collect();
    schema["properties"] = Value::Object(properties);
    schema
}

/// The alternatives of a schema that are not null, each with a single type where it has one.
fn variants(schema: &Value) -> Vec<Value> {
    if let Some(choices) = choices(schema) {
        return choices.iter().flat_map(variants).collect();
    }
    match without_null(schema.clone()) {
        Value::Object(members) if members.get("type").is_some_and(|name| name == "null") => Vec::new(),
        other => vec![other],
    }
}

fn choices(schema: &Value) -> Option<&Vec<Value>> {
    ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)).and_then(Value::as_array)
}

fn below(schema: &Value, key: &str) -> Known {
    let mut found: Option<Known> = None;
    let variants = variants(schema);
    // Of several kinds of object one may not have it, as what others see of an account lacks the day of birth.
    let lacking = variants.len() > 1 && variants.iter().any(|variant| lacks(variant, key));
    for variant in &variants {
        if lacking && lacks(variant, key) {
            continue;
        }
        let known = below_one(variant, key);
        found = Some(match found {
            Some(found) => found.or(known),
            None => known,
        });
    }
    let mut found = found.unwrap_or_else(Known::anything);
    found.optional |= lacking || admits_null(schema);
    found
}

/// Whether an object names its members, and this is none of them.
fn lacks(schema: &Value, key: &str) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    let open = schema.get("additionalProperties").is_some_and(Value::is_object);
    !open && properties.is_some_and(|properties| !properties.contains_key(key))
}

fn below_one(schema: &Value, key: &str) -> Known {
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(key)) {
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.is_some_and(|names| names.iter().any(|name| name == key));
        return Known { schema: property.clone(), optional: !required };
    }
    match schema.get("additionalProperties") {
        Some(of @ Value::Object(_)) => Known { schema: of.clone(), optional: true },
        _ => Known::anything(),
    }
}

/// Whether a schema says that null is allowed. Of what is not known it says nothing.
pub(super) fn admits_null(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(names)) => names.iter().any(|name| name == "null"),
        _ => {
            schema.get("const").is_some_and(Value::is_null)
                || schema.get("enum").and_then(Value::as_array).is_some_and(|all| all.contains(&Value::Null))
                || choices(schema).is_some_and(|choices| choices.iter().any(admits_null))
        }
    }
}

/// The schema and null.
pub(super) fn with_null(schema: Value) -> Value {
    if schema == json!({}) || admits_null(&schema) {
        return schema;
    }
    if schema.get(NAMED).is_some() || schema.get("type").is_none() {
        return match schema {
            Value::Object(mut members) if members.contains_key("anyOf") => {
                if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
                    choices.push(json!({ "type": "null" }));
                }
                Value::Object(members)
            }
            other => json!({ "anyOf": [other, { "type": "null" }] }),
        };
    }
    let mut schema = schema;
    schema["type"] = match schema["type"].take() {
        Value::Array(mut names) => {
            names.push("null".into());
            Value::Array(names)
        }
        name => json!([name, "null"]),
    };
    if let Some(members) = schema.as_object_mut() {
        if let Some(constant) = members.shift_remove("const") {
            members.insert("enum".into(), json!([constant, null]));
        } else if let Some(Value::Array(values)) = members.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    schema
}

/// The schema less null.
pub(super) fn without_null(schema: Value) -> Value {
    let Value::Object(mut members) = schema else { return schema };
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(choices)) = members.get_mut(key) {
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
            if let [_] = choices.as_slice() {
                let inner = choices.remove(0);
                members.shift_remove(key);
                return described_by(without_null(inner), &members);
            }
        }
    }
    if let Some(Value::Array(names)) = members.get_mut("type") {
        names.retain(|name| name != "null");
        if let [_] = names.as_slice() {
            let single = names.remove(0);
            members.insert("type".into(), single);
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    Value::Object(members)
}

/// A schema that keeps the words around it, which are about this use of it.
fn described_by(mut schema: Value, around: &Map<String, Value>) -> Value {
    if let (Some(members), Some(description)) = (schema.as_object_mut(), around.get("description")) {
        members.insert("description".into(), description.clone());
    }
    schema
}

/// The schema of a value that is of one schema or of another.
pub(super) fn union(left: Value, right: Value) -> Value {
    if left == right {
        return left;
    }
    if left == json!({}) || right == json!({}) {
        return json!({});
    }
    let null = json!({ "type": "null" });
    if right == null {
        return with_null(left);
    }
    if left == null {
        return with_null(right);
    }
    if let (Some(mut values), Some(more)) = (listed(&left), listed(&right)) {
        for value in more {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        return match (left.get("type"), right.get("type")) {
            (Some(of), Some(other)) if of == other => json!({ "type": of, "enum": values }),
            _ => json!({ "enum": values }),
        };
    }
    if let (Some(of), Some(other)) = (simple(&left), simple(&right)) {
        if of == other {
            return json!({ "type": of });
        }
        return json!({ "type": [of, other] });
    }
    let mut all: Vec<Value> = Vec::new();
    for schema in [left, right] {
        let parts = match schema.get("anyOf").and_then(Value::as_array) {
            Some(parts) => parts.clone(),
            None => vec![schema],
        };
        for part in parts {
            if !all.contains(&part) {
                all.push(part);
            }
        }
    }
    json!({ "anyOf": all })
}

/// The only values of a schema, where it lists them.
fn listed(schema: &Value) -> Option<Vec<Value>> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(value), _) => Some(vec![value.clone()]),
        (None, Some(values)) => Some(values.clone()),
        (None, None) => None,
    }
}

/// The type of a schema that is a scalar of one type.
fn simple(schema: &Value) -> Option<&str> {
    let name = schema.get("type")?.as_str()?;
    ["string", "integer", "number", "boolean"].contains(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_comes_and_goes() {
        for (schema, nullable) in [
            (json!({ "type": "string" }), json!({ "type": ["string", "null"] })),
            (
                json!({ "type": "string", "enum": ["a"] }),
                json!({ "type": ["string", "null"], "enum": ["a", null] }),
            ),
            (
                json!({ NAMED: "x", "type": "object" }),
                json!({ "anyOf": [{ NAMED: "x", "type": "object" }, { "type": "null" }] }),
            ),
        ] {
            assert_eq!(with_null(schema.clone()), nullable);
            assert!(admits_null(&nullable) && !admits_null(&schema));
            assert_eq!(without_null(nullable), schema);
        }
        assert_eq!(
            with_null(json!({ "type": "integer", "const": 1 })),
            json!({ "type": ["integer", "null"], "enum": [1, null] })
        );
    }

    #[test]
    fn two_schemas_become_the_narrowest_that_holds_both() {
        let constant = |value: Value| Known::constant(&value).schema;
        assert_eq!(
            union(constant(json!("a")), constant(json!("b"))),
            json!({ "type": "string", "enum": ["a", "b"] })
        );
        assert_eq!(union(constant(json!("a")), constant(json!(1))), json!({ "enum": ["a", 1] }));
        assert_eq!(
            union(constant(json!("")), json!({ "type": "string", "format": "email" })),
            json!({ "type": "string" })
        );
        assert_eq!(
            union(json!({ "type": "string" }), constant(Value::Null)),
            json!({ "type": ["string", "null"] })
        );
        assert_eq!(
            union(json!({ "type": "object", "properties": {} }), json!({ "type": "string" })),
            json!({ "anyOf": [{ "type": "object", "properties": {} }, { "type": "string" }] })
        );
        assert_eq!(union(json!({}), json!({ "type": "string" })), json!({}));
    }

    #[test]
    fn what_one_of_several_kinds_lacks_may_be_absent() {
        let kind = |names: &[&str]| {
            object(names.iter().map(|name| ((*name).to_owned(), Known::typed("string"))).collect())
        };
        let shown = Known::always(json!({ "anyOf": [kind(&["name", "birthdate"]), kind(&["name"])] }));
        assert_eq!(shown.below("name"), Known::typed("string"));
        assert_eq!(shown.below("birthdate"), Known { optional: true, ..Known::typed("string") });
    }

    #[test]
    fn what_lies_below_null_is_undefined() {
        let tokens = json!({ "type": "object", "properties": { "access": { "type": "string" } }, "required": ["access"] });
        let always = Known::always(tokens.clone());
        assert_eq!(always.below("access"), Known::typed("string"));
        let perhaps = Known::always(json!({ "anyOf": [tokens, { "type": "null" }] }));
        assert_eq!(perhaps.below("access"), Known { schema: json!({ "type": "string" }), optional: true });
        assert_eq!(perhaps.clone().present(), always);
        assert_eq!(always.below("nothing"), Known::anything());
    }
}
