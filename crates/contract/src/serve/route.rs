//! What a route needs of a request, known when the contract is loaded.

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use crate::ast::{Action, Part, Route, Source, WirePath};
use crate::expression::Expression;

/// What a route looks at.
#[derive(Debug, Default)]
pub struct Needs {
    /// The body.
    pub body: bool,
    /// The query of the URL.
    pub query: bool,
    /// These headers, in lower case.
    headers: Vec<HeaderName>,
}

impl Needs {
    /// What the alternatives of a route look at.
    pub fn of(route: &Route) -> Self {
        let mut needs = Self::default();
        for alternative in &route.alternatives {
            if let Some(when) = &alternative.when {
                needs.expression(when);
            }
            if let Action::Does(does) = &alternative.action {
                for take in &does.takes {
                    needs.source(&take.source);
                }
            }
        }
        needs
    }

    /// The headers that the route looks at, as text.
    pub fn headers_of(&self, sent: &HeaderMap) -> Value {
        let mut headers = Map::new();
        for name in &self.headers {
            if let Some(text) = sent.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()) {
                headers.insert(name.as_str().to_owned(), Value::String(text.to_owned()));
            }
        }
        Value::Object(headers)
    }

    fn root(&mut self, root: &str, key: Option<&String>) {
        match root {
            "body" => self.body = true,
            "query" => self.query = true,
            "header" => {
                let name =
                    key.and_then(|key| HeaderName::from_bytes(key.to_ascii_lowercase().as_bytes()).ok());
                self.headers.extend(name);
            }
            _ => {}
        }
    }

    fn expression(&mut self, expression: &Expression) {
        for mention in expression.mentions() {
            if let Some((root, keys)) = mention.path.split_first() {
                self.root(root, keys.first());
            }
        }
    }

    fn place(&mut self, place: &WirePath) {
        self.root(&place.root, place.keys.first());
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Wire { from, .. } => from.iter().for_each(|place| self.place(place)),
            Source::Constant(_) => {}
            Source::Computed { expression, .. } => self.expression(expression),
            Source::Object(members) => members.iter().for_each(|(_, _, source)| self.source(source)),
            Source::Parts(parts) => {
                for part in parts {
                    let (place, item) = match part {
                        Part::One { from, item, .. } => (from, item),
                        Part::Each { list, item, .. } => (list, item),
                    };
                    self.place(place);
                    self.source(item);
                }
            }
        }
    }
}
