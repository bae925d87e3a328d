//! Texts and JSON values into which captured values are put.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What an example has captured so far.
pub type Captures = BTreeMap<String, Value>;

/// A text with captured values in it: `Bearer {{ access }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Capture(String),
}

/// A `{{ … }}` that names no capture: its offset in the text, and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoName {
    pub(super) offset: usize,
    pub(super) written: String,
}

impl Template {
    /// Reads a text. `{{` that is not closed, or that holds braces or quotes, stands for itself, so that broken
    /// JSON can be written.
    pub(super) fn parse(text: &str) -> Result<Self, NoName> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let inside = &rest[start + 2..];
            let end = inside.find(['{', '}', '"', '\n']).filter(|end| inside[*end..].starts_with("}}"));
            let Some(end) = end else {
                literal.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
                continue;
            };
            let name = inside[..end].trim();
            if !is_name(name) {
                let offset = text.len() - rest.len() + start;
                return Err(NoName { offset, written: name.to_owned() });
            }
            literal.push_str(&rest[..start]);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Capture(name.to_owned()));
            rest = &inside[end + 2..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self { pieces })
    }

    /// A text without captures.
    pub fn literal(text: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Literal(text.into())] }
    }

    /// The names of the captures in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Capture(name) => Some(name.as_str()),
        })
    }

    /// The text, when nothing is captured in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The value: when it is nothing but one capture, that capture with its type; else text.
    pub fn value(&self, captures: &Captures) -> Value {
        match self.pieces.as_slice() {
            [Piece::Capture(name)] => captures.get(name).cloned().unwrap_or(Value::Null),
            _ => Value::String(self.text(captures)),
        }
    }

    /// The text with the captures in it; one that is not known is nothing.
    pub fn text(&self, captures: &Captures) -> String {
        self.joined(captures, |text| text)
    }

    /// The same as a regular expression in which the captures stand for themselves.
    pub(super) fn pattern(&self, captures: &Captures) -> String {
        self.joined(captures, |text| regex::escape(&text))
    }

    fn joined(&self, captures: &Captures, captured: fn(String) -> String) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Capture(name) => captured(captures.get(name).map(plain).unwrap_or_default()),
        };
        self.pieces.iter().map(text).collect()
    }
}

/// A value as it stands in a text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A JSON value with captured values in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Draft {
    /// A number, true, false or null.
    Scalar(Value),
    /// Text, or one captured value.
    Text(Template),
    /// A list.
    List(Vec<Draft>),
    /// An object.
    Object(Vec<(String, Draft)>),
}

impl Draft {
    /// The value.
    pub fn value(&self, captures: &Captures) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::Text(template) => template.value(captures),
            Self::List(items) => items.iter().map(|item| item.value(captures)).collect(),
            Self::Object(members) => {
                let members = members.iter().map(|(key, value)| (key.clone(), value.value(captures)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// The names of the captures in it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Scalar(_) => Vec::new(),
            Self::Text(template) => template.names().collect(),
            Self::List(items) => items.iter().flat_map(Self::names).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, value)| value.names()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn captures() -> Captures {
        Captures::from([("id".into(), json!(7)), ("name".into(), json!("a.b"))])
    }

    #[test]
    fn a_text_that_is_one_capture_keeps_its_type() {
        let value = |text: &str| Template::parse(text).unwrap().value(&captures());
        assert_eq!(value("{{ id }}"), json!(7));
        assert_eq!(value("{{id}}"), json!(7));
        assert_eq!(value("no. {{ id }} of {{ name }}"), json!("no. 7 of a.b"));
        assert_eq!(value(""), json!(""));
        assert_eq!(Template::parse("x{{ name }}+").unwrap().pattern(&captures()), r"xa\.b+");
    }

    #[test]
    fn braces_that_name_nothing_stand_for_themselves_or_are_refused() {
        let text = |text: &str| Template::parse(text).unwrap().text(&captures());
        assert_eq!(text(r#"{"a": {"b": 1}}"#), r#"{"a": {"b": 1}}"#);
        assert_eq!(text(r#"{{"a": 1}}"#), r#"{{"a": 1}}"#);
        assert_eq!(text("{{{ id }}"), "{7");
        assert_eq!(text("{{"), "{{");
        assert_eq!(Template::parse("x {{ a.b }}"), Err(NoName { offset: 2, written: "a.b".into() }));
        assert!(Template::parse("{{ }}").is_err());
    }
}
