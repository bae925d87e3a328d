//! `takes`: where an operation's input comes from.
//!
//! A plain path (`body.email`) is a place on the wire, whatever else is computed. Constants stand in
//! `{ value: … }`; they, and defaults, are what the operation takes, in the core's words.

mod list;
mod place;
mod supplied;

use std::collections::BTreeMap;

use daemun_model::app::AttributeKind;
use daemun_operations::Operation;
use serde_json::Value;

use super::Reader;
use super::section::{Section, entries};
use super::words;
use crate::ast::{InputKind, ParameterKind, Source, Take};
use crate::fault::{listed, nearest};
use crate::schema::{Below, Schema, describe, fits};
use crate::yaml::{Kind, Position, Scalar, Tree};

pub(super) use place::Also;
use place::{Reading, Use};

/// What an input wants.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'a> {
    /// Its name, for sentences: `attributes.carrier`.
    pub(super) name: String,
    pub(super) kind: InputKind,
    /// The only texts it may be.
    pub(super) choices: Option<Vec<String>>,
    pub(super) nullable: bool,
    pub(super) schema: Option<Schema<'a>>,
}

/// What is known while one `takes` is read.
pub(super) struct Taking<'a> {
    /// The operation's name, or the list whose elements are made.
    pub(super) what: &'a str,
    pub(super) input: &'a Value,
    /// The parameters of the route's path.
    pub(super) parameters: &'a [(String, ParameterKind)],
    /// Names bound by `each`, and the lists on the wire they go through.
    pub(super) aliases: Vec<(String, Vec<String>)>,
    /// The places that fill an input.
    pub(super) uses: Vec<Use>,
}

impl<'y> Reader<'y> {
    /// Reads `takes`; `at` is where the operation is named.
    pub(super) fn takes(
        &mut self,
        tree: Option<&'y Tree>,
        operation: &'static Operation,
        parameters: &[(String, ParameterKind)],
        at: Position,
    ) -> Vec<Take> {
        let mut taking = Taking {
            what: operation.name,
            input: &operation.input,
            parameters,
            aliases: Vec::new(),
            uses: Vec::new(),
        };
        let takes = self.takes_of(tree, &mut taking);
        self.supplied(tree, &takes, operation, at);
        takes
    }

    pub(super) fn takes_of(&mut self, tree: Option<&'y Tree>, taking: &mut Taking<'_>) -> Vec<Take> {
        let mut takes: Vec<Take> = Vec::new();
        let listed = tree.and_then(|tree| entries(&mut self.report, tree, "`takes`")).unwrap_or_default();
        for entry in listed {
            let input: Vec<String> = entry.key.text.split('.').map(str::to_owned).collect();
            let around = |take: &&Take| take.input.starts_with(&input) || input.starts_with(&take.input);
            if let Some(known) = takes.iter().find(around) {
                let message =
                    format!("`{}` and `{}` fill the same input", entry.key.text, known.input.join("."));
                self.report.fault(entry.key.at, message);
                continue;
            }
            let Some(wanted) = self.wanted(&entry.key, taking) else { continue };
            if let Some(source) = self.source(&entry.value, &wanted, taking) {
                takes.push(Take { input, kind: wanted.kind, source });
            }
        }
        takes
    }

