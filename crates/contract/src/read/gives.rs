//! `gives`: a successful answer.

use std::sync::Arc;

use daemun_model::{Relation, Relations};
use daemun_operations::{CallerRule, Operation, Shows};
use http::StatusCode;

use super::Reader;
use super::body::Locals;
use super::section::Section;
use super::words;
use crate::ast::{Callers, Gives};
use crate::check::needs::{self, Need, Step, View};
use crate::schema::{Below, Schema};
use crate::yaml::{Position, Tree};

const SUCCESSES: &str = "it is from 200 to 399; how a failure reads stands under `errors`";

/// The variable that is the account of who calls.
const CALLER: &str = "caller";

/// What is looked at of accounts that lies elsewhere: every step of that name, wherever the account is.
fn relations(wanted: &[Need], of: impl Fn(&str) -> bool) -> Relations {
    let steps = wanted.iter().filter(|need| of(&need.path.root)).flat_map(|need| &need.path.steps);
    let named = |step: &Step| match step {
        Step::Key(name) => Relation::from_name(name),
        Step::Element => None,
    };
    steps.filter_map(named).collect()
}

/// The members of the output that are looked at, two levels deep.
fn shows(wanted: &[Need]) -> Shows {
    let mut shows = Shows::default();
    for need in wanted {
        let below = match need.path.steps.first() {
            Some(Step::Key(name)) => Some(name.clone()),
            Some(Step::Element) | None => None,
        };
        shows.add(&std::iter::once(need.path.root.clone()).chain(below).collect::<Vec<_>>());
    }
    shows
}

impl<'y> Reader<'y> {
    /// Reads what a route gives; `at` is where the route's `does` stands.
    pub(super) fn gives(
        &mut self,
        tree: Option<&'y Tree>,
        operation: &'static Operation,
        at: Position,
    ) -> Gives {
        let mut gives = Gives {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: None,
            relations: Relations::default(),
            caller_relations: Relations::default(),
            shows: Arc::default(),
        };
        let Some(tree) = tree else {
            let hint = "add `gives: { body: … }`, or `gives: { status: 204 }` for an answer without a body"
                .to_owned();
            self.report.fault_with(at, "this route does not say what it gives", hint);
            return gives;
        };
        let allowed = ["status", "headers", "body"];
        let Some(section) = Section::open(&mut self.report, tree, "`gives`", &allowed) else { return gives };
        let mut wanted = Vec::new();
        if let Some(headers) = section.get("headers") {
            gives.headers = self.headers(headers, &mut wanted);
        }
        if let Some(body) = section.get("body") {
            gives.body = Some(self.node(body, &Locals::default(), &mut wanted));
        }
        if let Some(status) = section.get("status") {
            let read = words::status(&mut self.report, status, 200..=399, "success", SUCCESSES);
            gives.status = read.unwrap_or(gives.status);
        }
        self.body_and_status(section, &gives);
        gives.relations = relations(&wanted, |root| root != CALLER);
        gives.caller_relations = relations(&wanted, |root| root == CALLER);
        gives.shows = Arc::new(shows(&wanted));
        self.check_gives(&wanted, operation);
        gives
    }

    fn body_and_status(&mut self, section: Section<'y>, gives: &Gives) {
        let bodiless = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
        match (section.key("body"), gives.status) {
            (Some(body), status) if bodiless.contains(&status) => {
                let message = format!("an answer of status {} has no body", status.as_u16());
                self.report.fault_with(
                    body.at,
                    message,
                    "take out the body, or change the status".to_owned(),
                );
            }
            (None, StatusCode::OK) if !section.misspells("body") => {
                let hint = "add a `body`, or `status: 204` for an answer without one".to_owned();
                self.report.warn(section.at, "this answer of status 200 has no body", hint);
            }
            _ => {}
        }
    }

    fn check_gives(&mut self, wanted: &[Need], operation: &'static Operation) {
        let output = Schema::root(&operation.output);
        let mut roots: Vec<(String, Below<'_>)> =
            output.names().into_iter().map(|name| (name.clone(), output.below(&name))).collect();
        match operation.caller {
            CallerRule::Nobody | CallerRule::Administrator => {}
            CallerRule::Optional | CallerRule::Required if self.callers == Callers::ApiKeys => {}
            CallerRule::Optional | CallerRule::Required => {
                roots.extend(self.account_root(CALLER));
            }
        }
        let view = View {
            whose: format!("the output of {}", operation.name),
            roots,
            switches: &self.switches,
            attributes: &self.attributes,
        };
        needs::check(wanted, &view, &mut self.report);
    }
}
