//! The tree from the parser's events.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StructureStyle, Tag, options};

use super::explain::{Bracket, explain};
use super::scalar::{Source, Style};
use super::{Entry, Kind, Position, Scalar, Tree};
use crate::fault::Report;

/// The deepest nesting of maps and lists.
const DEEPEST: usize = 32;
/// The most values of a document, with what its aliases stand for.
const MOST_VALUES: usize = 50_000;

type Events<'t> = Parser<'t, granit_parser::StrInput<'t>>;

pub(super) struct Builder<'t, 'r> {
    text: &'t str,
    events: Events<'t>,
    report: &'r mut Report,
    anchors: HashMap<usize, Tree>,
    values: usize,
    /// The brackets that are open, the innermost last.
    brackets: Vec<Bracket>,
    /// Where the last event ends, in bytes.
    read: usize,
}

/// The reading cannot go on; the report has the reason.
struct Broken;

type Read<T> = Result<T, Broken>;

impl<'t, 'r> Builder<'t, 'r> {
    pub(super) fn new(text: &'t str, report: &'r mut Report) -> Self {
        let options = options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        let events = Parser::new_from_str_with_options(text, options);
        Self { text, events, report, anchors: HashMap::new(), values: 0, brackets: Vec::new(), read: 0 }
    }

