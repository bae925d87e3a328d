//! What surrounds a piece of a body: the names that are bound there, and how deep it lies.

use crate::check::needs::{Path, Step};

/// The names that are bound around a piece of a body, the innermost last; `None` stands for an unknown value.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Locals(Vec<(String, Option<Path>)>);

impl Locals {
    pub(in crate::read) fn with(&self, name: &str, path: Option<Path>) -> Self {
        let mut locals = self.clone();
        locals.0.push((name.to_owned(), path));
        locals
    }

    /// What a name stands for: `None` where it is free, `Some(None)` where its value is not known.
    pub(super) fn find(&self, name: &str) -> Option<Option<&Path>> {
        self.0.iter().rev().find(|(local, _)| local == name).map(|(_, path)| path.as_ref())
    }

    /// The path of a mention, and how many of its steps another expression has made.
    pub(super) fn resolve(&self, mention: &[String]) -> Option<(Path, usize)> {
        let (root, keys) = mention.split_first()?;
        let keys = keys.iter().cloned().map(Step::Key);
        match self.find(root) {
            None => Some((Path { root: root.clone(), steps: keys.collect() }, 0)),
            Some(None) => None,
            Some(Some(path)) => {
                let given = path.steps.len();
                let steps = path.steps.iter().cloned().chain(keys).collect();
                Some((Path { root: path.root.clone(), steps }, given))
            }
        }
    }
}

/// How deep a body goes, with its shapes: it is rendered on one stack.
const DEEPEST: usize = 64;

/// How deep the reader is.
#[derive(Debug, Default)]
pub(in crate::read) struct Depth {
    /// In all bodies and shapes that are being read.
    stack: usize,
    /// In this body or shape.
    here: usize,
    /// The deepest place of this body or shape.
    deepest: usize,
}

impl Depth {
    /// Goes one level down, where that is still allowed.
    pub(super) const fn enter(&mut self) -> bool {
        self.stack += 1;
        self.here += 1;
        self.reach(0) && self.stack <= 2 * DEEPEST
    }

    pub(super) const fn leave(&mut self) {
        self.stack -= 1;
        self.here -= 1;
    }

    /// Notes that something of this height stands here.
    pub(super) const fn reach(&mut self, height: usize) -> bool {
        if self.here + height > self.deepest {
            self.deepest = self.here + height;
        }
        self.here + height <= DEEPEST
    }

    /// Begins another body; the result is what [`Self::end`] wants.
    pub(in crate::read) const fn begin(&mut self) -> (usize, usize) {
        let outer = (self.here, self.deepest);
        self.here = 0;
        self.deepest = 0;
        outer
    }

    /// Ends it and tells its height.
    pub(in crate::read) const fn end(&mut self, outer: (usize, usize)) -> usize {
        let height = self.deepest;
        (self.here, self.deepest) = outer;
        height
    }
}
