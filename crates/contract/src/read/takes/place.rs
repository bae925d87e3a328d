//! Places of the request: `body.email`, `query.page`, `path.id`, `header.refresh`, and what is computed from them.

use http::HeaderName;

use super::{Taking, Wanted};
use crate::ast::{InputKind, ParameterKind, Source, WirePath};
use crate::fault::nearest;
use crate::read::Reader;
use crate::read::template::Placed;
use crate::schema::describe;
use crate::yaml::{Position, Scalar};

/// Where inputs come from.
pub(in crate::read) const ROOTS: [&str; 4] = ["body", "query", "path", "header"];

/// A place that fills an input.
#[derive(Clone, Debug)]
pub(in crate::read) struct Use {
    /// The place from the request's root on, with the index of the `each` it lies in.
    place: (usize, Vec<String>),
    input: String,
    line: usize,
}

/// How a place's value becomes the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It is brought to the input's type.
    Typed,
    /// A table translates it.
    Translated,
}

/// What an expression may look at, besides places of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) enum Also {
    Nothing,
    /// The switches: in a `when`.
    Options,
}

impl<'y> Reader<'y> {
    /// A source without structure words: a place, or an expression over places.
    pub(super) fn bare_source(
        &mut self,
        scalar: &'y Scalar,
        wanted: &Wanted<'_>,
        taking: &mut Taking<'_>,
    ) -> Option<Source> {
        if plain(&scalar.text).is_some() {
            let place = self.wire(scalar, wanted, Reading::Typed, taking)?;
            return Some(Source::Wire { from: vec![place], table: None, default: None });
        }
        let placed = self.bare(scalar, "a source")?;
        if let Some(names) = placed.expression.as_path() {
            let names = names.to_vec();
            let place = self.wire_named(&names, scalar, wanted, Reading::Typed, taking)?;
            return Some(Source::Wire { from: vec![place], table: None, default: None });
        }
        let blames = self.mentions(&placed, taking, Also::Nothing)?;
        Some(Source::Computed { expression: placed.expression, blames: blames.into_iter().next() })
    }

    /// A place of the request.
    pub(super) fn wire(
        &mut self,
        scalar: &'y Scalar,
        wanted: &Wanted<'_>,
        reading: Reading,
        taking: &mut Taking<'_>,
    ) -> Option<WirePath> {
        let names = match plain(&scalar.text) {
            Some(names) => names,
            None => {
                let placed = self.bare(scalar, "a place of the request")?;
                let Some(names) = placed.expression.as_path() else {
                    let hint = "write a place, as `body.email`; what is computed cannot be translated or have a default".to_owned();
                    self.report.fault_with(
                        scalar.at,
                        format!("`{}` is no place of the request", scalar.text),
                        hint,
                    );
                    return None;
                };
                names.to_vec()
            }
        };
        self.wire_named(&names, scalar, wanted, reading, taking)
    }

    fn wire_named(
        &mut self,
        names: &[String],
        scalar: &Scalar,
        wanted: &Wanted<'_>,
        reading: Reading,
        taking: &mut Taking<'_>,
    ) -> Option<WirePath> {
        let place = self.place(names, scalar.at, taking, Also::Nothing)?;
        if place.root == "path" && reading == Reading::Typed {
            self.parameter_fits(&place, scalar.at, wanted, taking);
        }
        self.note_use(&place, scalar, wanted, taking);
        Some(place)
    }

