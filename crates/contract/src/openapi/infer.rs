//! The type of an expression, as far as it can be told before it is evaluated.

use indexmap::IndexMap;
use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Filter, UnaryOpKind};
use minijinja::machinery::parse_expr;
use serde_json::{Value, json};

use super::known::{Known, list, object, without_null};
use crate::ast::EnumTable;
use crate::expression::Expression;

/// The names that an expression sees, and what they are.
#[derive(Clone, Debug)]
pub(super) struct Types<'c> {
    names: Vec<(String, Known)>,
    tables: &'c IndexMap<String, EnumTable>,
}

impl<'c> Types<'c> {
    pub(super) fn new(tables: &'c IndexMap<String, EnumTable>) -> Self {
        Self { names: Vec::new(), tables }
    }

    /// The same with one more name; it hides an earlier one.
    pub(super) fn with(mut self, name: &str, known: Known) -> Self {
        self.names.push((name.to_owned(), known));
        self
    }

    /// The type of an expression.
    pub(super) fn of(&self, expression: &Expression) -> Known {
        match expression.as_path() {
            Some(path) => self.at(path),
            None => parse_expr(expression.text()).map_or_else(|_| Known::anything(), |tree| self.walk(&tree)),
        }
    }

    fn at(&self, path: &[String]) -> Known {
        let Some((root, keys)) = path.split_first() else { return Known::anything() };
        keys.iter().fold(self.name(root), |known, key| known.below(key))
    }

    fn name(&self, name: &str) -> Known {
        let found = self.names.iter().rev().find(|(known, _)| known == name);
        found.map_or_else(Known::anything, |(_, known)| known.clone())
    }

    fn walk(&self, expression: &Expr<'_>) -> Known {
        match expression {
            Expr::Var(variable) => self.name(variable.id),
            Expr::Const(constant) => Known::constant(&json_of(&constant.value)),
            Expr::GetAttr(attribute) => self.walk(&attribute.expr).below(attribute.name),
            Expr::GetItem(item) => match &item.subscript_expr {
                Expr::Const(constant) if constant.value.as_str().is_some() => {
                    self.walk(&item.expr).below(constant.value.as_str().unwrap_or_default())
                }
                _ => Known { optional: true, ..self.walk(&item.expr).items() },
            },
            Expr::Slice(slice) => self.walk(&slice.expr),
            Expr::UnaryOp(operation) => match operation.op {
                UnaryOpKind::Not => Known::typed("boolean"),
                UnaryOpKind::Neg => number(&[self.walk(&operation.expr)]),
            },
            Expr::BinOp(operation) => {
                let (left, right) = (self.walk(&operation.left), self.walk(&operation.right));
                binary(operation.op, left, right)
            }
            Expr::Compare(_) | Expr::Test(_) => Known::typed("boolean"),
            Expr::IfExpr(condition) => {
                let otherwise = condition.false_expr.as_ref().map(|expression| self.walk(expression));
                let then = self.walk(&condition.true_expr);
                match otherwise {
                    Some(otherwise) => then.or(otherwise),
                    None => Known { optional: true, ..then },
                }
            }
            Expr::Filter(filter) => self.filter(filter),
            Expr::Call(_) => Known::anything(),
            Expr::List(items) => {
                Known::always(list(items.items.iter().map(|item| self.walk(item)).collect()))
            }
            Expr::Tuple(items) => {
                Known::always(list(items.items.iter().map(|item| self.walk(item)).collect()))
            }
            Expr::Map(map) => {
                let names =
                    map.keys.iter().map(|key| key.as_const().and_then(|key| key.as_str().map(str::to_owned)));
                let members = names.zip(&map.values).map(|(name, value)| Some((name?, self.walk(value))));
                let members: Option<Vec<_>> = members.collect();
                members.map_or_else(|| Known::typed("object"), |members| Known::always(object(members)))
            }
        }
    }

    fn filter(&self, filter: &Filter<'_>) -> Known {
        let source = filter.expr.as_ref().map_or_else(Known::anything, |expression| self.walk(expression));
        let argument = |index: usize| match filter.args.get(index) {
            Some(CallArg::Pos(expression)) => Some(expression),
            _ => None,
        };
        match filter.name {
            "wire" => {
                let name = argument(0).and_then(Expr::as_const);
                let table =
                    name.as_ref().and_then(|name| name.as_str()).and_then(|name| self.tables.get(name));
                table.map_or_else(Known::anything, |table| source.made_into(wire_values(table)))
            }
            "default" | "d" => {
                let fallback =
                    argument(0).map_or_else(|| Known::constant(&json!("")), |argument| self.walk(argument));
                let replaces_null = argument(1).and_then(Expr::as_const).is_some_and(|value| value.is_true());
                let kept = if replaces_null { without_null(source.schema) } else { source.schema };
                Known::always(kept).or(fallback)
            }
            "shortuuid" => source.made_into(short_uuid()),
            "age" => source.made_into(json!({ "type": "integer", "minimum": 0 })),
            "epoch" => source.made_into(json!({ "type": "integer" })),
            "local_date" => source.made_into(json!({ "type": "string", "format": "date" })),
            "local_datetime" => source.made_into(json!({ "type": "string", "format": "date-time" })),
            "media_url" => source.made_into(json!({ "type": "string", "format": "uri" })),
            "media_path" | "joined" | "masked" => source.made_into(json!({ "type": "string" })),
            "link" => Known { schema: json!({ "type": "string" }), optional: true },
            "first" | "last" | "min" | "max" => Known { optional: true, ..source.items() },
            "sort" | "reverse" | "unique" | "list" | "select" | "reject" | "selectattr" | "rejectattr" => {
                Known::always(json!({ "type": "array", "items": source.items().schema }))
            }
            "abs" | "sum" => number(&[source]),
            name => standard(name),
        }
    }
}

