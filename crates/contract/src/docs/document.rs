//! An OpenAPI document as the page reads it: whatever is missing or of another type is nothing.

use serde_json::{Map, Value};

/// The most references that are followed one after the other: a document may refer in a circle.
const MOST_HOPS: usize = 16;

/// A document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'d>(pub(super) &'d Value);

impl<'d> Document<'d> {
    /// What a value stands for: itself, or what its `$ref` points to in this document.
    pub(super) fn resolve(self, value: &'d Value) -> &'d Value {
        let mut value = value;
        for _ in 0..MOST_HOPS {
            let target =
                text(value, "$ref").and_then(|to| to.strip_prefix('#')).and_then(|to| self.0.pointer(to));
            match target {
                Some(target) => value = target,
                None => return value,
            }
        }
        &Value::Null
    }

    /// The members of an object by a path of keys, each resolved.
    pub(super) fn members(self, value: &'d Value, key: &str) -> impl Iterator<Item = (&'d str, &'d Value)> {
        object(value, key)
            .into_iter()
            .flatten()
            .map(move |(name, value)| (name.as_str(), self.resolve(value)))
    }

    /// The elements of a list, each resolved.
    pub(super) fn items(self, value: &'d Value, key: &str) -> impl Iterator<Item = &'d Value> {
        list(value, key).iter().map(move |item| self.resolve(item))
    }
}

/// A member that is text.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

/// A member that is an object.
pub(super) fn object<'v>(value: &'v Value, key: &str) -> Option<&'v Map<String, Value>> {
    value.get(key)?.as_object()
}

/// A member that is a list; an empty one where there is none.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a member is true.
pub(super) fn holds(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}