    /// Checks a dotted path whose first name must be a root or the name of an element.
    fn place(&mut self, names: &[String], at: Position, taking: &Taking<'_>, also: Also) -> Option<WirePath> {
        let (root, keys) = names.split_first()?;
        if taking.aliases.iter().any(|(alias, _)| alias == root) {
            return Some(WirePath { root: root.clone(), keys: keys.to_vec() });
        }
        if !ROOTS.contains(&root.as_str()) {
            let mut known: Vec<&str> = ROOTS.to_vec();
            known.extend(taking.aliases.iter().map(|(alias, _)| alias.as_str()));
            if also == Also::Options {
                known.push("option");
            }
            let hint = if keys.is_empty() && also == Also::Nothing {
                crate::suggest::suggest(root, &known).unwrap_or_else(|| {
                    format!("a field of the body is written `body.{root}`, a constant `{{ value: {root} }}`")
                })
            } else {
                nearest(root, &known, "a request has").unwrap_or_default()
            };
            self.report.fault_with(at, format!("a request has no `{root}`"), hint);
            return None;
        }
        let place = WirePath { root: root.clone(), keys: keys.to_vec() };
        match (root.as_str(), keys) {
            ("body", _) => Some(place),
            ("path", [name]) => {
                let names: Vec<&String> = taking.parameters.iter().map(|(name, _)| name).collect();
                if names.contains(&name) {
                    return Some(place);
                }
                let hint = nearest(name, &names, "it has").unwrap_or_else(|| "it has none".to_owned());
                self.report.fault_with(at, format!("the path of this route has no parameter `{name}`"), hint);
                None
            }
            ("header", [name]) => match HeaderName::from_bytes(name.as_bytes()) {
                Ok(header) => Some(WirePath { root: root.clone(), keys: vec![header.as_str().to_owned()] }),
                Err(_) => {
                    self.report.fault(at, format!("`{name}` is no name of a header"));
                    None
                }
            },
            ("query", [_]) => Some(place),
            (root, _) => {
                let message = format!("`{root}` is followed by one name");
                self.report.fault_with(at, message, format!("for example `{root}.id`"));
                None
            }
        }
    }

    /// The places that an expression looks at; `None` where one of them is not there.
    pub(in crate::read) fn mentions(
        &mut self,
        placed: &Placed<'y>,
        taking: &Taking<'_>,
        also: Also,
    ) -> Option<Vec<WirePath>> {
        let mut places = Vec::new();
        let mut sound = true;
        for mention in placed.expression.mentions() {
            let offset = placed.offset + mention.offset;
            let at = placed.scalar.place(offset);
            if let Some((begin, name)) = dashed(&placed.scalar.text, offset) {
                let (root, rest) = name.split_once('.').unwrap_or(("body", name));
                let hint = format!(
                    "write `{root}['{}']`",
                    if root == "header" { rest.to_lowercase() } else { rest.into() }
                );
                let message = format!("`{name}` is a subtraction here");
                self.report.fault_once(placed.scalar.place(begin), message, hint);
                sound = false;
                continue;
            }
            let second = mention.path.get(1).map(String::as_str);
            match (mention.path[0].as_str(), second) {
                ("option", second) if also == Also::Options => {
                    sound &= second.is_none_or(|name| self.option_exists(name, at));
                    continue;
                }
                ("header", Some(name)) if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                    let hint = format!("write `header['{}']`", name.to_ascii_lowercase());
                    self.report.fault_with(at, "names of headers are compared in lower case", hint);
                    sound = false;
                    continue;
                }
                _ => {}
            }
            // The whole body, or query, may be asked about.
            if mention.path.len() == 1 && ROOTS.contains(&mention.path[0].as_str()) {
                places.push(WirePath { root: mention.path[0].clone(), keys: Vec::new() });
                continue;
            }
            match self.place(&mention.path, at, taking, also) {
                Some(place) => places.push(place),
                None => sound = false,
            }
        }
        for place in &places {
            self.wire_fields.insert(wire_name(place, taking));
        }
        sound.then_some(places)
    }

    fn option_exists(&mut self, name: &str, at: Position) -> bool {
        let known = self.switches.contains_key(name);
        if !known {
            let names: Vec<&String> = self.switches.keys().collect();
            let hint = nearest(name, &names, "there are");
            self.report.fault_with(at, format!("the contract has no option `{name}`"), hint);
        }
        known
    }

    fn parameter_fits(&mut self, place: &WirePath, at: Position, wanted: &Wanted<'_>, taking: &Taking<'_>) {
        let kind = taking
            .parameters
            .iter()
            .find(|(name, _)| Some(name) == place.keys.first())
            .map(|(_, kind)| *kind);
        let (wrong, is) = match (kind, &wanted.kind) {
            (Some(ParameterKind::Int), InputKind::String | InputKind::Boolean) => (true, "a number"),
            (
                Some(ParameterKind::Shortuuid | ParameterKind::Text),
                InputKind::Integer | InputKind::Number | InputKind::Boolean,
            ) => (true, "text"),
            (_, InputKind::List(_) | InputKind::Object(_)) => (true, "a single value"),
            _ => (false, ""),
        };
        if wrong {
            let message = format!(
                "`path.{}` is {is}, and the input `{}` takes {}",
                place.keys.join("."),
                wanted.name,
                describe(&wanted.kind)
            );
            self.report.fault_with(at, message, "change the kind of the parameter in the path".to_owned());
        }
    }

    /// Notes the members of an object that is taken whole: failures blame them, too.
    fn note_members(&mut self, place: &WirePath, kind: &InputKind, taking: &Taking<'_>) {
        let InputKind::Object(kinds) = kind else { return };
        for (name, kind) in kinds {
            let mut below = place.clone();
            below.keys.push(name.clone());
            self.wire_fields.insert(wire_name(&below, taking));
            self.note_members(&below, kind, taking);
        }
    }

    /// Notes that a place fills an input: it cannot fill another one.
    pub(super) fn note_use(
        &mut self,
        place: &WirePath,
        scalar: &Scalar,
        wanted: &Wanted<'_>,
        taking: &mut Taking<'_>,
    ) {
        self.wire_fields.insert(wire_name(place, taking));
        self.note_members(place, &wanted.kind, taking);
        let depth =
            taking.aliases.iter().position(|(alias, _)| *alias == place.root).map_or(0, |index| index + 1);
        let mut whole = vec![place.root.clone()];
        whole.extend(place.keys.iter().cloned());
        let place = (depth, whole);
        let other = |known: &&Use| known.place == place && known.input != wanted.name;
        if let Some(known) = taking.uses.iter().find(other) {
            let message =
                format!("`{}` fills two inputs: `{}` and `{}`", scalar.text, known.input, wanted.name);
            let hint = format!("the other is on line {}; one field means one thing", known.line);
            self.report.fault_with(scalar.at, message, hint);
        } else {
            taking.uses.push(Use { place, input: wanted.name.clone(), line: scalar.at.line });
        }
    }
}

