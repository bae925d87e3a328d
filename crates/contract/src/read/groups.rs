//! `groups`: parts of an API, by path prefix, that answer in a style of their own.

use super::Reader;
use super::body::Locals;
use super::errors::Read;
use super::section::{Section, entries};
use super::tokens::carriers;
use crate::ast::{Errors, Group, Node};
use crate::check::needs::{self, View};
use crate::schema::Below;
use crate::yaml::{Entry, Position, Scalar, Tree};

/// A group and where its prefix stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) group: Group,
    pub(super) at: Option<Position>,
}

impl<'y> Reader<'y> {
    /// The groups, the longest prefix first; the default is always there, the last.
    pub(super) fn groups(&mut self, tree: Option<&'y Tree>) -> Vec<Placed> {
        let mut groups: Vec<Placed> = Vec::new();
        let listed = tree.and_then(|tree| entries(&mut self.report, tree, "`groups`")).unwrap_or_default();
        for Entry { key, value } in listed {
            let Some(prefix) = self.prefix(key) else { continue };
            if let Some(known) = groups.iter().find(|known| known.group.prefix == prefix) {
                let line = known.at.map_or(0, |at| at.line);
                self.report.fault(key.at, format!("this prefix comes twice: it is on line {line} already"));
                continue;
            }
            if let Some(group) = self.group(prefix, value) {
                groups.push(Placed { group, at: Some(key.at) });
            }
        }
        if !groups.iter().any(|placed| placed.group.prefix.is_empty()) {
            let group =
                Group { prefix: String::new(), errors: Errors::default(), carried_in: None, wrap: None };
            groups.push(Placed { group, at: None });
        }
        groups.sort_by_key(|placed| std::cmp::Reverse(placed.group.prefix.len()));
        groups
    }

    /// A prefix as it is matched: with a slash at both ends, or empty.
    fn prefix(&mut self, key: &Scalar) -> Option<String> {
        let text = key.text.as_str();
        let fits = text.is_empty() || text.starts_with('/');
        if !fits || text.contains(['{', '}', ' ', '?']) {
            let hint = "a prefix is literal, as `/rest-auth/`; `\"\"` is the default group".to_owned();
            self.report.fault_with(key.at, format!("`{text}` is no prefix of paths"), hint);
            return None;
        }
        Some(match text.trim_end_matches('/') {
            "" => String::new(),
            rest => format!("{rest}/"),
        })
    }

    fn group(&mut self, prefix: String, tree: &'y Tree) -> Option<Group> {
        let section = Section::open(&mut self.report, tree, "a group", &["errors", "carried_in", "wrap"])?;
        let Read { errors, .. } = self.errors(section.get("errors"));
        let carried_in = section.get("carried_in").map(|tree| carriers(&mut self.report, tree));
        let wrap = section.get("wrap").map(|tree| self.wrap(tree));
        Some(Group { prefix, errors, carried_in, wrap })
    }

    fn wrap(&mut self, tree: &'y Tree) -> Node {
        let mut wanted = Vec::new();
        let node = self.node(tree, &Locals::default(), &mut wanted);
        let view = View {
            whose: "what is wrapped".to_owned(),
            roots: vec![("body".to_owned(), Below::Anything)],
            switches: &self.switches,
            attributes: &self.attributes,
        };
        needs::check(&wanted, &view, &mut self.report);
        if !wanted.iter().any(|need| need.path.root == "body") {
            let hint = "say where the route's body stands: `{ status: OK, data: \"{{ body }}\" }`".to_owned();
            self.report.fault_with(tree.at, "this `wrap` leaves the route's body out", hint);
        }
        node
    }
}

/// The group of a path: the first whose prefix it has.
pub(super) fn group_of(groups: &[Placed], path: &str) -> usize {
    let path = format!("{}/", path.trim_end_matches('/'));
    groups.iter().position(|placed| path.starts_with(&placed.group.prefix)).unwrap_or(0)
}
