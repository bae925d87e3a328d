//! The input of an operation, taken from the request, and the way back: which wire field a fault blames.

use std::borrow::Cow;

use daemun_model::{Faults, Reason};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::ast::{EnumTable, InputKind, NullPart, Part, Source, Take, WirePath};
use crate::expression::Scope;

/// The tables of a contract.
pub type Tables = IndexMap<String, EnumTable>;

/// An input as it was taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// The operation's input.
    pub input: Map<String, Value>,
    /// What was wrong with it at the door already.
    pub faults: Faults,
    /// (input field, wire field): where each input came from.
    blames: Vec<(String, String)>,
}

impl Taken {
    /// What a request would have taken in which each input came from the first place that the contract names: for
    /// whoever tells about failures without a request.
    pub fn of_nothing(takes: &[Take]) -> Self {
        let places = takes.iter().filter_map(|take| {
            let place = match &take.source {
                Source::Wire { from, .. } => from.first(),
                Source::Computed { blames, .. } => blames.as_ref(),
                Source::Parts(parts) => parts.first().map(|part| match part {
                    Part::One { from, .. } => from,
                    Part::Each { list, .. } => list,
                }),
                Source::Constant(_) | Source::Object(_) => None,
            };
            Some((take.input.join("."), place?.wire_name()))
        });
        Self { blames: places.collect(), ..Self::default() }
    }

    /// Says of an input that the contract takes from nowhere where it comes from all the same.
    pub fn also_from(&mut self, field: &str, wire: String) {
        self.blames.push((field.to_owned(), wire));
    }

    /// The wire field that a fault of an input field blames, and its place in the order in which the contract
    /// takes them; `None` where the contract takes it from nowhere.
    pub fn wire_field(&self, field: &str) -> Option<(usize, &str)> {
        let mut wanted = field;
        loop {
            let found = self.blames.iter().enumerate().find(|(_, (input, _))| input == wanted);
            if let Some((order, (_, wire))) = found {
                return Some((order, wire));
            }
            wanted = wanted.rsplit_once('.')?.0;
        }
    }
}

/// Takes every input of an operation whose input has this `schema`. A `textual_body` holds scalars as text, as
/// queries, paths and headers do.
///
/// An input that the schema marks with [`REQUIRED_IF_TAKEN`] is one that a client confirms something with: a
/// contract that takes it makes it required.
pub fn take(takes: &[Take], schema: &Value, scope: &Scope<'_>, tables: &Tables, textual_body: bool) -> Taken {
    let mut taker = Taker { tables, textual_body, taken: Taken::default() };
    for take in takes {
        let field = take.input.join(".");
        let value = taker.source(&take.source, &take.kind, &field, scope);
        if value.as_ref().is_none_or(Value::is_null)
            && schema["properties"][&field][REQUIRED_IF_TAKEN] == true
        {
            taker.taken.faults.add(field.as_str(), Reason::Required);
        }
        if let Some(value) = value {
            put(&mut taker.taken.input, &take.input, value);
        }
    }
    taker.taken
}

/// The mark, in an operation's input schema, of an input that is required of clients once a contract takes it.
pub const REQUIRED_IF_TAKEN: &str = "x-required-if-taken";

/// Puts a value at a dotted input.
fn put(input: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            input.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = input.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(members) = inner {
                put(members, rest, value);
            }
        }
    }
}

struct Taker<'t> {
    tables: &'t Tables,
    textual_body: bool,
    taken: Taken,
}