    /// What the input of a name wants; an unknown name is a fault.
    fn wanted<'a>(&mut self, key: &Scalar, taking: &Taking<'a>) -> Option<Wanted<'a>> {
        let mut names = key.text.split('.');
        let first = names.next().unwrap_or_default();
        let root = Schema::root(taking.input);
        let mut below = root.below(first);
        if matches!(below, Below::Unknown(_) | Below::NoMembers) {
            let hint = nearest(first, &root.names(), "it takes").or(Some("it takes nothing".to_owned()));
            self.report.fault_with(key.at, format!("{} has no input `{first}`", taking.what), hint);
            return None;
        }
        let mut before = first;
        for name in names {
            let Below::Known(schema) = &below else { break };
            if before == "attributes" && schema.is_open() {
                return self.attribute(key, name);
            }
            below = match schema.below(name) {
                Below::Unknown(names) => {
                    let message = format!("the input `{before}` of {} has no member `{name}`", taking.what);
                    self.report.fault_with(key.at, message, nearest(name, &names, "it has"));
                    return None;
                }
                Below::NoMembers => {
                    self.report
                        .fault(key.at, format!("the input `{before}` of {} has no members", taking.what));
                    return None;
                }
                further => further,
            };
            before = name;
        }
        let schema = match below {
            Below::Known(schema) => Some(schema),
            Below::Anything | Below::Unknown(_) | Below::NoMembers => None,
        };
        let mut wanted = Wanted::of(key.text.clone(), schema);
        if key.text == "attributes" {
            let members = self
                .attributes
                .iter()
                .map(|(name, attribute)| (name.clone(), attribute_kind(&attribute.kind)));
            wanted.kind = InputKind::Object(members.collect());
        }
        Some(wanted)
    }

    fn attribute(&mut self, key: &Scalar, name: &str) -> Option<Wanted<'static>> {
        let Some(attribute) = self.attributes.get(name) else {
            let names: Vec<&String> = self.attributes.keys().collect();
            let hint = nearest(name, &names, "there are")
                .or(Some(format!("declare it: `attributes: {{ {name}: {{ type: string }} }}`")));
            self.report.fault_with(key.at, format!("the contract declares no attribute `{name}`"), hint);
            return None;
        };
        let choices = match &attribute.kind {
            AttributeKind::String { choices, .. } if !choices.is_empty() => Some(choices.clone()),
            _ => None,
        };
        let kind = attribute_kind(&attribute.kind);
        Some(Wanted { name: key.text.clone(), kind, choices, nullable: true, schema: None })
    }

    pub(super) fn source(
        &mut self,
        tree: &'y Tree,
        wanted: &Wanted<'_>,
        taking: &mut Taking<'_>,
    ) -> Option<Source> {
        match &tree.kind {
            Kind::Scalar(_) if tree.text().is_some() => {
                let scalar = tree.text()?;
                self.bare_source(scalar, wanted, taking)
            }
            Kind::Scalar(scalar) => {
                let message = format!("`{}` does not say where it comes from", wanted.name);
                let hint = if scalar.is_null() {
                    format!("for example `{0}: body.{0}`", wanted.name)
                } else {
                    format!("a constant is written `{{ value: {} }}`", scalar.text)
                };
                self.report.fault_with(tree.at, message, hint);
                None
            }
            Kind::List(items) => self.parts(tree.at, items, wanted, taking),
            Kind::Map(_) if tree.get("each").is_some() => {
                self.parts(tree.at, std::slice::from_ref(tree), wanted, taking)
            }
            Kind::Map(_) if tree.get("value").is_some() => self.constant(tree, wanted),
            Kind::Map(_) if tree.get("from").is_some() => self.from(tree, wanted, taking),
            Kind::Map(_) if matches!(wanted.kind, InputKind::Object(_)) || wanted.is_map() => {
                self.members(tree, wanted, taking, Vec::new())
            }
            Kind::Map(_) => {
                let message = format!("`{}` does not say where it comes from", wanted.name);
                let hint = "write `from:` with a place of the request, `value:` with a constant, or `each:` with a list".to_owned();
                self.report.fault_with(tree.at, message, hint);
                None
            }
        }
    }

    /// `{ value: true }`
    fn constant(&mut self, tree: &'y Tree, wanted: &Wanted<'_>) -> Option<Source> {
        let section = Section::open(&mut self.report, tree, "a constant", &["value"])?;
        let value = section.get("value")?;
        if let Some(scalar) = value.text()
            && scalar.text.contains("{{")
        {
            let hint = "without braces and without `value`, an expression is computed".to_owned();
            self.report.fault_with(value.at, "a constant is no expression", hint);
            return None;
        }
        self.fitting(value, wanted, "the constant").map(Source::Constant)
    }

    /// A constant or a default, if it is of the input's type.
    pub(super) fn fitting(&mut self, tree: &Tree, wanted: &Wanted<'_>, what: &str) -> Option<Value> {
        let value = tree.to_json();
        if value.is_null() && wanted.nullable {
            return Some(value);
        }
        if !fits(&wanted.kind, &value) {
            let message = format!(
                "{what} of `{}` is {}, and the input takes {}",
                wanted.name,
                tree.describe(),
                describe(&wanted.kind)
            );
            self.report.fault(tree.at, message);
            return None;
        }
        if let (Some(choices), Some(text)) = (&wanted.choices, value.as_str())
            && !choices.iter().any(|choice| choice == text)
        {
            let message = format!("`{}` cannot be `{text}`", wanted.name);
            self.report.fault_with(tree.at, message, nearest(text, choices, "it is one of"));
            return None;
        }
        Some(value)
    }

    /// `{ from: body.gender, enum: gender, default: … }`
    fn from(&mut self, tree: &'y Tree, wanted: &Wanted<'_>, taking: &mut Taking<'_>) -> Option<Source> {
        let section = Section::open(&mut self.report, tree, "this source", &["from", "enum", "default"])?;
        let places = section.get("from")?;
        if places.items().is_some_and(<[Tree]>::is_empty) {
            self.report.fault(places.at, "`from` names no place");
        }
        let table = section.get("enum");
        let default = section.get("default").map(|default| self.fitting(default, wanted, "the default"));
        let index = table.and_then(|table| self.table(table, wanted));
        let reading = if index.is_some() { Reading::Translated } else { Reading::Typed };
        let mut from = Vec::new();
        for scalar in words::texts(&mut self.report, places, "from") {
            from.extend(self.wire(scalar, wanted, reading, taking));
        }
        if from.is_empty() || default == Some(None) || (table.is_some() && index.is_none()) {
            return None;
        }
        Some(Source::Wire { from, table: index, default: default.flatten() })
    }

    /// The table of an `enum`, whose words the input must take.
    fn table(&mut self, tree: &'y Tree, wanted: &Wanted<'_>) -> Option<usize> {
        let scalar = words::text(&mut self.report, tree, "enum")?;
        let Some((index, _, table)) = self.enums.get_full(scalar.text.as_str()) else {
            let names: Vec<&String> = self.enums.keys().collect();
            let hint = nearest(&scalar.text, &names, "there are")
                .or(Some(format!("declare it: `enums: {{ {}: {{ … }} }}`", scalar.text)));
            self.report.fault_with(
                scalar.at,
                format!("there is no table `{}` under `enums`", scalar.text),
                hint,
            );
            return None;
        };
        if !matches!(wanted.kind, InputKind::String | InputKind::Any) {
            let message = format!(
                "a table gives the core's words, and `{}` takes {}",
                wanted.name,
                describe(&wanted.kind)
            );
            self.report.fault(scalar.at, message);
            return None;
        }
        let strange = wanted.choices.as_ref().and_then(|choices| {
            table
                .pairs
                .iter()
                .find(|(word, _)| !choices.contains(word))
                .map(|(word, _)| (word.clone(), choices))
        });
        if let Some((word, choices)) = strange {
            let message =
                format!("the table `{}` gives `{word}`, which `{}` cannot be", scalar.text, wanted.name);
            self.report.fault_with(scalar.at, message, nearest(&word, choices, "it is one of"));
            return None;
        }
        Some(index)
    }

    /// An object made of members, each with a source of its own; `filled` are those that something else fills.
    pub(super) fn members(
        &mut self,
        tree: &'y Tree,
        wanted: &Wanted<'_>,
        taking: &mut Taking<'_>,
        mut filled: Vec<(String, InputKind, Source)>,
    ) -> Option<Source> {
        for entry in tree.entries().unwrap_or_default() {
            if filled.iter().any(|(name, ..)| *name == entry.key.text) || entry.key.text == "from" {
                continue;
            }
            let Some(member) = self.member(&entry.key, wanted) else { continue };
            if let Some(source) = self.source(&entry.value, &member, taking) {
                filled.push((entry.key.text.clone(), member.kind, source));
            }
        }
        let required = wanted.schema.as_ref().map(Schema::required).unwrap_or_default();
        let lacks = |name: &&str| !filled.iter().any(|(known, ..)| known == name) && tree.get(name).is_none();
        let missing: Vec<&str> = required.into_iter().filter(lacks).collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs {}, and nothing supplies it", wanted.name, listed(&missing));
            self.report.fault(tree.at, message);
            return None;
        }
        Some(Source::Object(filled))
    }

    fn member<'a>(&mut self, key: &Scalar, wanted: &Wanted<'a>) -> Option<Wanted<'a>> {
        let name = format!("{}.{}", wanted.name, key.text);
        let schema = match wanted.schema.as_ref().map(|schema| schema.below(&key.text)) {
            _ if wanted.name == "attributes" => return self.attribute(key, &key.text),
            Some(Below::Known(schema)) => Some(schema),
            Some(Below::Unknown(names)) => {
                let message = format!("`{}` has no member `{}`", wanted.name, key.text);
                self.report.fault_with(key.at, message, nearest(&key.text, &names, "it has"));
                return None;
            }
            Some(Below::Anything | Below::NoMembers) | None => None,
        };
        Some(Wanted::of(name, schema))
    }
}

