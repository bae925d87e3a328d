//! Schemas as readers see them: one line for each field, with its type and its rules.

use serde::Serialize;
use serde_json::Value;

use super::document::{Document, holds, list, object, text};
use super::prose::Prose;
use super::texts::Texts;

/// How deep fields are listed; what lies deeper has its type only.
const DEEPEST: usize = 6;

/// The most fields of one body.
const MOST_FIELDS: usize = 400;

/// One field of a body, or one parameter.
#[derive(Debug, Serialize)]
pub(super) struct Field {
    /// Where it lies: `user.`, `items[].`, or nothing.
    pub(super) within: String,
    /// Its name.
    pub(super) name: String,
    /// Its type: `string (email)`, `integer | null`.
    pub(super) kind: String,
    /// Whether it must be there.
    pub(super) required: bool,
    /// What holds of it.
    pub(super) rules: Vec<Rule>,
    /// What it means.
    pub(super) about: Prose,
}

/// A rule: words, and values that are shown as code.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Rule {
    text: String,
    values: Vec<String>,
}

/// Lists the fields of schemas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'d> {
    pub(super) document: Document<'d>,
    pub(super) texts: Texts,
}

impl<'d> Fields<'d> {
    /// The lists of fields of a body: one, or one for each alternative; none for what is no object.
    pub(super) fn alternatives(self, schema: &'d Value) -> Vec<Vec<Field>> {
        let schema = self.document.resolve(schema);
        let alternatives = self.choices(schema);
        let bodies = if alternatives.is_empty() { vec![schema] } else { alternatives };
        let lists = bodies.into_iter().map(|body| self.listed(body));
        lists.filter(|fields| !fields.is_empty()).collect()
    }

    /// One field without what lies in it.
    pub(super) fn one(self, name: &str, schema: &'d Value, required: bool) -> Field {
        let schema = self.document.resolve(schema);
        Field {
            within: String::new(),
            name: name.to_owned(),
            kind: self.kind(schema),
            required,
            rules: self.rules(schema),
            about: Prose::of(text(schema, "description")),
        }
    }

    fn listed(self, schema: &'d Value) -> Vec<Field> {
        let mut fields = Vec::new();
        // The elements of a list that is the whole body.
        let (within, schema) = match self.element(schema) {
            Some(element) => ("[].", element),
            None => ("", schema),
        };
        self.collect(schema, within, 0, &mut fields);
        fields
    }

    fn collect(self, schema: &'d Value, within: &str, depth: usize, fields: &mut Vec<Field>) {
        for (name, required, property) in self.properties(schema) {
            if fields.len() >= MOST_FIELDS {
                return;
            }
            fields.push(Field { within: within.to_owned(), ..self.one(name, property, required) });
            if depth < DEEPEST {
                let (suffix, inner) = match self.element(property) {
                    Some(element) => ("[].", element),
                    None => (".", property),
                };
                self.collect(inner, &format!("{within}{name}{suffix}"), depth + 1, fields);
            }
        }
        let rest = schema.get("additionalProperties").filter(|rest| rest.is_object());
        if let Some(rest) = rest.filter(|_| depth <= DEEPEST && fields.len() < MOST_FIELDS) {
            let any = format!("<{}>", self.texts.get("any-name"));
            fields.push(Field { within: within.to_owned(), ..self.one(&any, rest, false) });
        }
    }

    /// The named members of an object, those of `allOf` and of a nullable object's only choice among them.
    fn properties(self, schema: &'d Value) -> Vec<(&'d str, bool, &'d Value)> {
        let required = list(schema, "required");
        let own = object(schema, "properties").into_iter().flatten().map(|(name, property)| {
            let must = required.iter().any(|other| other.as_str() == Some(name));
            (name.as_str(), must, self.document.resolve(property))
        });
        let mut all: Vec<_> = own.collect();
        for part in self.document.items(schema, "allOf") {
            all.extend(self.properties(part));
        }
        if let [only] = self.variants(schema).as_slice() {
            all.extend(self.properties(only));
        }
        all
    }

