//! Expressions in contracts: MiniJinja's, with our filters, without statements or I/O.
//!
//! A plain dotted path is looked up directly; everything else is a compiled MiniJinja program that sees only
//! the values it mentions.

mod filters;
mod program;
mod scope;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

pub use filters::FILTERS;
pub use scope::{Scope, World};

use program::Program;

/// A compiled expression.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Path(Vec<String>),
    Program(Arc<Program>),
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionFault {
    /// What is wrong, as a sentence without its place.
    pub message: String,
    /// What to do, where that is known.
    pub hint: Option<String>,
    /// Where in the text it is wrong, in bytes from its start.
    pub offset: usize,
}

/// One dotted path that an expression mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The names, the variable first: `["account", "email"]`.
    pub path: Vec<String>,
    /// Where it stands in the text, in bytes from its start.
    pub offset: usize,
}

/// A value that could not be computed: the contract's mistake, which the checker could not see.
#[derive(Debug, thiserror::Error)]
#[error("the expression `{text}` failed")]
pub struct EvaluationError {
    text: String,
    source: minijinja::Error,
}

impl Expression {
    /// Reads an expression and checks its syntax and the names of filters, tests and functions.
    ///
    /// # Errors
    /// The fault with its place in `text`.
    pub fn parse(text: &str) -> Result<Self, ExpressionFault> {
        let program = Program::compile(text)?;
        let kind = match program.plain_path() {
            Some(path) => Kind::Path(path),
            None => Kind::Program(Arc::new(program)),
        };
        Ok(Self { text: text.into(), kind })
    }

    /// The expression of a plain path.
    pub fn path(names: &[&str]) -> Self {
        Self {
            text: names.join(".").into(),
            kind: Kind::Path(names.iter().map(|&name| name.to_owned()).collect()),
        }
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dotted paths it mentions, each as long as it is known before evaluation.
    pub fn mentions(&self) -> Vec<Mention> {
        match &self.kind {
            Kind::Path(path) => vec![Mention { path: path.clone(), offset: 0 }],
            Kind::Program(program) => program.mentions().to_vec(),
        }
    }

    /// The words of the core that are given to `wire('…')` and other constant filter arguments: (filter, argument, offset).
    pub fn constant_arguments(&self) -> Vec<(String, String, usize)> {
        match &self.kind {
            Kind::Path(_) => Vec::new(),
            Kind::Program(program) => program.constant_arguments().to_vec(),
        }
    }

    /// The names, when it is nothing but a dotted path.
    pub fn as_path(&self) -> Option<&[String]> {
        match &self.kind {
            Kind::Path(path) => Some(path),
            Kind::Program(_) => None,
        }
    }

    /// Its value; `None` is undefined.
    ///
    /// # Errors
    /// A filter or an operator that does not take the values it gets.
    pub fn evaluate<'a>(&self, scope: &Scope<'a>) -> Result<Option<Cow<'a, Value>>, EvaluationError> {
        match &self.kind {
            Kind::Path(path) => Ok(scope.look_up(path)),
            Kind::Program(program) => program
                .evaluate(scope)
                .map(|value| value.map(Cow::Owned))
                .map_err(|source| EvaluationError { text: self.text.to_string(), source }),
        }
    }

    /// Whether it holds: undefined, null, false, zero and what is empty do not.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, EvaluationError> {
        Ok(match self.evaluate(scope)?.as_deref() {
            None | Some(Value::Null) => false,
            Some(Value::Bool(truth)) => *truth,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(members)) => !members.is_empty(),
        })
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{ {} }}}}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(text: &str, account: &Value) -> Option<Value> {
        let world = World::default();
        let scope = Scope::new(&world).with("account", account);
        Expression::parse(text).unwrap().evaluate(&scope).unwrap().map(Cow::into_owned)
    }

    #[test]
    fn a_dotted_path_is_looked_up_without_a_program() {
        let account = json!({ "id": 7, "attributes": { "carrier": "SK" }, "name": null });
        assert!(Expression::parse("account.attributes.carrier").unwrap().as_path().is_some());
        assert_eq!(evaluate("account.id", &account), Some(json!(7)));
        assert_eq!(evaluate("account.attributes.carrier", &account), Some(json!("SK")));
        assert_eq!(evaluate("account.name", &account), Some(Value::Null), "null stays");
        assert_eq!(evaluate("account.nothing.below", &account), None, "undefined");
    }

    #[test]
    fn programs_compute() {
        let account = json!({ "id": 7, "points": [1, 2], "name": null, "uuid": "019e5a00-0000-7000-8000-000000000001" });
        assert_eq!(evaluate("account.id * 100", &account), Some(json!(700)));
        assert_eq!(evaluate("account.points | length", &account), Some(json!(2)));
        assert_eq!(evaluate("account.points[1]", &account), Some(json!(2)));
        assert_eq!(evaluate("account.name | default('-', true)", &account), Some(json!("-")));
        assert_eq!(evaluate("account.nothing is defined", &account), Some(json!(false)));
        assert_eq!(evaluate("account.nothing if false", &account), None);
        assert_eq!(evaluate("2 if account.id in [7, 8] else 1", &account), Some(json!(2)));
        assert_eq!(evaluate("account.name ~ ''", &json!({"name": "한"})), Some(json!("한")));
        assert_eq!(evaluate("account.uuid | shortuuid | length", &account), Some(json!(22)));
    }

    #[test]
    fn faults_tell_where_and_what() {
        let fault = Expression::parse("account.id | shortuid").unwrap_err();
        assert_eq!(fault.message, "unknown filter `shortuid`");
        assert_eq!(fault.hint.as_deref(), Some("did you mean `shortuuid`?"));
        assert_eq!(fault.offset, 13);
        assert!(Expression::parse("account.").is_err());
        assert!(Expression::parse("a b").is_err());
        assert!(Expression::parse("").is_err());
        assert_eq!(Expression::parse("x is nonsense").unwrap_err().message, "unknown test `nonsense`");
        assert_eq!(Expression::parse("read('/etc/passwd')").unwrap_err().message, "unknown function `read`");
    }

    #[test]
    fn mentions_are_as_long_as_they_are_known() {
        let expression =
            Expression::parse("(error.fields | joined) if error.code == 'invalid' else account['name']")
                .unwrap();
        let mut paths: Vec<_> = expression.mentions().into_iter().map(|m| m.path.join(".")).collect();
        paths.sort();
        assert_eq!(paths, ["account.name", "error.code", "error.fields"]);
    }
}