    pub(super) fn document(mut self) -> Option<Tree> {
        let mut document = None;
        loop {
            let (event, span) = self.next().ok()?;
            match event {
                Event::DocumentStart(..) if document.is_some() => {
                    let hint = "take out the `---` and what follows it".to_owned();
                    self.report.fault_with(position(span.start), "a contract is one document", hint);
                    return document;
                }
                Event::StreamEnd => break,
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                    document = Some(self.value(event, span, 0).ok()?);
                }
                _ => {}
            }
        }
        match document {
            Some(tree) if !tree.is_null() => Some(tree),
            Some(_) | None => {
                let hint = "begin with `contract: NAME`".to_owned();
                self.report.fault_with(Position { line: 1, column: 1 }, "the file is empty", hint);
                None
            }
        }
    }

    fn next(&mut self) -> Read<(Event<'t>, Span)> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                self.read = self.read.max(span.end.byte_offset().unwrap_or(0));
                Ok((event, span))
            }
            Some(Err(error)) => {
                let (at, message, hint) = explain(self.text, self.read, &self.brackets, &error);
                // What follows from a fault of the same line is not told.
                if !self.report.has_line(at.line) {
                    self.report.fault_with(at, message, hint);
                }
                Err(Broken)
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn value(&mut self, event: Event<'t>, span: Span, depth: usize) -> Read<Tree> {
        let at = position(span.start);
        self.count(1, at)?;
        if depth > 2 * DEEPEST {
            return Err(self.too_deep(at));
        }
        let (tree, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                (self.scalar(text, style, tag.as_deref(), span), anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.open(style, '[', at);
                let list = self.list(depth)?;
                self.close(style);
                (Tree { at, kind: Kind::List(list) }, anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.open(style, '{', at);
                let map = self.map(depth)?;
                self.close(style);
                (Tree { at, kind: Kind::Map(map) }, anchor)
            }
            Event::Alias(id) => return self.alias(id, span, depth),
            Event::UnresolvedAlias(name) => {
                let hint = "a text that begins with `*` stands in quotes, as `\"*.taken\"`".to_owned();
                self.report.fault_with(at, format!("nothing before this is called `&{name}`"), hint);
                return Ok(self.nothing(at));
            }
            _ => return Ok(self.nothing(at)),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, tree.clone());
        }
        Ok(tree)
    }

    fn open(&mut self, style: StructureStyle, sign: char, at: Position) {
        if style == StructureStyle::Flow {
            self.brackets.push(Bracket { sign, at });
        }
    }

    fn close(&mut self, style: StructureStyle) {
        if style == StructureStyle::Flow {
            self.brackets.pop();
        }
    }

    fn list(&mut self, depth: usize) -> Read<Vec<Tree>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(items),
                (event, span) => items.push(self.value(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Read<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => return Ok(entries),
                (event, span) => self.value(event, span, depth + 1)?,
            };
            let (event, span) = self.next()?;
            let empty = matches!(&event, Event::Scalar(_, ScalarStyle::Plain, ..)) && span.start == span.end;
            let mut value = self.value(event, span, depth + 1)?;
            let Some(key) = self.key(key) else { continue };
            if empty {
                value.at = key.at;
            }
            if let Some(line) = lines.get(&key.text) {
                let message = format!("the key `{}` comes twice in this map", key.text);
                let hint = format!("the first is on line {line}; take one of them out");
                self.report.fault_with(key.at, message, hint);
            } else {
                lines.insert(key.text.clone(), key.at.line);
                entries.push(Entry { key, value });
            }
        }
    }

    fn key(&mut self, key: Tree) -> Option<Scalar> {
        let what = key.describe();
        match key.kind {
            Kind::Scalar(scalar) if scalar.text == "<<" => {
                let hint =
                    "in a body, spread another object with `\"...\"`; elsewhere write it out".to_owned();
                self.report.fault_with(scalar.at, "contracts have no merge keys", hint);
                None
            }
            // `""` is the default group's prefix.
            Kind::Scalar(scalar) if !scalar.text.is_empty() || scalar.is_quoted() => Some(scalar),
            Kind::Scalar(scalar) => {
                self.report.fault(scalar.at, "a key of a map is not empty");
                None
            }
            Kind::List(_) => {
                self.report.fault(key.at, format!("a key of a map is text, not {what}"));
                None
            }
            Kind::Map(entries) => {
                // `{{ account.id }}` without quotes is a map whose only key is a map.
                let hint = match entries.as_slice() {
                    [only] if only.value.is_null() => {
                        Some(format!("an expression stands in quotes: \"{{{{ {} }}}}\"", only.key.text))
                    }
                    _ => None,
                };
                self.report.fault_with(key.at, format!("a key of a map is text, not {what}"), hint);
                None
            }
        }
    }

    fn scalar(&self, text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Tree {
        let at = position(span.start);
        let raw = span.slice(self.text).unwrap_or("");
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
        let one_line = !raw.contains(['\n', '\r']);
        let source = match style {
            ScalarStyle::Plain if raw == text => Source::Same(0),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if inner == text && one_line => {
                Source::Same(1)
            }
            ScalarStyle::SingleQuoted if one_line => Source::Single(inner.into()),
            ScalarStyle::DoubleQuoted if one_line => Source::Double(inner.into()),
            ScalarStyle::Literal => Source::Lines,
            _ => Source::Elsewhere,
        };
        // The parser writes `~` for a value that is not there.
        let text = if raw.is_empty() { String::new() } else { text.into_owned() };
        let tagged = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
        let style = if style == ScalarStyle::Plain && !tagged { Style::Plain } else { Style::Text };
        Tree { at, kind: Kind::Scalar(Scalar { text, at, style, source }) }
    }

    fn nothing(&self, at: Position) -> Tree {
        let scalar = Scalar { text: String::new(), at, style: Style::Plain, source: Source::Elsewhere };
        Tree { at, kind: Kind::Scalar(scalar) }
    }

    fn alias(&mut self, id: usize, span: Span, depth: usize) -> Read<Tree> {
        let at = position(span.start);
        let Some(tree) = self.anchors.get(&id).cloned() else {
            let name = span.slice(self.text).unwrap_or("").trim_start_matches('*');
            self.report.fault(at, format!("nothing before this is called `&{name}`"));
            return Ok(self.nothing(at));
        };
        let (values, height) = measure(&tree);
        self.count(values, at)?;
        if depth + height > 2 * DEEPEST {
            return Err(self.too_deep(at));
        }
        Ok(tree)
    }

    fn too_deep(&mut self, at: Position) -> Broken {
        self.report.fault(at, format!("maps and lists are nested more than {DEEPEST} deep"));
        Broken
    }

    fn count(&mut self, values: usize, at: Position) -> Read<()> {
        self.values += values;
        if self.values > MOST_VALUES {
            let message =
                format!("the values of this file, with its aliases, come to more than {MOST_VALUES}");
            self.report.fault(at, message);
            return Err(Broken);
        }
        Ok(())
    }

    fn tag(&mut self, tag: Option<&Tag>, span: Span) {
        if tag.is_some_and(|tag| tag.core_suffix().is_none()) {
            let at = position(span.tag_start().unwrap_or(span.start));
            let hint = "take out the word that begins with `!`".to_owned();
            self.report.fault_with(at, "contracts have no tags", hint);
        }
    }
}

pub(super) fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}

/// The number of values of a tree, and its levels.
fn measure(tree: &Tree) -> (usize, usize) {
    let below = |(values, height): (usize, usize), inner: &Tree| {
        let (more, deeper) = measure(inner);
        (values + more, height.max(deeper + 1))
    };
    match &tree.kind {
        Kind::Scalar(_) => (1, 1),
        Kind::List(items) => items.iter().fold((1, 1), below),
        Kind::Map(entries) => entries.iter().map(|entry| &entry.value).fold((1 + entries.len(), 1), below),
    }
}
