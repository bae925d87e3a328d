//! The contract's named shapes. Each is read when it is first used, so that its user knows what it looks at.

use std::rc::Rc;

use indexmap::IndexMap;

use super::Reader;
use super::body::Locals;
use super::section::entries;
use super::words;
use crate::ast::Node;
use crate::check::needs::Need;
use crate::fault::nearest;
use crate::yaml::{Position, Scalar, Tree};

/// How deep shapes use shapes.
const DEEPEST: usize = 24;

/// The shapes of a contract, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Shapes<'y> {
    sources: IndexMap<&'y str, &'y Tree>,
    states: Vec<State>,
    /// The names of those that are being read, the outermost first.
    open: Vec<&'y str>,
}

/// What a shape looks at, and how deep it goes.
#[derive(Debug)]
pub(super) struct Looks {
    pub(super) needs: Vec<Need>,
    pub(super) height: usize,
}

#[derive(Clone, Debug)]
enum State {
    Waiting,
    Reading,
    Read(Node, Rc<Looks>),
}

impl<'y> Reader<'y> {
    /// Notes the names of the shapes.
    pub(super) fn name_shapes(&mut self, tree: Option<&'y Tree>) {
        let Some(tree) = tree else { return };
        for entry in entries(&mut self.report, tree, "`shapes`").unwrap_or_default() {
            words::name(&mut self.report, &entry.key, "a shape");
            self.shapes.sources.insert(&entry.key.text, &entry.value);
            self.shapes.states.push(State::Waiting);
        }
    }

    /// The index of a shape.
    pub(super) fn shape_named(&mut self, name: &Scalar) -> Option<usize> {
        let index = self.shapes.sources.get_index_of(name.text.as_str());
        if index.is_none() {
            let names: Vec<&str> = self.shapes.sources.keys().copied().collect();
            let hint = nearest(&name.text, &names, "there are")
                .or(Some(format!("declare it: `shapes: {{ {}: {{ … }} }}`", name.text)));
            self.report.fault_with(name.at, format!("unknown shape `{}`", name.text), hint);
        }
        index
    }

    /// What a shape looks at; `None` where it cannot be read, which is told.
    pub(super) fn shape_needs(&mut self, index: usize, used_at: Position) -> Option<Rc<Looks>> {
        match &self.shapes.states[index] {
            State::Read(_, looks) => return Some(Rc::clone(looks)),
            State::Waiting => {}
            State::Reading => {
                let name = self.shapes.sources.get_index(index).map_or("", |(name, _)| *name);
                let begin = self.shapes.open.iter().position(|open| *open == name).unwrap_or(0);
                let mut round: Vec<&str> = self.shapes.open[begin..].to_vec();
                round.push(name);
                let message = format!("the shape `{name}` contains itself: {}", round.join(" → "));
                self.report.fault(used_at, message);
                return None;
            }
        }
        let (name, tree) = self.shapes.sources.get_index(index).map(|(name, tree)| (*name, *tree))?;
        if self.shapes.open.len() >= DEEPEST {
            self.report.fault(used_at, format!("shapes use shapes more than {DEEPEST} deep"));
            return None;
        }
        self.shapes.states[index] = State::Reading;
        self.shapes.open.push(name);
        let outer = self.depth.begin();
        let mut needs = Vec::new();
        let node = self.node(tree, &Locals::default(), &mut needs);
        let looks = Rc::new(Looks { needs, height: self.depth.end(outer) });
        self.shapes.open.pop();
        self.shapes.states[index] = State::Read(node, Rc::clone(&looks));
        Some(looks)
    }

    /// Every shape, those included that nothing uses.
    pub(super) fn finish_shapes(&mut self) -> IndexMap<String, Node> {
        for index in 0..self.shapes.states.len() {
            self.shape_needs(index, Position { line: 1, column: 1 });
        }
        let states = std::mem::take(&mut self.shapes.states);
        let nodes = states.into_iter().map(|state| match state {
            State::Read(node, _) => node,
            State::Waiting | State::Reading => Node::Literal(serde_json::Value::Null),
        });
        self.shapes.sources.keys().map(|name| (*name).to_owned()).zip(nodes).collect()
    }
}