/// What MiniJinja's own filters give.
fn standard(name: &str) -> Known {
    match name {
        "length" | "count" | "int" => Known::typed("integer"),
        "float" | "round" => Known::typed("number"),
        "bool" => Known::typed("boolean"),
        "capitalize" | "lower" | "upper" | "title" | "trim" | "replace" | "join" | "format" | "indent"
        | "string" | "tojson" | "urlencode" | "pprint" => Known::typed("string"),
        "batch" | "dictsort" | "items" | "lines" | "map" | "slice" | "split" | "groupby" => {
            Known::always(json!({ "type": "array" }))
        }
        _ => Known::anything(),
    }
}

fn binary(operation: BinOpKind, left: Known, right: Known) -> Known {
    match operation {
        BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte
        | BinOpKind::In => Known::typed("boolean"),
        BinOpKind::ScAnd | BinOpKind::ScOr => left.or(right),
        BinOpKind::Concat => Known::typed("string"),
        BinOpKind::Div => Known::typed("number"),
        BinOpKind::Add if left.is("string") || right.is("string") => Known::typed("string"),
        BinOpKind::Add if left.is("array") => Known::always(json!({ "type": "array" })),
        BinOpKind::Add
        | BinOpKind::Sub
        | BinOpKind::Mul
        | BinOpKind::FloorDiv
        | BinOpKind::Rem
        | BinOpKind::Pow => number(&[left, right]),
    }
}

fn number(parts: &[Known]) -> Known {
    Known::typed(if parts.iter().all(|part| part.is("integer")) { "integer" } else { "number" })
}

fn json_of(value: &minijinja::Value) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The values that a table has on the wire.
pub(super) fn wire_values(table: &EnumTable) -> Value {
    let mut values: Vec<&Value> = Vec::new();
    for (_, value) in &table.pairs {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let constants = values.into_iter().map(|value| Known::constant(value).schema);
    constants.reduce(super::known::union).unwrap_or_else(|| json!({}))
}

/// A UUID as 22 characters.
pub(super) fn short_uuid() -> Value {
    json!({ "type": "string", "pattern": "^[2-9A-HJ-NP-Za-km-z]{22}$" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Value, bool) {
        let mut tables = IndexMap::new();
        let pairs = vec![("male".into(), json!(0)), ("female".into(), json!(1))];
        tables.insert("gender".to_owned(), EnumTable { pairs });
        let account = json!({
            "type": "object",
            "properties": {
                "id": { "type": "integer" },
                "name": { "type": ["string", "null"] },
                "points": { "type": "array", "items": { "type": "integer" } },
                "uuid": { "type": "string" },
                "nickname": { "type": "string" },
            },
            "required": ["id", "name", "points", "uuid"],
        });
        let types = Types::new(&tables).with("account", Known::always(account));
        let known = types.of(&Expression::parse(text).unwrap());
        (known.schema, known.optional)
    }

    #[test]
    fn expressions_have_the_type_that_their_parts_give() {
        for (text, schema, optional) in [
            ("account.id", json!({ "type": "integer" }), false),
            ("account.nickname", json!({ "type": "string" }), true),
            ("account.id * 100", json!({ "type": "integer" }), false),
            ("account.id / 2", json!({ "type": "number" }), false),
            ("account.name ~ ''", json!({ "type": "string" }), false),
            ("account.name | upper", json!({ "type": "string" }), false),
            ("account.name | default('-', true)", json!({ "type": "string" }), false),
            ("account.nickname | default(none)", json!({ "type": ["string", "null"] }), false),
            ("account.name if account.id == 1", json!({ "type": ["string", "null"] }), true),
            ("2 if account.id in [7, 8] else 1", json!({ "type": "integer", "enum": [2, 1] }), false),
            ("account.points[0]", json!({ "type": "integer" }), true),
            ("account.points | length", json!({ "type": "integer" }), false),
            ("account.points | first", json!({ "type": "integer" }), true),
            ("account.name is defined", json!({ "type": "boolean" }), false),
            ("not account.name", json!({ "type": "boolean" }), false),
            (
                "account.name | wire('gender')",
                json!({ "type": ["integer", "null"], "enum": [0, 1, null] }),
                false,
            ),
            ("account.name | local_date", json!({ "type": ["string", "null"], "format": "date" }), false),
            (
                "[account.id, 'x']",
                json!({ "type": "array", "items": { "type": ["integer", "string"] }, "minItems": 2, "maxItems": 2 }),
                false,
            ),
            ("nobody.knows | masked", json!({}), true),
        ] {
            assert_eq!(of(text), (schema, optional), "{text}");
        }
        assert_eq!(of("account.uuid | shortuuid").0, short_uuid());
    }
}
