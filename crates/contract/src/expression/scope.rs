//! What an expression sees: named values, and the world of the request.

use std::borrow::Cow;
use std::sync::Arc;

use daemun_model::Timestamp;
use indexmap::IndexMap;
use serde_json::Value;

use crate::ast::EnumTable;

/// What filters know beyond their arguments.
#[derive(Clone, Debug)]
pub struct World {
    /// The contract's tables, for `wire`.
    pub enums: Arc<IndexMap<String, EnumTable>>,
    /// For `age` and `local_date`.
    pub timezone: chrono_tz::Tz,
    /// The moment of the request.
    pub now: Timestamp,
    /// The origin that absolute links start with, without a final slash.
    pub origin: Arc<str>,
    /// The request's absolute URL with its query, for `link`.
    pub url: Option<Arc<str>>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            enums: Arc::default(),
            timezone: chrono_tz::UTC,
            now: Timestamp(0),
            origin: Arc::from("http://localhost"),
            url: None,
        }
    }
}

/// Named values.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    variables: Vec<(&'a str, Cow<'a, Value>)>,
    world: &'a World,
}

impl<'a> Scope<'a> {
    /// A scope without names.
    pub fn new(world: &'a World) -> Self {
        Self { variables: Vec::with_capacity(6), world }
    }

    /// The same with one more name; it hides an earlier one.
    #[must_use]
    pub fn with(mut self, name: &'a str, value: &'a Value) -> Self {
        self.variables.push((name, Cow::Borrowed(value)));
        self
    }

    /// The same with one more name, whose value the scope keeps.
    #[must_use]
    pub fn with_owned(mut self, name: &'a str, value: Value) -> Self {
        self.variables.push((name, Cow::Owned(value)));
        self
    }

    /// What the filters know.
    pub fn world(&self) -> &'a World {
        self.world
    }

    /// The value at a dotted path; `None` is undefined. List elements are numbered from 0.
    pub fn look_up(&self, path: &[String]) -> Option<Cow<'a, Value>> {
        let (root, keys) = path.split_first()?;
        let (_, value) = self.variables.iter().rev().find(|(name, _)| name == root)?;
        match value {
            Cow::Borrowed(value) => below(value, keys).map(Cow::Borrowed),
            Cow::Owned(value) => below(value, keys).cloned().map(Cow::Owned),
        }
    }
}

/// The value at `keys` below `value`.
pub(crate) fn below<'v>(value: &'v Value, keys: &[String]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(members) => members.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}
