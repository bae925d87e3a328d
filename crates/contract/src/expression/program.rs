//! An expression that is more than a path, compiled once by MiniJinja.

use std::sync::{Arc, LazyLock};

use minijinja::machinery::ast::{CallArg, Expr};
use minijinja::machinery::{Span, parse_expr};
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::Value;

use super::filters::{self, FILTERS};
use super::scope::Scope;
use super::{ExpressionFault, Mention};
use crate::suggest::suggest;

/// The name under which filters find the [`super::World`]; no expression can write it.
pub(super) const WORLD: &str = "@world";

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    // Enough for any sane expression; a hostile value cannot make one run long.
    environment.set_fuel(Some(20_000));
    filters::register(&mut environment);
    environment
});

/// A compiled program and what it mentions.
pub(super) struct Program {
    compiled: minijinja::Expression<'static, 'static>,
    mentions: Vec<Mention>,
    /// The shortest mentions that cover all: what the program is shown.
    needs: Vec<Vec<String>>,
    constant_arguments: Vec<(String, String, usize)>,
    plain: bool,
}

impl Program {
    pub(super) fn compile(text: &str) -> Result<Self, ExpressionFault> {
        let syntax = |error: &minijinja::Error| ExpressionFault {
            message: format!("not an expression: {}", error.detail().unwrap_or("syntax error")),
            hint: Some(
                "write MiniJinja's expressions, such as `account.email` or `account.name | default('')`"
                    .into(),
            ),
            offset: error.range().map_or(0, |range| range.start.min(text.len())),
        };
        if text.trim().is_empty() {
            return Err(ExpressionFault { message: "the expression is empty".into(), hint: None, offset: 0 });
        }
        let tree = parse_expr(text).map_err(|error| syntax(&error))?;
        let mut walk = Walk::default();
        walk.expression(&tree);
        if let Some(fault) = walk.faults.into_iter().next() {
            return Err(fault);
        }
        let compiled =
            ENVIRONMENT.compile_expression_owned(text.to_owned()).map_err(|error| syntax(&error))?;
        let plain = static_path(&tree).is_some();
        Ok(Self {
            compiled,
            needs: shortest(&walk.mentions),
            mentions: walk.mentions,
            constant_arguments: walk.constant_arguments,
            plain,
        })
    }

    pub(super) fn plain_path(&self) -> Option<Vec<String>> {
        if self.plain { self.mentions.first().map(|mention| mention.path.clone()) } else { None }
    }

    pub(super) fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    pub(super) fn constant_arguments(&self) -> &[(String, String, usize)] {
        &self.constant_arguments
    }

    pub(super) fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, minijinja::Error> {
        let mut shown = serde_json::Map::new();
        for path in &self.needs {
            if let Some(value) = scope.look_up(path) {
                show(&mut shown, path, value.into_owned());
            }
        }
        let context = filters::Context {
            variables: minijinja::Value::from(Serde(&shown)),
            world: Arc::new(scope.world().clone()),
        };
        let value = self.compiled.eval(minijinja::Value::from_object(context))?;
        if value.is_undefined() {
            return Ok(None);
        }
        serde_json::to_value(&value)
            .map(Some)
            .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))
    }
}

/// Puts a value at a path of nested objects.
fn show(shown: &mut serde_json::Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            shown.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = shown.entry(first.clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
            if let Value::Object(members) = inner {
                show(members, rest, value);
            }
        }
    }
}

fn shortest(mentions: &[Mention]) -> Vec<Vec<String>> {
    let mut needs: Vec<Vec<String>> = Vec::new();
    let mut paths: Vec<_> = mentions.iter().map(|mention| &mention.path).collect();
    paths.sort_by_key(|path| path.len());
    for path in paths {
        if !needs.iter().any(|need| path.starts_with(need)) {
            needs.push(path.clone());
        }
    }
    needs
}