impl<'a> Wanted<'a> {
    pub(super) fn of(name: String, schema: Option<Schema<'a>>) -> Self {
        Self {
            name,
            kind: schema.as_ref().map_or(InputKind::Any, Schema::kind),
            choices: schema
                .as_ref()
                .and_then(Schema::choices)
                .map(|list| list.into_iter().map(str::to_owned).collect()),
            nullable: schema.as_ref().is_none_or(Schema::nullable),
            schema,
        }
    }

    /// Whether it is an object whose names are free, such as `identity_keys`.
    fn is_map(&self) -> bool {
        self.schema.as_ref().is_some_and(|schema| schema.may_be("object") && !schema.may_be("string"))
    }
}

const fn attribute_kind(kind: &AttributeKind) -> InputKind {
    match kind {
        AttributeKind::String { .. } | AttributeKind::Date => InputKind::String,
        AttributeKind::Boolean => InputKind::Boolean,
        AttributeKind::Integer { .. } => InputKind::Integer,
        AttributeKind::Number => InputKind::Number,
    }
}

/// The kinds of the parameters that all paths of a route have.
pub(super) fn parameters(patterns: &[crate::ast::PathPattern]) -> Vec<(String, ParameterKind)> {
    let of = |pattern: &crate::ast::PathPattern| -> BTreeMap<String, ParameterKind> {
        let parameters = pattern.segments.iter().filter_map(|segment| match segment {
            crate::ast::Segment::Parameter { name, kind } => Some((name.clone(), *kind)),
            crate::ast::Segment::Literal(_) => None,
        });
        parameters.collect()
    };
    patterns.first().map(of).unwrap_or_default().into_iter().collect()
}
