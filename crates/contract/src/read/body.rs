//! Bodies: literals, expressions and the structure words `shape`, `each` and `...`.

mod scope;
mod structure;

use serde_json::Value;

pub(super) use scope::{Depth, Locals};

use super::Reader;
use super::shapes::Looks;
use super::template::{Placed, Template, TextPiece};
use crate::ast::{Member, Node, Piece};
use crate::check::needs::{Need, Path, Wants};
use crate::expression::Mention;
use crate::yaml::{Entry, Kind, Scalar, Tree};

/// The most values that one body looks at, with its shapes.
const MOST_NEEDS: usize = 1000;

const TOO_DEEP: &str = "this body is nested too deep";

/// What a piece of a body is before it is read.
const NOTHING: Node = Node::Literal(Value::Null);

impl<'y> Reader<'y> {
    /// Reads a piece of a body and adds what it looks at to `needs`.
    pub(super) fn node(&mut self, tree: &'y Tree, locals: &Locals, needs: &mut Vec<Need>) -> Node {
        let fits = self.depth.enter();
        let node = if fits { self.node_inside(tree, locals, needs) } else { NOTHING };
        if !fits {
            self.report.fault(tree.at, TOO_DEEP);
        }
        self.depth.leave();
        node
    }

    fn node_inside(&mut self, tree: &'y Tree, locals: &Locals, needs: &mut Vec<Need>) -> Node {
        match &tree.kind {
            Kind::Scalar(scalar) if tree.text().is_some() => self.text_node(scalar, locals, needs),
            Kind::Scalar(scalar) => Node::Literal(scalar.to_json()),
            Kind::List(items) => {
                let items: Vec<Node> = items.iter().map(|item| self.node(item, locals, needs)).collect();
                match items.iter().map(literal).collect::<Option<Vec<Value>>>() {
                    Some(values) => Node::Literal(Value::Array(values)),
                    None => Node::List(items),
                }
            }
            Kind::Map(_) if tree.get("shape").is_some() && tree.get("each").is_none() => {
                self.shape_node(tree, locals, needs)
            }
            Kind::Map(_) if tree.get("each").is_some() => self.each_node(tree, locals, needs),
            Kind::Map(entries) => self.object_node(entries, locals, needs),
        }
    }

    fn text_node(&mut self, scalar: &'y Scalar, locals: &Locals, needs: &mut Vec<Need>) -> Node {
        match self.template(scalar) {
            None => NOTHING,
            Some(Template::Literal) => Node::Literal(scalar.text.as_str().into()),
            Some(Template::Expression(placed)) => {
                self.need(&placed, Wants::Value, locals, needs);
                Node::Expression(placed.expression)
            }
            Some(Template::Pieces(pieces)) => {
                let piece = |piece: TextPiece<'y>| match piece {
                    TextPiece::Literal(text) => Piece::Literal(text),
                    TextPiece::Expression(placed) => {
                        self.need(&placed, Wants::Value, locals, needs);
                        Piece::Expression(placed.expression)
                    }
                };
                Node::Text(pieces.into_iter().map(piece).collect())
            }
        }
    }

    fn object_node(&mut self, entries: &'y [Entry], locals: &Locals, needs: &mut Vec<Need>) -> Node {
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = &entry.key;
            if key.text == "..." {
                members.extend(self.spread(&entry.value, locals, needs).map(Member::Spread));
                continue;
            }
            if let Some(offset) = key.text.find("{{") {
                let hint = "expressions stand in values; spread an object with `\"...\"`".to_owned();
                self.report.fault_with(key.place(offset), "a key is no expression", hint);
            }
            members.push(Member::Field(key.text.clone(), self.node(&entry.value, locals, needs)));
        }
        let fixed = members.iter().map(|member| match member {
            Member::Field(key, node) => Some((key.clone(), literal(node)?)),
            Member::Spread(_) => None,
        });
        match fixed.collect::<Option<serde_json::Map<_, _>>>() {
            Some(values) => Node::Literal(Value::Object(values)),
            None => Node::Object(members),
        }
    }

    fn spread(&mut self, tree: &'y Tree, locals: &Locals, needs: &mut Vec<Need>) -> Option<Node> {
        let before = needs.len();
        let node = self.node(tree, locals, needs);
        match &node {
            Node::Shape { .. } | Node::Object(_) => Some(node),
            Node::Expression(expression) => {
                // Only a plain path has the type that its last name has.
                if expression.as_path().is_some()
                    && let Some(need) = needs.get_mut(before)
                {
                    need.wants = Wants::Object;
                }
                Some(node)
            }
            Node::Literal(Value::Object(_)) => Some(node),
            Node::Literal(Value::Null) => None,
            Node::Literal(_) | Node::Text(_) | Node::List(_) | Node::Each { .. } => {
                let hint = "write `\"...\": \"{{ error.fields }}\"` or `\"...\": { shape: NAME }`".to_owned();
                self.report.fault_with(tree.at, "`...` spreads the members of an object", hint);
                None
            }
        }
    }

    /// Notes what an expression looks at.
    pub(super) fn need(&mut self, placed: &Placed<'y>, wants: Wants, locals: &Locals, needs: &mut Vec<Need>) {
        for Mention { path, offset } in placed.expression.mentions() {
            if let Some((path, given)) = locals.resolve(&path) {
                let at = placed.scalar.place(placed.offset + offset);
                push(needs, Need { path, given, wants, at, shape: None });
            }
        }
    }

    /// Adds what a shape looks at where it is used.
    fn include(&mut self, inner: &Looks, name: &Scalar, locals: &Locals, needs: &mut Vec<Need>) {
        if !self.depth.reach(inner.height) {
            self.report.fault(name.at, TOO_DEEP);
        }
        for need in &inner.needs {
            let (path, given) = match locals.find(&need.path.root) {
                None => (need.path.clone(), need.given),
                Some(None) => continue,
                Some(Some(path)) => {
                    let steps = path.steps.iter().chain(&need.path.steps).cloned().collect();
                    (Path { root: path.root.clone(), steps }, path.steps.len() + need.given)
                }
            };
            let shape = Some((name.at, name.text.clone()));
            push(needs, Need { path, given, wants: need.wants, at: need.at, shape });
        }
        if needs.len() >= MOST_NEEDS {
            let message = format!("with its shapes this body comes to more than {MOST_NEEDS} values");
            self.report.fault(name.at, message);
        }
    }
}

fn push(needs: &mut Vec<Need>, need: Need) {
    if needs.len() < MOST_NEEDS && !needs.contains(&need) {
        needs.push(need);
    }
}

fn literal(node: &Node) -> Option<Value> {
    match node {
        Node::Literal(value) => Some(value.clone()),
        Node::Expression(_)
        | Node::Text(_)
        | Node::Object(_)
        | Node::List(_)
        | Node::Shape { .. }
        | Node::Each { .. } => None,
    }
}