impl Taker<'_> {
    /// The value of a source; `None` is absent, or at fault.
    fn source(&mut self, source: &Source, kind: &InputKind, field: &str, scope: &Scope<'_>) -> Option<Value> {
        match source {
            Source::Constant(value) => Some(value.clone()),
            Source::Wire { from, table, default } => self
                .wire(from, *table, kind, field, scope)
                .or_else(|| self.otherwise(default.as_ref(), field)),
            Source::Computed { expression, blames } => {
                let wire = blames.as_ref().map_or_else(|| field.to_owned(), WirePath::wire_name);
                self.blame(field, wire);
                let textual = self.textual_body || blames.as_ref().is_some_and(|place| place.root != "body");
                // What was sent is nothing that the expression computes with: that is the client's fault.
                let Ok(value) = expression.evaluate(scope) else {
                    self.taken.faults.add(field, Reason::Malformed);
                    return None;
                };
                self.coerced(value?.as_ref(), kind, field, textual)
            }
            Source::Parts(parts) => self.parts(parts, field, scope),
            Source::Object(members) => {
                let mut object = Map::new();
                for (name, kind, source) in members {
                    if let Some(value) = self.source(source, kind, &format!("{field}.{name}"), scope) {
                        object.insert(name.clone(), value);
                    }
                }
                Some(Value::Object(object))
            }
        }
    }

    /// The default, unless something was sent and is at fault.
    fn otherwise(&self, default: Option<&Value>, field: &str) -> Option<Value> {
        if self.taken.faults.blames(field) { None } else { default.cloned() }
    }

    fn wire(
        &mut self,
        from: &[WirePath],
        table: Option<usize>,
        kind: &InputKind,
        field: &str,
        scope: &Scope<'_>,
    ) -> Option<Value> {
        let present = from.iter().find_map(|place| look_up(place, scope).map(|value| (place, value)));
        let (place, value) = match present {
            Some(found) => found,
            None => {
                if let Some(place) = from.first() {
                    self.blame(field, place.wire_name());
                }
                return None;
            }
        };
        self.blame(field, place.wire_name());
        self.blame_members(field, place, kind);
        let Some(table) = table.and_then(|index| self.tables.get_index(index)).map(|(_, table)| table) else {
            return self.coerced(&value, kind, field, self.textual_body || place.root != "body");
        };
        if value.is_null() {
            return Some(Value::Null);
        }
        // An empty string of a form is a field left empty, not a wrong choice.
        if value.as_str() == Some("") && table.core(&value).is_none() {
            self.taken.faults.add(field, Reason::Blank);
            return None;
        }
        let word = table.core(&value).map(|word| Value::String(word.to_owned()));
        if word.is_none() {
            self.taken.faults.add(field, Reason::NotAChoice);
        }
        word
    }

    fn parts(&mut self, parts: &[Part], field: &str, scope: &Scope<'_>) -> Option<Value> {
        let mut list: Option<Vec<Value>> = None;
        for part in parts {
            match part {
                Part::One { from, null, item, kind } => {
                    let skips = |value: &Value| value.is_null() && *null == NullPart::Skipped;
                    if look_up(from, scope).is_none_or(|value| skips(&value)) {
                        continue;
                    }
                    let list = list.get_or_insert_default();
                    let element = format!("{field}.{}", list.len());
                    self.blame(&element, from.wire_name());
                    list.extend(self.source(item, kind, &element, scope));
                }
                Part::Each { list: place, default, .. } => match look_up(place, scope) {
                    None | Some(Cow::Owned(Value::Null) | Cow::Borrowed(Value::Null)) => {
                        self.blame(field, place.wire_name());
                        if let Some(Value::Array(items)) = default {
                            list.get_or_insert_default().extend(items.iter().cloned());
                        }
                    }
                    Some(value) => {
                        let list = list.get_or_insert_default();
                        self.each(part, &value, field, list, scope);
                    }
                },
            }
        }
        list.map(Value::Array)
    }

    fn each(&mut self, part: &Part, value: &Value, field: &str, into: &mut Vec<Value>, scope: &Scope<'_>) {
        let Part::Each { list: place, alias, item, kind, max, .. } = part else { return };
        self.blame(field, place.wire_name());
        let single;
        let elements = match value {
            Value::Array(elements) => elements.as_slice(),
            // A form that sends one value of a list sends no list.
            Value::String(_) if self.textual_body => {
                single = [value.clone()];
                &single
            }
            _ => {
                self.taken.faults.add(field, Reason::Malformed);
                return;
            }
        };
        if let Some(max) = max.filter(|max| elements.len() > *max) {
            self.taken.faults.add(field, Reason::TooLong { max });
            return;
        }
        for element in elements {
            let name = format!("{field}.{}", into.len());
            let inner = scope.clone().with_owned(alias, element.clone());
            let before = self.taken.blames.len();
            let taken = self.source(item, kind, &name, &inner);
            // Whatever is wrong with an element is told of the list, which is what the client knows.
            for (_, wire) in &mut self.taken.blames[before..] {
                *wire = place.wire_name();
            }
            into.extend(taken);
        }
    }

    /// A value brought to its kind. In an object each member is at fault for itself.
    fn coerced(&mut self, value: &Value, kind: &InputKind, field: &str, textual: bool) -> Option<Value> {
        if let (InputKind::Object(kinds), Value::Object(members)) = (kind, value) {
            let mut object = Map::new();
            for (name, kind) in kinds {
                let member = members.get(name);
                let coerced =
                    member.and_then(|value| self.coerced(value, kind, &format!("{field}.{name}"), textual));
                object.extend(coerced.map(|value| (name.clone(), value)));
            }
            return Some(Value::Object(object));
        }
        let coerced = coerce(value, kind, textual);
        if coerced.is_none() {
            self.taken.faults.add(field, Reason::Malformed);
        }
        coerced
    }

    /// The members of an object that is taken whole stand below its place.
    fn blame_members(&mut self, field: &str, place: &WirePath, kind: &InputKind) {
        let InputKind::Object(kinds) = kind else { return };
        for (name, kind) in kinds {
            let mut below = place.clone();
            below.keys.push(name.clone());
            let field = format!("{field}.{name}");
            self.blame(&field, below.wire_name());
            self.blame_members(&field, &below, kind);
        }
    }

    fn blame(&mut self, field: &str, wire: String) {
        self.taken.blames.push((field.to_owned(), wire));
    }
}

