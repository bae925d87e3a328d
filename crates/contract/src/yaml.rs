//! A YAML document as a tree in which everything knows where it stands.
//!
//! It stands on the event parser beneath serde-saphyr: events tell how a scalar was written, so `1.0` stays
//! what the author typed and a fault inside a quoted text has its own column. All limits are ours: no input
//! makes it recurse, or grow, without bound.

mod build;
mod explain;
mod scalar;

pub use scalar::{Scalar, Value};

use crate::fault::{Fault, Report};

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 1024 * 1024;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// A value and where it begins.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Where it begins; what is empty stands where its key does.
    pub at: Position,
    /// What it is.
    pub kind: Kind,
}

/// The three kinds of values.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text, a number, true or false, or nothing.
    Scalar(Scalar),
    /// A list.
    List(Vec<Tree>),
    /// A map, in the order of the file; no key comes twice.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; its text is as written.
    pub key: Scalar,
    /// The value.
    pub value: Tree,
}

impl Tree {
    /// What it is, for a sentence: `text`, `a number`, `a list`, …
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.describe(),
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// The scalar, if it is one that is not empty.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The scalar, if it is text: quoted, or plain and neither a number nor true, false or null.
    pub fn text(&self) -> Option<&Scalar> {
        self.scalar().filter(|scalar| matches!(scalar.value(), Value::Text))
    }

    /// The entries, if it is a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar(_) | Kind::List(_) => None,
        }
    }

    /// The elements, if it is a list.
    pub fn items(&self) -> Option<&[Tree]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            Kind::Scalar(_) | Kind::Map(_) => None,
        }
    }

    /// The value of a key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entries()?.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// Whether nothing is written there, or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.is_null())
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.to_json(),
            Kind::List(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(entries) => {
                entries.iter().map(|entry| (entry.key.text.clone(), entry.value.to_json())).collect()
            }
        }
    }
}

/// Reads a document as JSON.
///
/// # Errors
/// Every fault, with the file's name, line and column.
pub fn read_json(file: &str, text: &str) -> Result<serde_json::Value, Vec<Fault>> {
    let mut report = Report::new(file);
    let tree = read(text, &mut report);
    match tree.filter(|_| report.is_clean()) {
        Some(tree) => Ok(tree.to_json()),
        None => Err(report.finish().0),
    }
}