/// The names of a chain of attributes that begins with a variable.
fn static_path(expression: &Expr<'_>) -> Option<Vec<String>> {
    match expression {
        Expr::Var(variable) => Some(vec![variable.id.to_owned()]),
        Expr::GetAttr(attribute) => {
            let mut path = static_path(&attribute.expr)?;
            path.push(attribute.name.to_owned());
            Some(path)
        }
        Expr::GetItem(item) => match &item.subscript_expr {
            Expr::Const(constant) => {
                let mut path = static_path(&item.expr)?;
                path.push(constant.value.as_str()?.to_owned());
                Some(path)
            }
            _ => None,
        },
        _ => None,
    }
}

#[derive(Default)]
struct Walk {
    mentions: Vec<Mention>,
    constant_arguments: Vec<(String, String, usize)>,
    faults: Vec<ExpressionFault>,
}

impl Walk {
    fn expression(&mut self, expression: &Expr<'_>) {
        if let Some(path) = static_path(expression) {
            self.mentions.push(Mention { path, offset: offset(start(expression)) });
            return;
        }
        match expression {
            Expr::Var(_) | Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                for part in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.expression(part);
                }
            }
            Expr::UnaryOp(operation) => self.expression(&operation.expr),
            Expr::BinOp(operation) => {
                self.expression(&operation.left);
                self.expression(&operation.right);
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                compare.ops.iter().for_each(|operation| self.expression(&operation.expr));
            }
            Expr::IfExpr(condition) => {
                self.expression(&condition.test_expr);
                self.expression(&condition.true_expr);
                condition.false_expr.iter().for_each(|part| self.expression(part));
            }
            Expr::Filter(filter) => {
                self.known("filter", filter.name, filter.span());
                self.note_arguments(filter.name, &filter.args, filter.span());
                filter.expr.iter().for_each(|part| self.expression(part));
                self.arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.known("test", test.name, test.span());
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            Expr::GetAttr(attribute) => self.expression(&attribute.expr),
            Expr::GetItem(item) => {
                self.expression(&item.expr);
                self.expression(&item.subscript_expr);
            }
            Expr::Call(call) => {
                let name = static_path(&call.expr).map_or_else(|| "…".to_owned(), |path| path.join("."));
                self.faults.push(ExpressionFault {
                    message: format!("unknown function `{name}`"),
                    hint: Some("expressions call no functions; use a filter: `value | filter`".into()),
                    offset: offset(call.span()),
                });
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.expression(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expression(item)),
            Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(|part| self.expression(part)),
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(part)
                | CallArg::Kwarg(_, part)
                | CallArg::PosSplat(part)
                | CallArg::KwargSplat(part) => {
                    self.expression(part);
                }
            }
        }
    }

    fn note_arguments(&mut self, filter: &str, arguments: &[CallArg<'_>], span: Span) {
        if let Some(CallArg::Pos(Expr::Const(constant))) = arguments.first()
            && let Some(text) = constant.value.as_str()
        {
            self.constant_arguments.push((filter.to_owned(), text.to_owned(), offset(span)));
        }
    }

    /// MiniJinja finds unknown names only when it runs into them: so run into each once.
    fn known(&mut self, what: &str, name: &str, span: Span) {
        let (probe, unknown) = match what {
            "filter" => (format!("none|{name}"), ErrorKind::UnknownFilter),
            _ => (format!("none is {name}"), ErrorKind::UnknownTest),
        };
        let result = ENVIRONMENT.compile_expression_owned(probe).and_then(|probe| probe.eval(()));
        if result.is_err_and(|error| error.kind() == unknown) {
            let hint = if what == "filter" { suggest(name, FILTERS) } else { suggest(name, TESTS) };
            self.faults.push(ExpressionFault {
                message: format!("unknown {what} `{name}`"),
                hint,
                offset: offset(span),
            });
        }
    }
}

/// MiniJinja's tests that an expression over JSON can want.
const TESTS: &[&str] = &[
    "defined",
    "undefined",
    "none",
    "string",
    "number",
    "boolean",
    "integer",
    "float",
    "sequence",
    "mapping",
    "true",
    "false",
    "in",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "odd",
    "even",
    "startingwith",
    "endingwith",
];

const fn offset(span: Span) -> usize {
    span.start_offset as usize
}

fn start(expression: &Expr<'_>) -> Span {
    match expression {
        Expr::GetAttr(attribute) => start(&attribute.expr),
        Expr::GetItem(item) => start(&item.expr),
        other => other.span(),
    }
}
