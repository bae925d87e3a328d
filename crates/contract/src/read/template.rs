//! Texts with expressions in them, and expressions alone.

use crate::expression::Expression;
use crate::fault::{Report, nearest};
use crate::yaml::Scalar;

use super::Reader;

/// The longest expression, in bytes. Its parser recurses, so this bounds the stack as well.
const LONGEST: usize = 1000;

/// A piece of a text, in bytes of it.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(usize, usize),
    /// What stands between the braces.
    Expression(usize, usize),
}

/// An expression and where it begins in its scalar, in bytes.
#[derive(Debug)]
pub(super) struct Placed<'y> {
    pub(super) expression: Expression,
    pub(super) scalar: &'y Scalar,
    pub(super) offset: usize,
}

/// A text that was read.
#[derive(Debug)]
pub(super) enum Template<'y> {
    Literal,
    Expression(Placed<'y>),
    Pieces(Vec<TextPiece<'y>>),
}

#[derive(Debug)]
pub(super) enum TextPiece<'y> {
    Literal(String),
    Expression(Placed<'y>),
}

impl<'y> Reader<'y> {
    /// Reads a text in which expressions stand between `{{` and `}}`.
    pub(super) fn template(&mut self, scalar: &'y Scalar) -> Option<Template<'y>> {
        let parts = split(&mut self.report, scalar)?;
        match parts.as_slice() {
            [] | [Part::Literal(..)] => Some(Template::Literal),
            [Part::Expression(start, end)] => self.placed(scalar, *start, *end).map(Template::Expression),
            _ => {
                let pieces: Vec<_> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(start, end) => {
                            Some(TextPiece::Literal(scalar.text[*start..*end].to_owned()))
                        }
                        Part::Expression(start, end) => {
                            self.placed(scalar, *start, *end).map(TextPiece::Expression)
                        }
                    })
                    .collect();
                pieces.into_iter().collect::<Option<_>>().map(Template::Pieces)
            }
        }
    }

    /// Reads a text that is one expression between braces.
    pub(super) fn braced(&mut self, scalar: &'y Scalar, what: &str) -> Option<Placed<'y>> {
        match self.template(scalar)? {
            Template::Expression(placed) => Some(placed),
            Template::Literal | Template::Pieces(_) => {
                let message = format!("{what} is one expression between `{{{{` and `}}}}`");
                let inner = scalar.text.replace("{{", "").replace("}}", "");
                let hint = format!("for example \"{{{{ {} }}}}\"", inner.trim());
                self.report.fault_with(scalar.at, message, hint);
                None
            }
        }
    }

    /// Reads an expression without braces.
    pub(super) fn bare(&mut self, scalar: &'y Scalar, what: &str) -> Option<Placed<'y>> {
        if let Some(offset) = scalar.text.find("{{") {
            let message = format!("{what} is an expression without braces");
            let inner = scalar.text.replace("{{", "").replace("}}", "");
            self.report.fault_with(scalar.place(offset), message, format!("write `{}`", inner.trim()));
            return None;
        }
        self.placed(scalar, 0, scalar.text.len())
    }

    fn placed(&mut self, scalar: &'y Scalar, start: usize, end: usize) -> Option<Placed<'y>> {
        let text = &scalar.text[start..end];
        if text.len() > LONGEST {
            let message = format!("this expression is longer than {LONGEST} bytes");
            self.report.fault(scalar.place(start), message);
            return None;
        }
        let offset = start + (text.len() - text.trim_start().len());
        match Expression::parse(text.trim()) {
            Ok(expression) => {
                self.tables(&expression, scalar, offset);
                Some(Placed { expression, scalar, offset })
            }
            Err(fault) => {
                let at = scalar.place(offset + fault.offset);
                self.report.fault_with(at, fault.message, fault.hint);
                None
            }
        }
    }

    /// Every `wire('…')` names a table.
    fn tables(&mut self, expression: &Expression, scalar: &Scalar, offset: usize) {
        for (filter, argument, at) in expression.constant_arguments() {
            if filter == "wire" && !self.enums.contains_key(&argument) {
                let names: Vec<&String> = self.enums.keys().collect();
                let hint = nearest(&argument, &names, "there are")
                    .or(Some(format!("declare it: `enums: {{ {argument}: {{ … }} }}`")));
                let message = format!("there is no table `{argument}` under `enums`");
                self.report.fault_with(scalar.place(offset + at), message, hint);
            }
        }
    }
}

/// The parts of a text. `}}` inside a string or a nested brace of an expression does not end it.
fn split(report: &mut Report, scalar: &Scalar) -> Option<Vec<Part>> {
    let text = scalar.text.as_str();
    let mut parts = Vec::new();
    let mut done = 0;
    while let Some(found) = text[done..].find("{{") {
        let open = done + found;
        if open > done {
            literal(report, scalar, done, open)?;
            parts.push(Part::Literal(done, open));
        }
        let Some(close) = end_of_expression(&text[open + 2..]).map(|length| open + 2 + length) else {
            let (message, hint) = if text[open..].contains("}}") {
                ("a quote or bracket inside this expression is not closed", "close it before the `}}`")
            } else {
                ("the `{{` is not closed", "end the expression with `}}`")
            };
            report.fault_with(scalar.place(open), message, hint.to_owned());
            return None;
        };
        parts.push(Part::Expression(open + 2, close));
        done = close + 2;
    }
    if done < text.len() {
        literal(report, scalar, done, text.len())?;
        parts.push(Part::Literal(done, text.len()));
    }
    Some(parts)
}

fn literal(report: &mut Report, scalar: &Scalar, start: usize, end: usize) -> Option<()> {
    let text = &scalar.text[start..end];
    if let Some(offset) = text.find("}}") {
        let hint = "begin the expression with `{{`".to_owned();
        report.fault_with(scalar.place(start + offset), "this `}}` closes nothing", hint);
        return None;
    }
    if let Some(offset) = text.find("{%") {
        let hint = "write an expression: `{{ a if condition else b }}`".to_owned();
        report.fault_with(scalar.place(start + offset), "contracts have expressions, not statements", hint);
        return None;
    }
    Some(())
}

/// The length of the expression before its `}}`.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_usize;
    let mut skip = false;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            _ if skip => skip = false,
            (Some(_), b'\\') => skip = true,
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if text[index..].starts_with("}}") => return Some(index),
            (None, _) => {}
        }
    }
    None
}