fn look_up<'a>(place: &WirePath, scope: &Scope<'a>) -> Option<Cow<'a, Value>> {
    let mut path = Vec::with_capacity(place.keys.len() + 1);
    path.push(place.root.clone());
    path.extend(place.keys.iter().cloned());
    scope.look_up(&path)
}

/// A value as the operation's input wants it; `None` when its JSON type does not fit. Null fits everywhere:
/// the operation knows what it means. Text with NUL is refused: no database column can hold it.
fn coerce(value: &Value, kind: &InputKind, textual: bool) -> Option<Value> {
    // A form or query that repeats a scalar means its last value.
    if let (Value::Array(values), true) = (value, textual)
        && !matches!(kind, InputKind::List(_) | InputKind::Any)
    {
        return coerce(values.last()?, kind, textual);
    }
    match (kind, value) {
        (_, Value::Null) => Some(Value::Null),
        (InputKind::String, Value::String(text)) => (!text.contains('\0')).then(|| value.clone()),
        (InputKind::Boolean, Value::Bool(_)) => Some(value.clone()),
        (InputKind::Boolean, Value::String(text)) if textual => truth(text).map(Value::Bool),
        (InputKind::Integer, Value::Number(number)) => number.as_i64().map(Value::from),
        (InputKind::Integer, Value::String(text)) if textual => {
            text.trim().parse::<i64>().ok().map(Value::from)
        }
        (InputKind::Number, Value::Number(_)) => Some(value.clone()),
        (InputKind::Number, Value::String(text)) if textual => {
            text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
        }
        (InputKind::List(of), Value::Array(items)) => {
            items.iter().map(|item| coerce(item, of, textual)).collect::<Option<_>>().map(Value::Array)
        }
        (InputKind::List(of), Value::String(_)) if textual => {
            Some(Value::Array(vec![coerce(value, of, textual)?]))
        }
        (InputKind::Object(kinds), Value::Object(members)) => {
            let named =
                kinds.iter().filter_map(|(name, kind)| members.get(name).map(|value| (name, kind, value)));
            let coerced =
                named.map(|(name, kind, value)| Some((name.clone(), coerce(value, kind, textual)?)));
            coerced.collect::<Option<_>>().map(Value::Object)
        }
        (InputKind::Any, value) => holds_no_nul(value).then(|| value.clone()),
        (
            InputKind::String
            | InputKind::Boolean
            | InputKind::Integer
            | InputKind::Number
            | InputKind::List(_)
            | InputKind::Object(_),
            _,
        ) => None,
    }
}

/// What HTML forms and query strings send for a check box.
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Some(true),
        "false" | "0" | "off" | "no" => Some(false),
        _ => None,
    }
}

