//! Whether a route supplies what its operation cannot be without.

use daemun_model::app::Identifier;
use daemun_operations::Operation;

use crate::ast::Take;
use crate::fault::{is_near, listed};
use crate::read::Reader;
use crate::schema::{Below, Schema};
use crate::yaml::{Position, Tree};

impl<'y> Reader<'y> {
    /// Whether everything is there that the operation cannot be without.
    pub(super) fn supplied(
        &mut self,
        tree: Option<&'y Tree>,
        takes: &[Take],
        operation: &Operation,
        at: Position,
    ) {
        let input = Schema::root(&operation.input);
        let keys = tree.and_then(Tree::entries).unwrap_or_default();
        let given = |name: &str| {
            takes.iter().any(|take| take.input.join(".") == name || take.input[0] == name)
                || keys.iter().any(|entry| entry.key.text == name)
        };
        // An unknown input that is nearly a missing one has been told.
        let misspelt = |name: &str| {
            let unknown = |key: &str| matches!(input.below(key), Below::Unknown(_));
            keys.iter().any(|entry| unknown(&entry.key.text) && is_near(&entry.key.text, name))
        };
        let mut missing: Vec<&str> = Vec::new();
        let policy = if operation.name == "account.sign_up" { self.policy.required.as_slice() } else { &[] };
        for name in input.required().into_iter().chain(policy.iter().map(String::as_str)) {
            if !given(name) && !misspelt(name) && !missing.contains(&name) {
                missing.push(name);
            }
        }
        if let Some(first) = missing.first() {
            let message = format!("{} needs {}, and nothing supplies it", operation.name, listed(&missing));
            let hint = format!("add it under `takes`, for example `{first}: body.{first}`");
            self.report.fault_with(at, message, hint);
        }
        let identifiers = self.identifiers_of(operation);
        if !identifiers.is_empty() && !identifiers.iter().any(|name| given(name) || misspelt(name)) {
            let one_of = if identifiers.len() > 1 { "one of " } else { "" };
            let names = listed(&identifiers);
            let message = format!("{} needs {one_of}{names}, and nothing supplies it", operation.name);
            let hint = format!("add it under `takes`, for example `{0}: body.{0}`", identifiers[0]);
            self.report.fault_with(at, message, hint);
        }
    }

    /// What a member can be named by, where an operation takes any of several identifiers.
    fn identifiers_of(&self, operation: &Operation) -> Vec<&'static str> {
        let input = Schema::root(&operation.input);
        let takes = |name: &&str| matches!(input.below(name), Below::Known(_));
        let known: Vec<&str> = Identifier::ALL.map(Identifier::field).into_iter().filter(takes).collect();
        let free = known.len() > 1 && !known.iter().any(|name| input.required().contains(name));
        if !free || !operation.name.starts_with("session.") {
            return Vec::new();
        }
        self.policy
            .sign_in
            .iter()
            .map(|identifier| identifier.field())
            .filter(|name| known.contains(name))
            .collect()
    }
}
