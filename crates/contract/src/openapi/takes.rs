//! What a route takes: its parameters and the schemas of its bodies.

use daemun_model::app::Identifier;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::core::{Core, elements, member};
use super::infer::{short_uuid, wire_values};
use super::known::{Known, admits_null, with_null};
use crate::ast::{
    Action, Alternative, Contract, Does, ParameterKind, Part, PathPattern, Segment, Source, Take, WirePath,
};
use crate::expression::Expression;

/// One place of the request, and what lies below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    schema: Option<Value>,
    required: bool,
    members: IndexMap<String, Place>,
    items: Option<Box<Place>>,
    /// Of each group one of these members must be there.
    either: Vec<Vec<String>>,
}

impl Place {
    fn at(&mut self, keys: &[String]) -> &mut Self {
        keys.iter().fold(self, |place, key| place.members.entry(key.clone()).or_default())
    }

    fn is_required(&self) -> bool {
        self.required || self.members.values().any(Self::is_required)
    }

    /// What is there: the first that says so is believed.
    fn holds(&mut self, schema: Value, required: bool) {
        self.required |= required;
        self.schema.get_or_insert(schema);
    }

    /// Its JSON Schema.
    pub(super) fn schema(&self) -> Value {
        let mut schema = self.schema.clone().unwrap_or_else(|| json!({}));
        if let Some(items) = &self.items {
            schema["type"] = if admits_null(&schema) { json!(["array", "null"]) } else { json!("array") };
            schema["items"] = items.schema();
        } else if !self.members.is_empty() {
            let known = |place: &Self| Known { schema: place.schema(), optional: !place.is_required() };
            let members = self.members.iter().map(|(key, place)| (key.clone(), known(place)));
            let object = super::known::object(members.collect());
            if let (Value::Object(schema), Value::Object(object)) = (&mut schema, object) {
                schema.extend(object);
            }
        }
        let either = |names: &Vec<String>| -> Value {
            let one = names.iter().map(|name| json!({ "required": [name] }));
            json!({ "anyOf": one.collect::<Vec<_>>() })
        };
        match self.either.as_slice() {
            [] => {}
            [names] => schema["anyOf"] = either(names)["anyOf"].take(),
            groups => schema["allOf"] = groups.iter().map(either).collect(),
        }
        schema
    }
}

/// Everything that one meaning of a route takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    /// By `body`, `query`, `header`, `path`.
    roots: IndexMap<String, Place>,
}

impl Taken {
    /// What an alternative takes.
    pub(super) fn of(contract: &Contract, core: Core<'_>, alternative: &Alternative) -> Self {
        let mut taken = Self::default();
        if let Action::Does(does) = &alternative.action {
            let taker = Taker { contract, core, does };
            for take in &does.takes {
                taker.take(take, &mut taken);
            }
        }
        if let Some(condition) = &alternative.when {
            taken.mention(condition);
        }
        taken
    }

    /// The schema of the body, where it takes one.
    pub(super) fn body(&self) -> Option<Value> {
        let body = self.roots.get("body").filter(|body| !body.members.is_empty())?;
        Some(body.schema())
    }

    /// The parameters in the query and in headers.
    pub(super) fn parameters(&self) -> Vec<Value> {
        let mut parameters = Vec::new();
        for root in ["query", "header"] {
            for (name, place) in self.roots.get(root).iter().flat_map(|place| &place.members) {
                // OpenAPI 3.1, Parameter Object: these headers are described elsewhere.
                if root == "header" && ["accept", "content-type", "authorization"].contains(&name.as_str()) {
                    continue;
                }
                let mut schema = super::known::without_null(place.schema());
                let description =
                    schema.as_object_mut().and_then(|schema| schema.shift_remove("description"));
                let mut parameter = json!({ "name": name, "in": root, "required": place.is_required() });
                if let Some(description) = description {
                    parameter["description"] = description;
                }
                parameter["schema"] = schema;
                parameters.push(parameter);
            }
        }
        parameters
    }

    fn place(&mut self, path: &WirePath) -> &mut Place {
        self.roots.entry(path.root.clone()).or_default().at(&path.keys)
    }

