//! The structure words: `shape`, `of`, `each`, `as`, `item`.

use super::scope::Locals;
use super::{NOTHING, Placed};
use crate::ast::Node;
use crate::check::needs::{Need, Path, Step, Wants};
use crate::read::Reader;
use crate::read::section::Section;
use crate::read::shapes::Looks;
use crate::read::words;
use crate::yaml::{Scalar, Tree};

/// Variables that are there for every answer: no shape is about them.
const RESERVED: [&str; 5] = ["option", "error", "page", "caller", "body"];

/// An element of a list: the name after `as`, and where it stands in the values.
struct Element {
    name: Option<String>,
    path: Option<Path>,
}

impl<'y> Reader<'y> {
    pub(super) fn shape_node(&mut self, tree: &'y Tree, locals: &Locals, needs: &mut Vec<Need>) -> Node {
        self.refuse_neighbours(tree, "shape", &["shape", "of", "as"]);
        let Some(name) = tree.get("shape").and_then(|name| words::text(&mut self.report, name, "shape"))
        else {
            return NOTHING;
        };
        let Some(shape) = self.shape_named(name) else { return NOTHING };
        let Some(inner) = self.shape_needs(shape, name.at) else { return NOTHING };
        let Some(of) = tree.get("of") else {
            if let Some(alias) = tree.get("as") {
                self.report.fault(alias.at, "`as` names what `of` gives, and there is no `of`");
            }
            self.include(&inner, name, locals, needs);
            return Node::Shape { shape, of: None };
        };
        let Some(placed) = words::text(&mut self.report, of, "of").and_then(|of| self.braced(of, "`of`"))
        else {
            return NOTHING;
        };
        self.need(&placed, Wants::Value, locals, needs);
        let subject = match tree.get("as") {
            Some(alias) => self.alias(alias),
            None => self.subject(name, &inner),
        };
        let Some(subject) = subject else { return NOTHING };
        let path = path_of(&placed, locals);
        self.include(&inner, name, &locals.with(&subject, path), needs);
        Node::Shape { shape, of: Some((subject, placed.expression)) }
    }

    pub(super) fn each_node(&mut self, tree: &'y Tree, locals: &Locals, needs: &mut Vec<Need>) -> Node {
        let allowed = ["each", "as", "shape", "item"];
        let Some(section) = Section::open(&mut self.report, tree, "an `each`", &allowed) else {
            return NOTHING;
        };
        let list = section.require(&mut self.report, "each", "each: \"{{ rooms }}\"");
        let list = list.and_then(|list| words::text(&mut self.report, list, "each"));
        let Some(list) = list.and_then(|list| self.braced(list, "`each`")) else { return NOTHING };
        let wants = if list.expression.as_path().is_some() { Wants::List } else { Wants::Value };
        self.need(&list, wants, locals, needs);
        let path = path_of(&list, locals).map(|mut path| {
            path.steps.push(Step::Element);
            path
        });
        let name = section.get("as").map(|alias| self.alias(alias));
        if matches!(name, Some(None)) {
            return NOTHING;
        }
        let element = Element { name: name.flatten(), path };
        let read = match (section.get("shape"), section.get("item")) {
            (Some(shape), None) => self.each_shape(shape, element, locals, needs),
            (None, Some(item)) => self.each_item(tree, item, element, locals, needs),
            (Some(_), Some(item)) => {
                self.report.fault(item.at, "an `each` has a `shape` or an `item`, not both");
                None
            }
            (None, None) => {
                let hint = "add `shape: NAME`, or `item:` with a body of its own".to_owned();
                self.report.fault_with(tree.at, "this `each` does not say what each element becomes", hint);
                None
            }
        };
        let Some((aliases, item)) = read else { return NOTHING };
        Node::Each { list: list.expression, aliases, item: Box::new(item) }
    }

    fn each_shape(
        &mut self,
        shape: &'y Tree,
        element: Element,
        locals: &Locals,
        needs: &mut Vec<Need>,
    ) -> Option<(Vec<String>, Node)> {
        let name = words::text(&mut self.report, shape, "shape")?;
        let index = self.shape_named(name)?;
        let inner = self.shape_needs(index, name.at)?;
        let looks_at = |name: &String| inner.needs.iter().any(|need| need.path.root == *name);
        let mentioned = element.name.as_ref().is_some_and(looks_at);
        let mut aliases: Vec<String> = element.name.into_iter().collect();
        if !mentioned {
            aliases.push(self.subject(name, &inner)?);
        }
        let inside =
            aliases.iter().fold(locals.clone(), |locals, alias| locals.with(alias, element.path.clone()));
        self.include(&inner, name, &inside, needs);
        Some((aliases, Node::Shape { shape: index, of: None }))
    }

    fn each_item(
        &mut self,
        tree: &'y Tree,
        item: &'y Tree,
        element: Element,
        locals: &Locals,
        needs: &mut Vec<Need>,
    ) -> Option<(Vec<String>, Node)> {
        let Some(name) = element.name else {
            let hint = "add `as: NAME`, by which the item sees the element".to_owned();
            self.report.fault_with(tree.at, "this `each` lacks `as`", hint);
            return None;
        };
        let node = self.node(item, &locals.with(&name, element.path), needs);
        Some((vec![name], node))
    }

    fn alias(&mut self, tree: &'y Tree) -> Option<String> {
        let scalar = words::text(&mut self.report, tree, "as")?;
        if RESERVED.contains(&scalar.text.as_str()) {
            let message = format!("`{}` is always there and cannot be bound", scalar.text);
            self.report.fault_with(scalar.at, message, "choose another name after `as`".to_owned());
            return None;
        }
        words::identifier(&mut self.report, scalar, "an element").then(|| scalar.text.clone())
    }

    /// The one variable that a shape is about.
    fn subject(&mut self, name: &Scalar, inner: &Looks) -> Option<String> {
        let mut roots: Vec<&str> = Vec::new();
        for need in &inner.needs {
            let root = need.path.root.as_str();
            if !RESERVED.contains(&root) && !roots.contains(&root) {
                roots.push(root);
            }
        }
        match roots.as_slice() {
            [only] => Some((*only).to_owned()),
            [] => {
                let message = format!("the shape `{}` looks at nothing that could be given to it", name.text);
                self.report.fault(name.at, message);
                None
            }
            several => {
                let message = format!("the shape `{}` is about several things", name.text);
                let which = crate::fault::listed(several);
                self.report.fault_with(name.at, message, format!("say with `as` which of {which} this is"));
                None
            }
        }
    }

    fn refuse_neighbours(&mut self, tree: &Tree, word: &str, allowed: &[&str]) {
        for entry in tree.entries().unwrap_or_default() {
            let key = entry.key.text.as_str();
            if !allowed.contains(&key) {
                let message = format!("`{key}` cannot stand beside `{word}`");
                let hint =
                    format!("to add to a shape, spread it: `{{ \"...\": {{ shape: NAME }}, {key}: … }}`");
                self.report.fault_with(entry.key.at, message, hint);
            }
        }
    }
}

/// The place that an expression names, where it is nothing but a path.
fn path_of(placed: &Placed<'_>, locals: &Locals) -> Option<Path> {
    placed.expression.as_path().and_then(|names| locals.resolve(names)).map(|(path, _)| path)
}
