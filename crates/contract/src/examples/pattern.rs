//! What a value must be like, and in what it differs.

use std::fmt;

use regex::Regex;
use serde_json::Value;
use uuid::Uuid;

use super::template::{Captures, Template};

/// What a value must be like.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `<any>`: anything, null too, but there.
    Any,
    /// `<absent>`: not there.
    Absent,
    /// `<jwt>`: three parts of base64url with dots between them.
    Jwt,
    /// `<int>`: a whole number.
    Integer,
    /// `<string>`: text that is not empty.
    Text,
    /// `<uuid>`: a UUID in its canonical form.
    Uuid,
    /// `<bool>`: true or false.
    Boolean,
    /// `<re:…>`: text that matches as a whole; captures in it stand for themselves.
    Matches(Template),
    /// This number, true, false or null; numbers by value.
    Scalar(Value),
    /// This text, or one captured value.
    Exactly(Template),
    /// A list of exactly these elements.
    List(Vec<Pattern>),
    /// An object.
    Object {
        /// Its members in their order.
        members: Vec<(String, Pattern)>,
        /// Whether there may be others, in any order (`"...": <any>`).
        open: bool,
    },
}

/// The matchers that are one word, as they are written.
pub(super) const WORDS: [&str; 7] = ["any", "absent", "jwt", "int", "string", "uuid", "bool"];

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs: `status`, `header Allow`, `body.user.id`, …
    pub place: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.place, self.expected, self.got)
    }
}

/// A value for people: JSON, shortened.
pub(super) fn shown(value: &Value) -> String {
    shortened(&value.to_string(), 160)
}

/// A text of at most so many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
    }
}

/// The regular expression of a `<re:…>`: it must match the whole text.
pub(super) fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    // The parts one by one first: `a)(b` would be balanced by our own brackets.
    Regex::new(pattern)?;
    Regex::new(&format!(r"\A(?:{pattern})\z"))
}

impl Pattern {
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "any" => Self::Any,
            "absent" => Self::Absent,
            "jwt" => Self::Jwt,
            "int" => Self::Integer,
            "string" => Self::Text,
            "uuid" => Self::Uuid,
            "bool" => Self::Boolean,
            _ => return None,
        })
    }

    /// The names of the captures in it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Matches(template) | Self::Exactly(template) => template.names().collect(),
            Self::List(items) => items.iter().flat_map(Self::names).collect(),
            Self::Object { members, .. } => members.iter().flat_map(|(_, pattern)| pattern.names()).collect(),
            Self::Any
            | Self::Absent
            | Self::Jwt
            | Self::Integer
            | Self::Text
            | Self::Uuid
            | Self::Boolean
            | Self::Scalar(_) => Vec::new(),
        }
    }

    /// Notes in what a JSON value differs; `None` is a value that is not there.
    pub(super) fn compare(
        &self,
        value: Option<&Value>,
        place: &str,
        captures: &Captures,
        differences: &mut Vec<Difference>,
    ) {
        match (self, value) {
            (Self::Object { members, open }, Some(Value::Object(got))) => {
                let expected = Expected { members, open: *open };
                expected.compare(got, place, captures, differences);
            }
            (Self::List(items), Some(Value::Array(got))) if items.len() == got.len() => {
                for (index, (pattern, value)) in items.iter().zip(got).enumerate() {
                    pattern.compare(Some(value), &format!("{place}[{index}]"), captures, differences);
                }
            }
            _ if self.fits(value, captures) => {}
            _ => differences.push(Difference {
                place: place.to_owned(),
                expected: self.describe(captures),
                got: value.map_or_else(|| "nothing".to_owned(), shown),
            }),
        }
    }

    /// The same for a header's value, where a number is text.
    pub(super) fn compare_text(
        &self,
        text: Option<&str>,
        place: &str,
        captures: &Captures,
        differences: &mut Vec<Difference>,
    ) {
        let value = text.map(|text| match self {
            Self::Integer | Self::Boolean | Self::Scalar(_) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
            Self::Exactly(template) if !template.value(captures).is_string() => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
            _ => Value::from(text),
        });
        self.compare(value.as_ref(), place, captures, differences);
    }

    fn fits(&self, value: Option<&Value>, captures: &Captures) -> bool {
        let text = value.and_then(Value::as_str);
        match self {
            Self::Any => value.is_some(),
            Self::Absent => value.is_none(),
            Self::Jwt => text.is_some_and(is_jwt),
            Self::Integer => value.is_some_and(|value| value.is_i64() || value.is_u64()),
            Self::Text => text.is_some_and(|text| !text.is_empty()),
            Self::Uuid => text.is_some_and(|text| text.len() == 36 && Uuid::try_parse(text).is_ok()),
            Self::Boolean => value.is_some_and(Value::is_boolean),
            Self::Matches(template) => {
                let regex = whole(&template.pattern(captures));
                text.is_some_and(|text| regex.is_ok_and(|regex| regex.is_match(text)))
            }
            Self::Scalar(expected) => value.is_some_and(|value| same(expected, value)),
            Self::Exactly(template) => value.is_some_and(|value| same(&template.value(captures), value)),
            Self::List(_) | Self::Object { .. } => false,
        }
    }

    fn describe(&self, captures: &Captures) -> String {
        match self {
            Self::Any => "<any>".to_owned(),
            Self::Absent => "<absent>".to_owned(),
            Self::Jwt => "<jwt>".to_owned(),
            Self::Integer => "<int>".to_owned(),
            Self::Text => "<string>".to_owned(),
            Self::Uuid => "<uuid>".to_owned(),
            Self::Boolean => "<bool>".to_owned(),
            Self::Matches(template) => format!("<re:{}>", template.pattern(captures)),
            Self::Scalar(value) => shown(value),
            Self::Exactly(template) => shown(&template.value(captures)),
            Self::List(items) => match items.len() {
                1 => "a list of 1 element".to_owned(),
                count => format!("a list of {count} elements"),
            },
            Self::Object { members, open } => {
                let mut keys: Vec<_> = members.iter().map(|(key, _)| key.as_str()).collect();
                if *open {
                    keys.push("…");
                }
                format!("an object {{{}}}", keys.join(", "))
            }
        }
    }
}

