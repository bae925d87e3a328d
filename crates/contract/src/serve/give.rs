//! Bodies of answers: a node of the contract over the values it sees.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::ast::{Member, Node, Piece};
use crate::expression::{EvaluationError, Expression, Scope};

/// The named shapes of a contract.
pub type Shapes = IndexMap<String, Node>;

/// The value of a node; `None` is undefined: the key or element that holds it is dropped.
///
/// # Errors
/// An expression that does not take the values it gets.
pub fn render(node: &Node, scope: &Scope<'_>, shapes: &Shapes) -> Result<Option<Value>, EvaluationError> {
    match node {
        Node::Literal(value) => Ok(Some(value.clone())),
        Node::Expression(expression) => Ok(expression.evaluate(scope)?.map(Cow::into_owned)),
        Node::Text(pieces) => text(pieces, scope).map(|text| Some(Value::String(text))),
        Node::Object(members) => object(members, scope, shapes).map(|members| Some(Value::Object(members))),
        Node::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                list.extend(render(item, scope, shapes)?);
            }
            Ok(Some(Value::Array(list)))
        }
        Node::Shape { shape, of } => {
            let Some((_, node)) = shapes.get_index(*shape) else { return Ok(None) };
            match of {
                None => render(node, scope, shapes),
                Some((name, expression)) => match expression.evaluate(scope)? {
                    None => Ok(None),
                    Some(value) if value.is_null() => Ok(Some(Value::Null)),
                    Some(value) => render(node, &scope.clone().with_owned(name, value.into_owned()), shapes),
                },
            }
        }
        Node::Each { list, aliases, item } => each(list, aliases, item, scope, shapes),
    }
}

fn each(
    list: &Expression,
    aliases: &[String],
    item: &Node,
    scope: &Scope<'_>,
    shapes: &Shapes,
) -> Result<Option<Value>, EvaluationError> {
    let list = match list.evaluate(scope)? {
        None => return Ok(None),
        Some(list) => list,
    };
    let Value::Array(elements) = list.as_ref() else { return Ok(Some(Value::Null)) };
    let mut rendered = Vec::with_capacity(elements.len());
    for element in elements {
        let mut inner = scope.clone();
        for alias in aliases {
            inner = inner.with_owned(alias, element.clone());
        }
        rendered.extend(render(item, &inner, shapes)?);
    }
    Ok(Some(Value::Array(rendered)))
}

fn object(
    members: &[Member],
    scope: &Scope<'_>,
    shapes: &Shapes,
) -> Result<Map<String, Value>, EvaluationError> {
    let mut object = Map::with_capacity(members.len());
    for member in members {
        match member {
            Member::Field(key, node) => {
                if let Some(value) = render(node, scope, shapes)? {
                    object.insert(key.clone(), value);
                }
            }
            Member::Spread(node) => {
                if let Some(Value::Object(inner)) = render(node, scope, shapes)? {
                    object.extend(inner);
                }
            }
        }
    }
    Ok(object)
}

fn text(pieces: &[Piece], scope: &Scope<'_>) -> Result<String, EvaluationError> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Expression(expression) => match expression.evaluate(scope)?.as_deref() {
                None | Some(Value::Null) => {}
                Some(Value::String(value)) => text.push_str(value),
                Some(other) => text.push_str(&other.to_string()),
            },
        }
    }
    Ok(text)
}

/// Adds a contract's headers; one that is undefined or null, or that no header can hold, is left out.
///
/// # Errors
/// As [`render`].
pub fn headers(
    nodes: &[(HeaderName, Node)],
    scope: &Scope<'_>,
    shapes: &Shapes,
    into: &mut HeaderMap,
) -> Result<(), EvaluationError> {
    for (name, node) in nodes {
        let text = match render(node, scope, shapes)? {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        if let Ok(value) = HeaderValue::from_str(&text) {
            into.insert(name.clone(), value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expression::World;

    fn expression(text: &str) -> Expression {
        Expression::parse(text).unwrap()
    }

    #[test]
    fn undefined_drops_its_key_and_null_stays() {
        let world = World::default();
        let account = json!({ "id": 1, "name": null });
        let scope = Scope::new(&world).with("account", &account);
        let node = Node::Object(vec![
            Member::Field("id".into(), Node::Expression(expression("account.id"))),
            Member::Field("name".into(), Node::Expression(expression("account.name"))),
            Member::Field("gone".into(), Node::Expression(expression("account.gone"))),
            Member::Spread(Node::Literal(json!({ "more": true }))),
            Member::Field(
                "text".into(),
                Node::Text(vec![Piece::Literal("no. ".into()), Piece::Expression(expression("account.id"))]),
            ),
        ]);
        let body = render(&node, &scope, &Shapes::new()).unwrap().unwrap();
        assert_eq!(body.to_string(), r#"{"id":1,"name":null,"more":true,"text":"no. 1"}"#);
    }

    #[test]
    fn shapes_are_drawn_of_something_and_lists_of_each() {
        let world = World::default();
        let mut shapes = Shapes::new();
        let card = Node::Object(vec![Member::Field("id".into(), Node::Expression(expression("account.id")))]);
        shapes.insert("card".into(), card);
        let room = json!({ "owner": { "id": 1 }, "guest": null, "members": [{ "id": 1 }, { "id": 2 }] });
        let scope = Scope::new(&world).with("room", &room);
        let of = |path| Node::Shape { shape: 0, of: Some(("account".into(), expression(path))) };
        assert_eq!(render(&of("room.owner"), &scope, &shapes).unwrap(), Some(json!({ "id": 1 })));
        assert_eq!(render(&of("room.guest"), &scope, &shapes).unwrap(), Some(Value::Null));
        assert_eq!(render(&of("room.nobody"), &scope, &shapes).unwrap(), None);
        let members = Node::Each {
            list: expression("room.members"),
            aliases: vec!["member".into(), "account".into()],
            item: Box::new(Node::Shape { shape: 0, of: None }),
        };
        assert_eq!(render(&members, &scope, &shapes).unwrap(), Some(json!([{ "id": 1 }, { "id": 2 }])));
        let scalars = Node::Each {
            list: expression("room.members"),
            aliases: vec!["m".into()],
            item: Box::new(Node::Text(vec![
                Piece::Literal("@".into()),
                Piece::Expression(expression("m.id")),
            ])),
        };
        assert_eq!(render(&scalars, &scope, &shapes).unwrap(), Some(json!(["@1", "@2"])));
    }
}
