//! Scalars: what they mean, what was typed, and where each character of them stands.

use super::Position;

/// A scalar.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Its text: as written when plain, else what the quotes or the block hold.
    pub text: String,
    /// Where it begins: the quote, where there is one.
    pub at: Position,
    pub(super) style: Style,
    pub(super) source: Source,
}

/// Whether a scalar is text whatever it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes: it may be a number, true, false or null.
    Plain,
    /// Quoted, a block, or tagged `!!str`.
    Text,
}

/// How the text stands in the file.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Character by character, this many after the beginning.
    Same(usize),
    /// Between single quotes, in which two of them are one.
    Single(Box<str>),
    /// Between double quotes, with escapes.
    Double(Box<str>),
    /// Line by line, all with the indentation of the first: a literal block.
    Lines,
    /// Otherwise: folded over several lines.
    Elsewhere,
}

/// What a scalar is by YAML's core schema (YAML 1.2.2 section 10.3.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// Text.
    Text,
}

impl Scalar {
    /// What it is.
    pub fn value(&self) -> Value {
        match self.style {
            Style::Text => Value::Text,
            Style::Plain => resolve(&self.text),
        }
    }

    /// Whether it is text whatever it looks like: quoted, a block, or tagged `!!str`.
    pub const fn is_quoted(&self) -> bool {
        matches!(self.style, Style::Text)
    }

    /// Whether nothing is written there, or `null`.
    pub fn is_null(&self) -> bool {
        self.value() == Value::Null
    }

    /// What it is, for a sentence.
    pub fn describe(&self) -> &'static str {
        match self.value() {
            Value::Null => "nothing",
            Value::Boolean(_) => "true or false",
            Value::Integer(_) | Value::Number(_) => "a number",
            Value::Text => "text",
        }
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self.value() {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(truth) => truth.into(),
            Value::Integer(number) => number.into(),
            Value::Number(number) => number.into(),
            Value::Text => self.text.as_str().into(),
        }
    }

    /// Where a byte of the text stands in the file; the beginning of the scalar where that is not known.
    pub fn place(&self, offset: usize) -> Position {
        let text = self.text.get(..offset).unwrap_or("");
        let before = text.chars().count();
        let columns = match &self.source {
            Source::Same(inset) => inset + before,
            Source::Single(raw) => 1 + single_quoted(raw, before),
            Source::Double(raw) => 1 + double_quoted(raw, before),
            Source::Lines => {
                let line = self.at.line + text.matches('\n').count();
                let last = text.rsplit('\n').next().unwrap_or("").chars().count();
                return Position { line, column: self.at.column + last };
            }
            Source::Elsewhere => 0,
        };
        Position { line: self.at.line, column: self.at.column + columns }
    }
}

/// The number of source characters before the character of this number, in a single-quoted text.
fn single_quoted(raw: &str, characters: usize) -> usize {
    let mut columns = 0;
    let mut source = raw.chars();
    for _ in 0..characters {
        columns += 1;
        if source.next() == Some('\'') {
            source.next();
            columns += 1;
        }
    }
    columns
}

/// The number of source characters before the character of this number, in a double-quoted text.
fn double_quoted(raw: &str, characters: usize) -> usize {
    let mut columns = 0;
    let mut source = raw.chars();
    for _ in 0..characters {
        columns += 1;
        if source.next() != Some('\\') {
            continue;
        }
        columns += 1;
        let digits = match source.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        columns += source.by_ref().take(digits).count();
    }
    columns
}

fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Boolean(true),
        "false" | "False" | "FALSE" => return Value::Boolean(false),
        _ => {}
    }
    let radix = |prefix: &str, radix: u32| {
        text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok())
    };
    if let Some(number) = radix("0o", 8).or_else(|| radix("0x", 16)) {
        return Value::Integer(number);
    }
    // `parse` alone would take `inf`, `nan` and `infinity`, which are words here.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        || !text.bytes().any(|byte| byte.is_ascii_digit())
    {
        return Value::Text;
    }
    if let Ok(number) = text.parse::<i64>() {
        return Value::Integer(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::Number(number),
        Ok(_) | Err(_) => Value::Text,
    }
}