    /// What an expression mentions can be sent; more is not known.
    fn mention(&mut self, expression: &Expression) {
        for mention in expression.mentions() {
            if let Some((root, keys)) = mention.path.split_first()
                && ["body", "query", "header"].contains(&root.as_str())
                && !keys.is_empty()
            {
                self.roots.entry(root.clone()).or_default().at(keys);
            }
        }
    }
}

/// The parameters of a path.
pub(super) fn path_parameters(path: &PathPattern) -> Vec<Value> {
    let parameters = path.segments.iter().filter_map(|segment| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter { name, kind } => Some((name, *kind)),
    });
    let described = parameters.map(|(name, kind)| {
        let schema = match kind {
            ParameterKind::Int => json!({ "type": "integer", "format": "int64", "minimum": 0 }),
            ParameterKind::Shortuuid => {
                json!({ "anyOf": [short_uuid(), { "type": "string", "format": "uuid" }] })
            }
            ParameterKind::Text => json!({ "type": "string", "minLength": 1, "maxLength": 256 }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    described.collect()
}

struct Taker<'t> {
    contract: &'t Contract,
    core: Core<'t>,
    does: &'t Does,
}

impl Taker<'_> {
    fn take(&self, take: &Take, taken: &mut Taken) {
        let (schema, required) = self.core.input(self.does.operation, &take.input);
        let required = required || self.identifies(take);
        self.source(&take.source, &schema, required, taken);
    }

    /// A sign-in by one kind of identifier needs it, though the operation leaves open by which.
    fn identifies(&self, take: &Take) -> bool {
        let is_identifier = |take: &Take| matches!(take.input.as_slice(), [name] if Identifier::ALL.iter().any(|one| one.field() == name));
        self.does.operation.name.starts_with("session.")
            && is_identifier(take)
            && self.does.takes.iter().filter(|other| is_identifier(other)).count() == 1
    }

    fn source(&self, source: &Source, schema: &Value, required: bool, taken: &mut Taken) {
        match source {
            Source::Constant(_) => {}
            Source::Wire { .. } => self.wire(source, schema, required, taken),
            Source::Computed { expression, blames } => {
                taken.mention(expression);
                if let (Some(place), [_]) = (blames, expression.mentions().as_slice()) {
                    let plain = !expression.text().contains("default") && !expression.text().contains(" if ");
                    taken.place(place).holds(described(schema), required && plain);
                }
            }
            Source::Object(members) => {
                let needs = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
                for (name, _, source) in members {
                    let needed = needs.iter().any(|needed| needed == name);
                    self.source(source, &member(schema, name), required && needed, taken);
                }
            }
            Source::Parts(parts) => parts.iter().for_each(|part| self.part(part, schema, taken)),
        }
    }

    fn wire(&self, source: &Source, schema: &Value, required: bool, taken: &mut Taken) {
        let Source::Wire { from, table, default } = source else { return };
        let table = table.and_then(|index| self.contract.enums.get_index(index)).map(|(_, table)| table);
        let mut schema = match table {
            None => schema.clone(),
            Some(table) => {
                let values = wire_values(table);
                let values = if admits_null(schema) { with_null(values) } else { values };
                described_as(values, schema)
            }
        };
        if let Some(default) = default {
            let word = default.as_str().and_then(|word| table?.wire(word));
            schema["default"] = word.unwrap_or(default).clone();
        }
        let required = required && default.is_none();
        for place in from {
            taken.place(place).holds(schema.clone(), required && from.len() == 1);
        }
        let in_body = |place: &WirePath| place.root == "body" && place.keys.len() == 1;
        if required && from.len() > 1 && from.iter().all(in_body) {
            let names = from.iter().map(|place| place.keys[0].clone()).collect();
            taken.roots.entry("body".to_owned()).or_default().either.push(names);
        }
    }

    fn part(&self, part: &Part, schema: &Value, taken: &mut Taken) {
        let element = elements(schema);
        match part {
            Part::One { from, item, .. } => {
                self.source(item, &element, false, taken);
                taken.place(from);
            }
            Part::Each { list, alias, item, max, default, .. } => {
                let mut inner = Taken::default();
                self.source(item, &element, true, &mut inner);
                let items = inner.roots.shift_remove(alias).unwrap_or_default();
                // What an element takes from elsewhere in the request stands there.
                for (root, place) in inner.roots {
                    for (key, place) in place.members {
                        taken.roots.entry(root.clone()).or_default().members.entry(key).or_insert(place);
                    }
                }
                let mut list_schema = described(&json!({ "description": schema.get("description") }));
                if let Some(max) = max {
                    list_schema["maxItems"] = json!(max);
                }
                if let Some(default) = default {
                    list_schema["default"] = default.clone();
                }
                let place = taken.place(list);
                place.holds(list_schema, false);
                place.items = Some(Box::new(items));
            }
        }
    }
}

/// Only the words of a schema: a computed input is not what is sent.
fn described(schema: &Value) -> Value {
    described_as(json!({}), schema)
}

fn described_as(mut schema: Value, of: &Value) -> Value {
    if let Some(description) = of.get("description").filter(|text| text.is_string()) {
        schema["description"] = description.clone();
    }
    schema
}

#[cfg(test)]
mod tests {
    use daemun_model::{App, AppId};

    use super::*;
    use crate::ast::{InputKind, NullPart};

    fn place(text: &str) -> WirePath {
        let mut names = text.split('.').map(str::to_owned);
        WirePath { root: names.next().unwrap(), keys: names.collect() }
    }

    fn wire(from: &str) -> Source {
        Source::Wire { from: vec![place(from)], table: None, default: None }
    }

    #[test]
    fn a_list_is_told_by_what_its_elements_are_made_of() {
        let text = "contract: x\ntitle: X\nversion: '1'\nlanguage: en\npolicy: { sign_in: [email] }\ntokens:\n  session: { format: opaque, hex: 40, lifetime: 90d }\n  carried_in: [{ header: Authorization, scheme: Token }]\nroutes:\n  POST /join:\n    does: account.sign_up\n    takes: { email: body.email }\n    gives: { status: 204 }\n";
        let mut contract =
            crate::load("x.yaml", text).unwrap_or_else(|faults| panic!("{faults:#?}")).contract;
        let app = App {
            id: AppId::default(),
            name: "x".into(),
            title: "X".into(),
            mount: String::new(),
            public_url: "http://localhost".into(),
            language: contract.language,
            timezone: contract.timezone,
            policy: contract.policy.clone(),
            tokens: contract.tokens.clone(),
            attributes: contract.attributes.clone(),
        };
        let Action::Does(does) = &mut contract.routes[0].alternatives[0].action else { panic!() };
        let file = |kind: &str, path: &str| {
            let constant = Source::Constant(kind.into());
            Source::Object(vec![
                ("kind".into(), InputKind::String, constant),
                ("path".into(), InputKind::String, wire(path)),
            ])
        };
        let each = Part::Each {
            list: place("body.files"),
            alias: "f".into(),
            item: file("verification", "f.original"),
            kind: InputKind::Any,
            max: Some(10),
            default: Some(json!([])),
        };
        let (from, item) = (place("body.avatar"), file("avatar", "body.avatar"));
        let one = Part::One { from, null: NullPart::Skipped, item, kind: InputKind::Any };
        does.takes.push(Take {
            input: vec!["uploads".into()],
            kind: InputKind::Any,
            source: Source::Parts(vec![one, each]),
        });
        does.takes.push(Take {
            input: vec!["name".into()],
            kind: InputKind::String,
            source: wire("body.who.name"),
        });
        let taken = Taken::of(&contract, Core::new(&contract, &app), &contract.routes[0].alternatives[0]);
        let body = taken.body().unwrap();
        let (avatar, files) = (&body["properties"]["avatar"], &body["properties"]["files"]);
        assert_eq!(avatar["type"], "string");
        assert_eq!(
            (&files["type"], &files["maxItems"], &files["default"]),
            (&json!("array"), &json!(10), &json!([]))
        );
        assert_eq!(
            files["items"],
            json!({ "type": "object", "required": ["original"], "properties": { "original": avatar } })
        );
        assert_eq!(body["properties"]["who"]["properties"]["name"]["type"], json!(["string", "null"]));
        assert_eq!(body["required"], json!(["email"]), "an avatar, files and a name may be left out");
    }
}