/// The name by which failures blame a place: an element's fields under their list.
fn wire_name(place: &WirePath, taking: &Taking<'_>) -> String {
    match taking.aliases.iter().find(|(alias, _)| *alias == place.root) {
        Some((_, list)) => list.iter().chain(&place.keys).cloned().collect::<Vec<_>>().join("."),
        None => place.wire_name(),
    }
}

/// The word around a byte of an expression, and where it begins, if it is a place with a dash in its name
/// (`header.x-token`), which an expression reads as a difference. `body.a-body.b` and `body.a-1` are meant so.
fn dashed(text: &str, offset: usize) -> Option<(usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let begin = text.get(..offset)?.char_indices().rev().find(|(_, c)| !part(*c));
    let begin = begin.map_or(0, |(index, c)| index + c.len_utf8());
    let word = text.get(begin..)?;
    let word = &word[..word.find(|c| !part(c)).unwrap_or(word.len())];
    let (root, rest) = word.split_once('.')?;
    let name = |rest: &str| {
        rest.starts_with(char::is_alphabetic) && !ROOTS.contains(&rest.split('.').next().unwrap_or_default())
    };
    let meant = ROOTS.contains(&root) && rest.split('-').skip(1).any(name);
    meant.then_some((begin, word))
}

/// The names of a plain dotted path. Dashes belong to names (`header.X-CSRFToken`), except where what follows
/// one begins a place of its own (`body.a-body.b`).
fn plain(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> = text.trim().split('.').map(str::to_owned).collect();
    let fits = |name: &String| {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && !name.starts_with('-')
    };
    let starts = names.first().is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    let subtraction = names.first().is_some_and(|name| name.contains('-'))
        || names.iter().any(|name| name.split('-').skip(1).any(|rest| ROOTS.contains(&rest)));
    (starts && !subtraction && names.iter().all(fits)).then_some(names)
}
