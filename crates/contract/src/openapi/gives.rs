//! The schemas of bodies and headers that a contract gives.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::infer::Types;
use super::known::{self, Known, NAMED, with_null};
use crate::ast::{Member, Node};

/// How deep shapes are followed: a shape may, of something nullable, hold itself.
const DEEPEST: usize = 12;

/// Walks bodies.
#[derive(Clone, Copy)]
pub(super) struct Bodies<'c> {
    shapes: &'c IndexMap<String, Node>,
    depth: usize,
}

impl<'c> Bodies<'c> {
    pub(super) const fn new(shapes: &'c IndexMap<String, Node>) -> Self {
        Self { shapes, depth: 0 }
    }

    /// What a body is over these names.
    pub(super) fn of(self, node: &Node, types: &Types<'_>) -> Known {
        match node {
            Node::Literal(value) => Known::constant(value),
            Node::Expression(expression) => types.of(expression),
            Node::Text(_) => Known::typed("string"),
            Node::Object(members) => self.object(members, types),
            Node::List(items) => {
                Known::always(known::list(items.iter().map(|item| self.of(item, types)).collect()))
            }
            Node::Shape { shape, of: None } => self.shape(*shape, types),
            Node::Shape { shape, of: Some((name, subject)) } => {
                let subject = types.of(subject);
                let (optional, nullable) = (subject.optional, known::admits_null(&subject.schema));
                let shape = self.shape(*shape, &types.clone().with(name, subject.present()));
                let schema = if nullable { with_null(shape.schema) } else { shape.schema };
                Known { schema, optional: optional || shape.optional }
            }
            Node::Each { list, aliases, item } => {
                let list = types.of(list);
                let mut inner = types.clone();
                for alias in aliases {
                    inner = inner.with(alias, list.items());
                }
                let items = json!({ "type": "array", "items": self.of(item, &inner).schema });
                let schema = if known::admits_null(&list.schema) { with_null(items) } else { items };
                Known { schema, optional: list.optional }
            }
        }
    }

    fn shape(mut self, index: usize, types: &Types<'_>) -> Known {
        self.depth += 1;
        let Some((name, node)) = self.shapes.get_index(index).filter(|_| self.depth <= DEEPEST) else {
            return Known::anything();
        };
        named(self.of(node, types), name)
    }

    fn object(self, members: &[Member], types: &Types<'_>) -> Known {
        let mut fields: Vec<(String, Known)> = Vec::new();
        let mut rest = None;
        for member in members {
            match member {
                Member::Field(key, node) => put(&mut fields, key, self.of(node, types)),
                Member::Spread(node) => {
                    let spread = self.of(node, types);
                    rest = rest.or_else(|| spread.schema.get("additionalProperties").cloned());
                    let names = spread.schema.get("properties").and_then(Value::as_object);
                    for key in names.into_iter().flat_map(Map::keys) {
                        put(&mut fields, key, spread.below(key));
                    }
                }
            }
        }
        let mut schema = known::object(fields);
        if let Some(rest) = rest {
            schema["additionalProperties"] = rest;
        }
        Known::always(schema)
    }
}

/// A later member of a name takes the place of an earlier one.
fn put(fields: &mut Vec<(String, Known)>, key: &str, known: Known) {
    match fields.iter_mut().find(|(name, _)| name == key) {
        Some((_, earlier)) => *earlier = known,
        None => fields.push((key.to_owned(), known)),
    }
}

/// The same under a name, if it is an object.
pub(super) fn named(mut known: Known, name: &str) -> Known {
    if known.schema.get("type").is_some_and(|of| of == "object")
        && let Some(members) = known.schema.as_object_mut()
    {
        members.insert(NAMED.to_owned(), name.into());
    }
    known
}