fn holds_no_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => items.iter().all(holds_no_nul),
        Value::Object(members) => {
            members.iter().all(|(key, value)| !key.contains('\0') && holds_no_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expression::{Expression, World};

    fn place(text: &str) -> WirePath {
        let mut names = text.split('.').map(str::to_owned);
        WirePath { root: names.next().unwrap(), keys: names.collect() }
    }

    fn wire(input: &str, kind: InputKind, from: &[&str]) -> Take {
        let from = from.iter().map(|text| place(text)).collect();
        Take {
            input: input.split('.').map(str::to_owned).collect(),
            kind,
            source: Source::Wire { from, table: None, default: None },
        }
    }

    fn taken(takes: &[Take], body: &Value, textual: bool) -> Taken {
        let world = World::default();
        let scope = Scope::new(&world).with("body", body);
        take(
            takes,
            &json!({ "properties": { "current": { REQUIRED_IF_TAKEN: true } } }),
            &scope,
            &Tables::new(),
            textual,
        )
    }

    #[test]
    fn a_wrong_type_is_a_fault_of_the_wire_field() {
        let takes = [
            wire("password", InputKind::String, &["body.newPassword"]),
            wire("page", InputKind::Integer, &["body.page"]),
        ];
        for value in [json!(5), json!(["x"]), json!({}), json!(true), json!("a\0b")] {
            let taken = taken(&takes, &json!({ "newPassword": value, "page": "7" }), false);
            let faults: Vec<_> = taken
                .faults
                .iter()
                .map(|fault| taken.wire_field(&fault.field).unwrap().1.to_owned())
                .collect();
            assert_eq!(faults, ["newPassword", "page"], "{value}");
            assert!(taken.input.is_empty());
        }
        let taken = taken(&takes, &json!({ "newPassword": ["a", "b"], "page": "7" }), true);
        assert_eq!(Value::Object(taken.input), json!({ "password": "b", "page": 7 }), "a form sends text");
    }

    #[test]
    fn what_an_expression_cannot_compute_with_is_a_fault_of_the_place_it_looks_at() {
        let computed = |input: &str, kind, text: &str| Take {
            input: vec![input.to_owned()],
            kind,
            source: Source::Computed {
                expression: Expression::parse(text).unwrap(),
                blames: Some(place("body.year")),
            },
        };
        let takes = [
            computed("birthdate", InputKind::String, "body.year + 1"),
            computed("count", InputKind::Integer, "body.year | default(7)"),
        ];
        for value in [json!("x"), json!([]), json!({})] {
            let taken = taken(&takes[..1], &json!({ "year": value }), false);
            assert!(taken.faults.blames("birthdate"), "{value}");
            assert_eq!(taken.wire_field("birthdate"), Some((0, "year")));
        }
        let sent = |body: &Value, textual| Value::Object(taken(&takes[1..], body, textual).input);
        assert_eq!(sent(&json!({ "year": "1990" }), true), json!({ "count": 1990 }), "a form sends text");
        assert_eq!(sent(&json!({ "year": "1990" }), false), json!({}));
        assert_eq!(sent(&json!({}), false), json!({ "count": 7 }));
    }

    #[test]
    fn a_member_of_an_object_that_is_taken_whole_is_blamed_by_its_own_name() {
        let kind = InputKind::Object(vec![
            ("level".into(), InputKind::Integer),
            ("open".into(), InputKind::Boolean),
            ("bio".into(), InputKind::String),
        ]);
        let all = [wire("attributes", kind.clone(), &["body"])];
        let some = [wire("attributes", kind, &["body.own"])];
        let sent = json!({ "level": "x", "open": true, "more": 1 });
        let taken_whole = taken(&all, &sent, false);
        assert_eq!(taken_whole.wire_field("attributes.level").unwrap().1, "level");
        assert!(taken_whole.faults.blames("attributes.level"));
        assert_eq!(Value::Object(taken_whole.input.clone()), json!({ "attributes": { "open": true } }));
        assert_eq!(taken_whole.wire_field("attributes.gone").unwrap().1, "body");
        let below = taken(&some, &json!({ "own": sent }), false);
        assert_eq!(below.wire_field("attributes.level").unwrap().1, "own.level");
        assert!(taken(&some, &json!({ "own": 5 }), false).faults.blames("attributes"));
    }

    #[test]
    fn absent_and_null_are_different() {
        let takes = [
            wire("name", InputKind::String, &["body.name"]),
            wire("attributes.carrier", InputKind::String, &["body.carrier"]),
        ];
        assert_eq!(Value::Object(taken(&takes, &json!({}), false).input), json!({}));
        let both = taken(&takes, &json!({ "name": null, "carrier": "SK" }), false);
        assert_eq!(Value::Object(both.input), json!({ "name": null, "attributes": { "carrier": "SK" } }));
    }

    #[test]
    fn the_first_place_that_is_present_is_taken_and_blamed() {
        let takes = [wire("organization", InputKind::String, &["body.organization_id", "body.organization"])];
        let second = taken(&takes, &json!({ "organization": 5 }), false);
        assert_eq!(second.wire_field("organization"), Some((0, "organization")));
        let none = taken(&takes, &json!({}), false);
        assert_eq!(none.wire_field("organization"), Some((0, "organization_id")));
    }

    #[test]
    fn what_confirms_something_cannot_be_left_out_once_it_is_taken() {
        let takes = [wire("current", InputKind::String, &["body.old"])];
        for body in [json!({}), json!({ "old": null })] {
            let taken = taken(&takes, &body, false);
            assert_eq!(
                taken.faults.iter().map(|fault| &fault.reason).collect::<Vec<_>>(),
                [&Reason::Required]
            );
        }
        assert!(taken(&takes, &json!({ "old": "x" }), false).faults.is_empty());
    }

    #[test]
    fn null_is_an_element_where_the_operation_takes_it() {
        let path = Source::Wire { from: vec![place("body.avatar")], table: None, default: None };
        let takes = [Take {
            input: vec!["uploads".into()],
            kind: InputKind::List(Box::new(InputKind::Any)),
            source: Source::Parts(vec![Part::One {
                from: place("body.avatar"),
                null: NullPart::Taken,
                item: Source::Object(vec![("path".into(), InputKind::String, path)]),
                kind: InputKind::Object(vec![("path".into(), InputKind::String)]),
            }]),
        }];
        let input = |body: Value| Value::Object(taken(&takes, &body, false).input);
        assert_eq!(input(json!({ "avatar": null })), json!({ "uploads": [{ "path": null }] }));
        assert_eq!(input(json!({ "avatar": "a.png" })), json!({ "uploads": [{ "path": "a.png" }] }));
        assert_eq!(input(json!({})), json!({}));
    }

    #[test]
    fn a_list_comes_from_several_places() {
        let file =
            InputKind::Object(vec![("kind".into(), InputKind::String), ("path".into(), InputKind::String)]);
        let item = |kind: &str, path: &str| {
            Source::Object(vec![
                ("kind".into(), InputKind::String, Source::Constant(json!(kind))),
                (
                    "path".into(),
                    InputKind::String,
                    Source::Wire { from: vec![place(path)], table: None, default: None },
                ),
            ])
        };
        let takes = [Take {
            input: vec!["uploads".into()],
            kind: InputKind::List(Box::new(file.clone())),
            source: Source::Parts(vec![
                Part::One {
                    from: place("body.avatar"),
                    null: NullPart::Skipped,
                    item: item("avatar", "body.avatar"),
                    kind: file.clone(),
                },
                Part::Each {
                    list: place("body.files"),
                    alias: "f".into(),
                    item: item("verification", "f.original"),
                    kind: file,
                    max: Some(2),
                    default: Some(json!([])),
                },
            ]),
        }];
        let both = taken(&takes, &json!({ "avatar": "a.png", "files": [{ "original": "v.png" }] }), false);
        assert_eq!(
            Value::Object(both.input.clone()),
            json!({ "uploads": [{ "kind": "avatar", "path": "a.png" }, { "kind": "verification", "path": "v.png" }] })
        );
        assert_eq!(both.wire_field("uploads.0.path").unwrap().1, "avatar");
        assert_eq!(both.wire_field("uploads.1.path").unwrap().1, "files");
        assert_eq!(Value::Object(taken(&takes, &json!({}), false).input), json!({ "uploads": [] }));
        let null = taken(&takes, &json!({ "avatar": null }), false);
        assert_eq!(Value::Object(null.input), json!({ "uploads": [] }));
        let many = taken(&takes, &json!({ "files": [{}, {}, {}] }), false);
        assert!(many.faults.blames("uploads"));
        let wrong = taken(&takes, &json!({ "files": [{ "original": 5 }] }), false);
        assert!(wrong.faults.blames("uploads.0.path"));
    }
}