struct Expected<'p> {
    members: &'p [(String, Pattern)],
    open: bool,
}

impl Expected<'_> {
    fn compare(
        &self,
        got: &serde_json::Map<String, Value>,
        place: &str,
        captures: &Captures,
        differences: &mut Vec<Difference>,
    ) {
        let before = differences.len();
        for (key, pattern) in self.members {
            pattern.compare(got.get(key), &format!("{place}.{key}"), captures, differences);
        }
        if self.open {
            return;
        }
        for (key, value) in got.iter().filter(|(key, _)| !self.members.iter().any(|(known, _)| known == *key))
        {
            differences.push(Difference {
                place: format!("{place}.{key}"),
                expected: "nothing".to_owned(),
                got: shown(value),
            });
        }
        let wanted = self.members.iter().filter(|(_, pattern)| *pattern != Pattern::Absent);
        let wanted: Vec<&str> = wanted.map(|(key, _)| key.as_str()).collect();
        let order: Vec<&str> = got.keys().map(String::as_str).collect();
        if differences.len() == before && wanted != order {
            differences.push(Difference {
                place: place.to_owned(),
                expected: format!("its keys in the order {}", wanted.join(", ")),
                got: order.join(", "),
            });
        }
    }
}

/// Whether two values are one; numbers by value, so that `1` is `1.0`.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