    /// The objects among which a body may choose; none where there is no choice.
    fn choices(self, schema: &'d Value) -> Vec<&'d Value> {
        let variants = self.variants(schema);
        let objects = variants.iter().all(|variant| !self.properties(variant).is_empty());
        if variants.len() > 1 && objects { variants } else { Vec::new() }
    }

    /// What `oneOf` and `anyOf` offer beside null.
    fn variants(self, schema: &'d Value) -> Vec<&'d Value> {
        let offered = self.document.items(schema, "oneOf").chain(self.document.items(schema, "anyOf"));
        offered.filter(|variant| text(variant, "type") != Some("null")).collect()
    }

    /// What a list holds, also where null may stand for it.
    fn element(self, schema: &'d Value) -> Option<&'d Value> {
        let own = schema.get("items").filter(|items| items.is_object());
        match (own, self.variants(schema).as_slice()) {
            (Some(items), _) => Some(self.document.resolve(items)),
            (None, [only]) => self.element(only),
            (None, _) => None,
        }
    }

    /// The type in the words of JSON Schema.
    pub(super) fn kind(self, schema: &'d Value) -> String {
        self.kinds(schema, 0).join(" | ")
    }

    fn kinds(self, schema: &'d Value, depth: usize) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for name in self.named_types(schema) {
            let kind = match (name, schema.get("items")) {
                ("array", Some(items)) if depth < DEEPEST => {
                    let inner = self.kinds(self.document.resolve(items), depth + 1);
                    if inner.len() > 1 {
                        format!("({})[]", inner.join(" | "))
                    } else {
                        format!("{}[]", inner.join(""))
                    }
                }
                ("null", _) | ("array", _) => name.to_owned(),
                (name, _) => match text(schema, "format") {
                    Some(format) => format!("{name} ({format})"),
                    None => name.to_owned(),
                },
            };
            kinds.push(kind);
        }
        if kinds.is_empty() && depth < DEEPEST {
            let parts =
                ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|key| self.document.items(schema, key));
            kinds = parts.flat_map(|part| self.kinds(part, depth + 1)).collect();
        }
        kinds.sort_by_key(|kind| kind == "null");
        let mut seen = std::collections::HashSet::new();
        kinds.retain(|kind| seen.insert(kind.clone()));
        if kinds.is_empty() { vec!["any".to_owned()] } else { kinds }
    }

    /// The types that a schema names itself, or that follow from its values.
    fn named_types(self, schema: &'d Value) -> Vec<&'d str> {
        match schema.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ if schema.get("properties").is_some() => vec!["object"],
            _ => {
                let values = schema.get("const").into_iter().chain(list(schema, "enum"));
                let mut types: Vec<_> = values.map(type_of).collect();
                types.dedup();
                types
            }
        }
    }

    /// The rules of a schema, and of what a list of plain values holds.
    fn rules(self, schema: &'d Value) -> Vec<Rule> {
        let mut rules = Vec::new();
        let subject = match self.variants(schema).as_slice() {
            [only] => only,
            _ => schema,
        };
        self.rules_of_values(subject, &mut rules);
        if let Some(element) = self.element(subject) {
            self.rules_of_values(element, &mut rules);
        }
        for (key, word) in
            [("writeOnly", "rule-write-only"), ("readOnly", "rule-read-only"), ("deprecated", "deprecated")]
        {
            if holds(schema, key) {
                rules.push(Rule { text: self.texts.get(word), values: Vec::new() });
            }
        }
        rules
    }

    fn rules_of_values(self, schema: &'d Value, rules: &mut Vec<Rule>) {
        let mut values = |key: &str, values: Vec<String>| {
            if !values.is_empty() {
                rules.push(Rule { text: self.texts.get(key), values });
            }
        };
        values("rule-one-of", list(schema, "enum").iter().map(shown).collect());
        values("rule-always", schema.get("const").map(shown).into_iter().collect());
        values("rule-default", schema.get("default").map(shown).into_iter().collect());
        values("rule-pattern", text(schema, "pattern").map(str::to_owned).into_iter().collect());
        let words = [
            self.between(schema, "characters", ("minLength", "maxLength")),
            self.between(schema, "range", ("minimum", "maximum")),
            self.limit(schema, "exclusiveMinimum", ("rule-above", "min")),
            self.limit(schema, "exclusiveMaximum", ("rule-below", "max")),
            self.between(schema, "items", ("minItems", "maxItems")),
            holds(schema, "uniqueItems").then(|| self.texts.get("rule-unique")),
        ];
        rules.extend(words.into_iter().flatten().map(|text| Rule { text, values: Vec::new() }));
    }

    /// The rule of a smallest and a largest measure.
    fn between(self, schema: &Value, what: &str, (min, max): (&str, &str)) -> Option<String> {
        let min = schema
            .get(min)
            .filter(|min| min.as_f64() != Some(0.0) || what == "range")
            .map(ToString::to_string);
        let max = schema.get(max).map(ToString::to_string);
        let one_sided =
            |side: &str| if what == "range" { format!("rule-{side}") } else { format!("rule-{what}-{side}") };
        match (min, max) {
            (Some(min), Some(max)) if min == max && what == "characters" => {
                Some(self.texts.with("rule-characters-exactly", &[("min", &min)]))
            }
            (Some(min), Some(max)) => {
                Some(self.texts.with(&format!("rule-{what}"), &[("min", &min), ("max", &max)]))
            }
            (Some(min), None) => Some(self.texts.with(&one_sided("min"), &[("min", &min)])),
            (None, Some(max)) => Some(self.texts.with(&one_sided("max"), &[("max", &max)])),
            (None, None) => None,
        }
    }

    fn limit(self, schema: &Value, key: &str, (word, name): (&str, &'static str)) -> Option<String> {
        Some(self.texts.with(word, &[(name, &schema.get(key)?.to_string())]))
    }
}

/// A value as a reader knows it: text without quotes, unless it is empty.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use daemun_model::Language;
    use serde_json::json;

    use super::*;

    fn lines(schema: &Value) -> Vec<String> {
        let document = json!({ "components": { "schemas": {
            "User": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "integer", "minimum": 1 },
                "friend": { "anyOf": [{ "$ref": "#/components/schemas/Loop" }, { "type": "null" }] } } },
            "Loop": { "$ref": "#/components/schemas/Loop" },
        } } });
        let fields = Fields { document: Document(&document), texts: Texts(Language::En) };
        let line = |field: &Field| {
            let rules: Vec<_> =
                field.rules.iter().map(|rule| format!("{} {}", rule.text, rule.values.join(","))).collect();
            let star = if field.required { "*" } else { "" };
            let line = format!("{}{}{star}: {}; {}", field.within, field.name, field.kind, rules.join("; "));
            line.trim_end().to_owned()
        };
        fields.alternatives(schema).iter().flatten().map(line).collect()
    }

    #[test]
    fn fields_are_listed_with_types_and_rules() {
        let schema = json!({ "type": "object", "required": ["email", "tags"], "properties": {
            "email": { "type": "string", "format": "email", "maxLength": 254 },
            "pin": { "type": ["string", "null"], "minLength": 6, "maxLength": 6, "pattern": "[0-9]+" },
            "gender": { "enum": [0, 1], "default": 0 },
            "tags": { "type": "array", "maxItems": 10, "items": { "type": "string", "enum": ["a", "b"] } },
            "user": { "oneOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] },
            "users": { "type": "array", "items": { "$ref": "#/components/schemas/User" } },
            "more": { "type": "object", "additionalProperties": { "type": "string" } },
            "ok": { "const": true } } });
        assert_eq!(
            lines(&schema),
            [
                "email*: string (email); at most 254 characters",
                "pin: string | null; pattern [0-9]+; exactly 6 characters",
                "gender: number; one of 0,1; default 0",
                "tags*: string[]; at most 10 elements ; one of a,b",
                "user: object | null;",
                "user.id*: integer; at least 1",
                "user.friend: any | null;",
                "users: object[];",
                "users[].id*: integer; at least 1",
                "users[].friend: any | null;",
                "more: object;",
                "more.<any name>: string;",
                "ok: boolean; always true",
            ]
        );
    }

    #[test]
    fn a_body_may_have_alternatives() {
        let part = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
        let schema = json!({ "oneOf": [part("refresh"), part("username")] });
        assert_eq!(lines(&schema), ["refresh: string;", "username: string;"]);
        assert_eq!(lines(&json!({ "type": "string" })), Vec::<String>::new());
    }
}