/// Reads a document. `None` when it is none, or so broken that nothing more can be said; the report has the
/// reason. A document may be returned although there are faults: keys that come twice, for instance.
pub(crate) fn read(text: &str, report: &mut Report) -> Option<Tree> {
    let start = Position { line: 1, column: 1 };
    if text.len() > LARGEST_FILE {
        let message = format!("the file has {} bytes; a contract has at most {LARGEST_FILE}", text.len());
        report.fault(start, message);
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(offset) = text.find('\0') {
        let line = text[..offset].matches('\n').count() + 1;
        let column = text[..offset].rsplit('\n').next().unwrap_or("").chars().count() + 1;
        report.fault(Position { line, column }, "a contract is text: it holds no NUL character");
        return None;
    }
    build::Builder::new(text, report).document()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut report = Report::new("x");
        read(text, &mut report);
        report.finish().0.iter().map(ToString::to_string).collect()
    }

    fn tree(text: &str) -> Tree {
        let mut report = Report::new("x");
        let tree = read(text, &mut report);
        assert!(report.is_clean(), "{:?}", report.finish().0);
        tree.unwrap()
    }

    fn at(tree: &Tree) -> (usize, usize) {
        (tree.at.line, tree.at.column)
    }

    #[test]
    fn everything_knows_where_it_stands() {
        let tree = tree(
            "# a comment\na: 1\nlist:\n  - x\n  - { k: \"v\", 한글: 값 }\nmap:\n  inner:\n    deep: yes\nnone:\n",
        );
        assert_eq!(at(&tree), (2, 1));
        assert_eq!(at(tree.get("a").unwrap()), (2, 4));
        let list = tree.get("list").unwrap();
        assert_eq!(at(list), (4, 3));
        let flow = &list.items().unwrap()[1];
        assert_eq!(at(flow), (5, 5));
        assert_eq!(at(flow.get("k").unwrap()), (5, 10));
        assert_eq!(at(flow.get("한글").unwrap()), (5, 19));
        let inner = tree.get("map").unwrap().get("inner").unwrap();
        assert_eq!((at(tree.get("map").unwrap()), at(inner)), ((7, 3), (8, 5)));
        assert_eq!(at(tree.get("none").unwrap()), (9, 1), "where nothing is written, the key is the place");
        assert!(tree.get("none").unwrap().is_null());
    }

    #[test]
    fn scalars_have_the_types_of_yamls_core_schema_and_the_text_as_written() {
        let tree = tree(
            "[1, -2, 1.0, 0x1F, true, False, null, ~, yes, 0.65.0, '5', \"true\", 1e3, .nan, 007, !!str 8]",
        );
        let json = tree.to_json();
        assert_eq!(
            json,
            serde_json::json!([
                1, -2, 1.0, 31, true, false, null, null, "yes", "0.65.0", "5", "true", 1000.0, ".nan", 7, "8"
            ])
        );
        let one = tree.items().unwrap()[2].scalar().unwrap();
        assert_eq!((one.text.as_str(), one.describe()), ("1.0", "a number"));
    }

    #[test]
    fn a_place_inside_a_text_has_its_own_column() {
        let tree = tree(
            "a: plain text\nb: 'it''s x'\nc: \"\\t한\\u00e9 x\"\nd: >\n  folded\n  x\ne: two\n  lines x\nf: |\n  one\n  two x\n",
        );
        let place = |key: &str| {
            let scalar = tree.get(key).unwrap().scalar().unwrap();
            let offset = scalar.text.find('x').unwrap();
            let at = scalar.place(offset);
            (at.line, at.column)
        };
        assert_eq!(place("a"), (1, 12));
        assert_eq!(place("b"), (2, 11));
        assert_eq!(place("c"), (3, 15));
        assert_eq!(place("d"), (5, 3), "what is folded begins where it begins");
        assert_eq!(place("e"), (7, 4));
        assert_eq!(place("f"), (11, 7), "a literal block keeps its lines");
    }

    #[test]
    fn aliases_are_the_values_they_name() {
        let tree = tree("a: &x { k: 1 }\nb: *x\n");
        assert_eq!(tree.to_json(), serde_json::json!({ "a": { "k": 1 }, "b": { "k": 1 } }));
        assert_eq!(at(tree.get("b").unwrap()), (1, 7), "what is wrong with it is wrong there");
    }

    #[test]
    fn every_key_that_comes_twice_is_told() {
        assert_eq!(
            faults("a: 1\nb: { c: 1, c: 2 }\na: 3\n"),
            [
                "x:2:12: the key `c` comes twice in this map\n  hint: the first is on line 2; take one of them out",
                "x:3:1: the key `a` comes twice in this map\n  hint: the first is on line 1; take one of them out"
            ]
        );
    }

    #[test]
    fn mistakes_of_syntax_are_told_with_their_line() {
        let first = |text: &str| faults(text).first().cloned().unwrap_or_default();
        assert_eq!(first(""), "x:1:1: the file is empty\n  hint: begin with `contract: NAME`");
        assert_eq!(first("# nothing\n"), "x:1:1: the file is empty\n  hint: begin with `contract: NAME`");
        assert_eq!(
            first("a:\n  b: x\n\tc: 1\n"),
            "x:3:1: a tab stands where spaces indent\n  hint: indent with spaces, two for each level"
        );
        assert_eq!(
            first("a:\n   b: x\n\n    c: 1\n"),
            "x:4:5: this line is indented by 4 spaces, the one above it by 3\n  hint: a map's keys begin in one column; what is below a key is indented by two spaces more"
        );
        assert_eq!(
            first("a: x: y\n"),
            "x:1:5: a `:` stands where no key can be\n  hint: put a text that holds `: ` in quotes, and check the indentation"
        );
        assert_eq!(
            first("a:\n  b: { c: \"x, d: y }\n  e: { f: \"z\" }\n"),
            "x:2:11: the quote is not closed\n  hint: a text that begins with a quote ends with the same quote"
        );
        assert_eq!(
            first("a:\n\tb: 1\n"),
            "x:2:1: a tab stands where spaces indent\n  hint: indent with spaces, two for each level"
        );
        assert_eq!(
            first("a: \"open\nb: 2\n"),
            "x:1:4: the quote is not closed\n  hint: a text that begins with a quote ends with the same quote"
        );
        assert_eq!(
            first("a: { b: 1\nc: 2\n"),
            "x:1:4: the bracket `{` is not closed\n  hint: close it with `}`"
        );
        assert_eq!(
            first("a: b: c\n"),
            "x:1:5: a `:` stands where no key can be\n  hint: put a text that holds `: ` in quotes, and check the indentation"
        );
        assert_eq!(
            first("a: {{ account.id }}\n"),
            "x:1:5: a key of a map is text, not a map\n  hint: an expression stands in quotes: \"{{ account.id }}\""
        );
        assert_eq!(
            first("a: 1\n---\nb: 2\n"),
            "x:2:1: a contract is one document\n  hint: take out the `---` and what follows it"
        );
        assert_eq!(
            first("a: *x\n"),
            "x:1:4: nothing before this is called `&x`\n  hint: a text that begins with `*` stands in quotes, as `\"*.taken\"`"
        );
        assert_eq!(
            first("a: !thing 1\n"),
            "x:1:4: contracts have no tags\n  hint: take out the word that begins with `!`"
        );
        assert_eq!(first("a: \0\n"), "x:1:4: a contract is text: it holds no NUL character");
    }

    #[test]
    fn no_input_makes_it_fail_in_disorder() {
        let deep = format!("a: {}", "[".repeat(100_000));
        assert_eq!(faults(&deep).len(), 1, "deep nesting");
        let block: String = (0..5000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        assert_eq!(faults(&block[..900_000.min(block.len())]).len(), 1, "deep blocks");
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(", "));
        }
        assert!(faults(&bomb)[0].contains("come to more than"), "{:?}", faults(&bomb));
        assert_eq!(faults("a: &a [*a]\n"), ["x:1:8: nothing before this is called `&a`"]);
        assert_eq!(faults(&"x".repeat(LARGEST_FILE + 1)).len(), 1);
        for text in
            ["\u{feff}a: 1\n", "? a\n: b\n", "a: |\n  x\n", "%YAML 1.2\n---\na: 1\n", "\r\n\r\na: 1\r\n"]
        {
            assert_eq!(faults(text), [""; 0], "{text:?}");
        }
        for text in [
            "[a, b]: c",
            "? [x]\n: y",
            "\u{7f}\u{80}",
            "{",
            "]",
            "- a\nb: c",
            "&a",
            "*",
            "!!",
            "a: |1000\n x",
            "%",
            "--- >\n",
            "'",
            "\"\\x",
            "a: @b",
            "`",
        ] {
            assert!(!faults(text).is_empty() || read(text, &mut Report::new("x")).is_some(), "{text:?}");
        }
    }
}