/// Three parts of base64url without padding (RFC 7515 section 7.1).
fn is_jwt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let base64url = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    parts.len() == 3 && parts.into_iter().all(base64url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn differences(pattern: &Pattern, value: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        let captures = Captures::from([("id".into(), json!(7))]);
        pattern.compare(Some(value), "body", &captures, &mut differences);
        differences.iter().map(ToString::to_string).collect()
    }

    fn word(word: &str) -> Pattern {
        Pattern::of_word(word).unwrap()
    }

    fn exactly(text: &str) -> Pattern {
        Pattern::Exactly(Template::parse(text).unwrap())
    }

    fn matches(text: &str) -> Pattern {
        Pattern::Matches(Template::parse(text).unwrap())
    }

    #[test]
    fn each_matcher_takes_what_it_says_and_nothing_else() {
        let takes = |pattern: &Pattern, value: Value| differences(pattern, &value).is_empty();
        for (pattern, good, bad) in [
            (word("jwt"), json!("eyJ.a-b_.x"), vec![json!("a.b"), json!("a..b"), json!("a.b.c="), json!(1)]),
            (word("int"), json!(-3), vec![json!(1.5), json!("1"), json!(null)]),
            (word("string"), json!("x"), vec![json!(""), json!(1), json!(null)]),
            (
                word("uuid"),
                json!("019e5a00-0000-7000-8000-000000000001"),
                vec![json!("019e5a00000070008000000000000001"), json!("x")],
            ),
            (word("bool"), json!(false), vec![json!(0), json!("false")]),
            (word("any"), json!(null), vec![]),
            (matches("[0-9]+"), json!("12"), vec![json!("12x"), json!("x12"), json!(12), json!("")]),
            (matches("a|b"), json!("b"), vec![json!("ab")]),
            (matches("{{ id }}."), json!("7x"), vec![json!("7"), json!("8x")]),
            (Pattern::Scalar(json!(1)), json!(1.0), vec![json!("1"), json!(true), json!(2)]),
            (Pattern::Scalar(json!(null)), json!(null), vec![json!(0), json!("")]),
            (exactly("{{ id }}"), json!(7), vec![json!("7"), json!(8)]),
            (exactly("no. {{ id }}"), json!("no. 7"), vec![json!("no. 8")]),
        ] {
            assert!(takes(&pattern, good.clone()), "{pattern:?} takes {good}");
            for bad in bad {
                assert!(!takes(&pattern, bad.clone()), "{pattern:?} refuses {bad}");
            }
        }
        assert!(!word("any").fits(None, &Captures::new()));
        assert!(word("absent").fits(None, &Captures::new()));
    }

    #[test]
    fn objects_match_exactly_and_in_their_order() {
        let members = vec![("id".to_owned(), word("int")), ("name".to_owned(), exactly("John"))];
        let closed = Pattern::Object { members: members.clone(), open: false };
        assert_eq!(differences(&closed, &json!({ "id": 1, "name": "John" })), [""; 0]);
        assert_eq!(
            differences(&closed, &json!({ "name": "John", "id": 1 })),
            ["body: expected its keys in the order id, name, got name, id"]
        );
        assert_eq!(
            differences(&closed, &json!({ "id": "1", "more": [true] })),
            [
                r#"body.id: expected <int>, got "1""#,
                r#"body.name: expected "John", got nothing"#,
                "body.more: expected nothing, got [true]"
            ]
        );
        let open = Pattern::Object { members, open: true };
        assert_eq!(differences(&open, &json!({ "more": 1, "name": "John", "id": 1 })), [""; 0]);
        assert_eq!(differences(&open, &json!([])), ["body: expected an object {id, name, …}, got []"]);
    }

    #[test]
    fn lists_are_compared_element_by_element() {
        let list = Pattern::List(vec![word("int"), word("string")]);
        assert_eq!(differences(&list, &json!([1, "x"])), [""; 0]);
        assert_eq!(differences(&list, &json!([1, 2])), ["body[1]: expected <string>, got 2"]);
        assert_eq!(differences(&list, &json!([1])), ["body: expected a list of 2 elements, got [1]"]);
    }

    #[test]
    fn a_key_that_must_be_absent_is_no_part_of_the_order() {
        let members = vec![("gone".to_owned(), word("absent")), ("id".to_owned(), word("int"))];
        let closed = Pattern::Object { members, open: false };
        assert_eq!(differences(&closed, &json!({ "id": 1 })), [""; 0]);
        assert_eq!(
            differences(&closed, &json!({ "gone": null, "id": 1 })),
            ["body.gone: expected <absent>, got null"]
        );
    }

    #[test]
    fn headers_are_text() {
        let compare = |pattern: &Pattern, text: Option<&str>| {
            let mut differences = Vec::new();
            pattern.compare_text(
                text,
                "header X",
                &Captures::from([("n".into(), json!(5))]),
                &mut differences,
            );
            differences.is_empty()
        };
        assert!(compare(&word("int"), Some("60")));
        assert!(!compare(&word("int"), Some("soon")));
        assert!(compare(&Pattern::Scalar(json!(7)), Some("7")));
        assert!(compare(&exactly("Bearer"), Some("Bearer")));
        assert!(compare(&exactly("{{ n }}"), Some("5")));
        assert!(compare(&word("absent"), None));
        assert!(!compare(&word("string"), None));
    }
}
