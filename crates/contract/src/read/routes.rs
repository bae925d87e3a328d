//! `routes`.

use daemun_model::{Code, TokenPolicy};
use daemun_operations::{CallerRule, Operation};

use super::Reader;
use super::errors::Read;
use super::groups::{self, group_of};
use super::section::{Section, entries};
use super::takes::{Also, Taking, parameters};
use super::{path, words};
use crate::ast::{Action, Alternative, Callers, Does, Errors, ParameterKind, PathPattern, Route};
use crate::check::failures;
use crate::check::routes::Placed;
use crate::expression::Expression;
use crate::fault::{listed, nearest};
use crate::yaml::{Entry, Position, Tree};

/// The most routes of a contract.
const MOST_ROUTES: usize = 1000;

/// Keys of a route itself; in a list of alternatives the first one has them.
const OF_ROUTES: [&str; 5] = ["summary", "description", "beyond", "also", "wrap"];
const OF_ACTIONS: [&str; 5] = ["does", "caller", "takes", "gives", "errors"];

/// What speaks for failures around a route.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) groups: &'a [groups::Placed],
    pub(super) errors: &'a Errors,
    pub(super) tokens: &'a TokenPolicy,
}

/// A route's key, read.
struct Head {
    group: usize,
    parameters: Vec<(String, ParameterKind)>,
    get: bool,
}

impl<'y> Reader<'y> {
    /// Reads all routes, and checks that no two mean the same.
    pub(super) fn routes(&mut self, tree: &'y Tree, around: Around<'_>) -> Vec<Route> {
        let Some(listed) = entries(&mut self.report, tree, "`routes`") else { return Vec::new() };
        if listed.is_empty() {
            let hint = "for example `POST /accounts: { does: account.sign_up, … }`".to_owned();
            self.report.fault_with(tree.at, "the contract has no routes", hint);
        }
        if let Some(entry) = listed.get(MOST_ROUTES) {
            self.report.fault(entry.key.at, format!("a contract has at most {MOST_ROUTES} routes"));
        }
        let mut routes = Vec::new();
        let mut paths = Vec::new();
        for entry in listed.iter().take(MOST_ROUTES) {
            routes.extend(self.route(entry, around, &mut paths));
        }
        crate::check::routes::check(&paths, &mut self.report);
        routes
    }

    fn route(&mut self, entry: &'y Entry, around: Around<'_>, placed: &mut Vec<Placed>) -> Option<Route> {
        let read = path::route(&mut self.report, &entry.key);
        let first = entry.value.items().and_then(<[Tree]>::first).unwrap_or(&entry.value);
        let also = first.get("also").map(|also| self.also(also)).unwrap_or_default();
        let mut patterns: Vec<PathPattern> = Vec::new();
        if let Some((method, pattern)) = &read {
            placed.push(Placed { method: method.clone(), pattern: pattern.clone(), at: entry.key.at });
            patterns.push(pattern.clone());
            for (pattern, at) in also {
                self.same_parameters(&patterns[0], &pattern, at);
                self.same_group(&patterns[0], &pattern, at, around.groups);
                placed.push(Placed { method: method.clone(), pattern: pattern.clone(), at });
                patterns.push(pattern);
            }
        }
        let head = Head {
            group: patterns
                .first()
                .map_or(around.groups.len() - 1, |first| group_of(around.groups, &first.text)),
            parameters: parameters(&patterns),
            get: read.as_ref().is_some_and(|(method, _)| method == http::Method::GET),
        };
        let mut route = Route {
            method: read.as_ref().map_or(http::Method::GET, |(method, _)| method.clone()),
            paths: patterns,
            summary: String::new(),
            description: None,
            beyond: false,
            wrap: true,
            group: head.group,
            alternatives: Vec::new(),
            errors: Errors::default(),
        };
        self.of_route(first, &mut route);
        match entry.value.items() {
            Some(items) => self.alternatives(entry, items, around, &head, &mut route),
            None => {
                let mut allowed: Vec<&str> = OF_ROUTES.to_vec();
                allowed.extend(OF_ACTIONS);
                let section = Section::open(&mut self.report, &entry.value, "a route", &allowed)?;
                let section = section.named_at(entry.key.at);
                let mut alternative = self.alternative(section, around, &head)?;
                route.errors = std::mem::take(&mut alternative.errors);
                route.alternatives.push(alternative);
            }
        }
        if route.summary.is_empty() {
            route.summary = route.alternatives.iter().find_map(summary_of).unwrap_or_default().to_owned();
        }
        read.is_some().then_some(route)
    }

    /// What is said of the route as a whole.
    fn of_route(&mut self, tree: &'y Tree, route: &mut Route) {
        let report = &mut self.report;
        if let Some(summary) = tree.get("summary") {
            route.summary = words::sentence(report, summary, "summary").unwrap_or_default().to_owned();
        }
        if let Some(description) = tree.get("description") {
            route.description = words::sentence(report, description, "description").map(str::to_owned);
        }
        if let Some(beyond) = tree.get("beyond") {
            route.beyond = words::boolean(report, beyond, "beyond").unwrap_or(false);
        }
        if let Some(wrap) = tree.get("wrap") {
            route.wrap = words::boolean(report, wrap, "wrap").unwrap_or(true);
        }
    }

    fn also(&mut self, tree: &'y Tree) -> Vec<(PathPattern, Position)> {
        let scalars = words::texts(&mut self.report, tree, "also");
        let patterns = scalars
            .into_iter()
            .map(|scalar| path::pattern(&mut self.report, scalar, 0).map(|path| (path, scalar.at)));
        patterns.flatten().collect()
    }

    /// A route answers in one style, whichever of its paths is asked for.
    fn same_group(
        &mut self,
        first: &PathPattern,
        other: &PathPattern,
        at: Position,
        groups: &[groups::Placed],
    ) {
        let prefix = |path: &PathPattern| groups[group_of(groups, &path.text)].group.prefix.as_str();
        let (first, other) = (prefix(first), prefix(other));
        if first != other {
            let name = |prefix: &str| match prefix {
                "" => "the default group".to_owned(),
                prefix => format!("the group `{prefix}`"),
            };
            let message =
                format!("this path is in {}, and its route answers as {} does", name(other), name(first));
            let hint = "a route has the group of its first path; write two routes where the style differs";
            self.report.warn(at, message, hint.to_owned());
        }
    }

    fn same_parameters(&mut self, first: &PathPattern, other: &PathPattern, at: Position) {
        let (first, other) =
            (parameters(std::slice::from_ref(first)), parameters(std::slice::from_ref(other)));
        if first != other {
            let names: Vec<String> = first.iter().map(|(name, _)| name.clone()).collect();
            let message = "this path has other parameters than the route's own";
            let hint = if names.is_empty() {
                "the route's path has none".to_owned()
            } else {
                format!("the route's path has {}", listed(&names))
            };
            self.report.fault_with(at, message, hint);
        }
    }

    fn alternatives(
        &mut self,
        entry: &'y Entry,
        items: &'y [Tree],
        around: Around<'_>,
        head: &Head,
        route: &mut Route,
    ) {
        if items.is_empty() {
            self.report.fault(entry.value.at, "this route has no alternatives");
        }
        let mut settled: Option<Position> = None;
        for (index, item) in items.iter().enumerate() {
            let mut allowed: Vec<&str> = vec!["when", "fails"];
            allowed.extend(OF_ACTIONS);
            allowed.extend(OF_ROUTES);
            let of_route = |entry: &&Entry| OF_ROUTES.contains(&entry.key.text.as_str());
            if index > 0
                && let Some(misplaced) = item.entries().and_then(|entries| entries.iter().find(of_route))
            {
                let message = format!("`{}` is of the whole route", misplaced.key.text);
                let hint = "it stands in the first alternative".to_owned();
                self.report.fault_with(misplaced.key.at, message, hint);
            }
            let Some(section) = Section::open(&mut self.report, item, "an alternative", &allowed) else {
                continue;
            };
            if let Some(line) = settled.map(|at| at.line) {
                let message =
                    format!("this alternative is never taken: the one on line {line} has no `when`");
                self.report.fault_with(
                    item.at,
                    message,
                    "give that one a `when`, or move it to the end".to_owned(),
                );
            } else if section.get("when").is_none() {
                settled = Some(item.at);
            }
            route.alternatives.extend(self.alternative(section, around, head));
        }
        if settled.is_none() && !items.is_empty() {
            let message = "a request that fits none of these alternatives fails as `invalid`";
            self.report.warn(
                entry.key.at,
                message,
                "say so with a last one: `- { fails: invalid }`".to_owned(),
            );
        }
    }

    fn alternative(&mut self, section: Section<'y>, around: Around<'_>, head: &Head) -> Option<Alternative> {
        let when = section.get("when").map(|when| self.when(when, head));
        let Read { errors, named } = self.errors(section.get("errors"));
        let (action, possible) = match (section.get("fails"), section.get("does")) {
            (Some(fails), None) => {
                let code = self.fails(fails, section)?;
                (Action::Fails(code), vec![code])
            }
            (Some(fails), Some(_)) => {
                self.report.fault(fails.at, "an alternative `does` something or `fails`, not both");
                return None;
            }
            (None, _) => {
                let (does, at) = self.does(section, head)?;
                self.has_refresh_tokens(&does, at, around.tokens);
                let possible = failures::possible(does.operation, does.caller);
                let speaking = [&errors, &around.groups[head.group].group.errors, around.errors];
                let doing = failures::Doing { operation: does.operation, takes: &does.takes, at };
                failures::unsaid(&possible, &speaking, doing, &self.policy, &mut self.report);
                (Action::Does(Box::new(does)), possible)
            }
        };
        failures::idle(&named, &possible, &mut self.report);
        if matches!(when, Some(None)) {
            return None;
        }
        Some(Alternative { when: when.flatten(), action, errors })
    }

    /// An operation that takes nothing but a refresh token needs an API that has such.
    fn has_refresh_tokens(&mut self, does: &Does, at: Position, tokens: &TokenPolicy) {
        let only_so = crate::schema::Schema::root(&does.operation.input).required() == ["refresh_token"];
        if only_so && matches!(tokens, TokenPolicy::Opaque(_)) {
            let message = format!("{} needs refresh tokens, and this API has none", does.operation.name);
            let hint = "`tokens: { session: … }` is one long-lived token; a pair is `tokens: { access: …, refresh: … }`".to_owned();
            self.report.fault_with(at, message, hint);
        }
    }

    /// A condition over the request.
    fn when(&mut self, tree: &'y Tree, head: &Head) -> Option<Expression> {
        let scalar = words::text(&mut self.report, tree, "when")?;
        let placed = self.bare(scalar, "`when`")?;
        let nothing = serde_json::Value::Null;
        let taking = Taking {
            what: "`when`",
            input: &nothing,
            parameters: &head.parameters,
            aliases: Vec::new(),
            uses: Vec::new(),
        };
        self.mentions(&placed, &taking, Also::Options)?;
        Some(placed.expression)
    }

    fn fails(&mut self, tree: &'y Tree, section: Section<'y>) -> Option<Code> {
        for key in ["caller", "takes", "gives"] {
            if let Some(key) = section.key(key) {
                self.report.fault(key.at, format!("`{}` means nothing where the request fails", key.text));
            }
        }
        let scalar = words::text(&mut self.report, tree, "fails")?;
        let code = Code::from_name(&scalar.text);
        if code.is_none() {
            self.unknown_code(scalar);
        }
        code
    }

    fn does(&mut self, section: Section<'y>, head: &Head) -> Option<(Does, Position)> {
        let tree = section.require(&mut self.report, "does", "does: account.show")?;
        let scalar = words::text(&mut self.report, tree, "does")?;
        let Some(operation) = self.operation(&scalar.text) else {
            let members = self.operations.iter().filter(|operation| self.suits(operation));
            let names: Vec<&str> = members.map(|operation| operation.name).collect();
            let hint = operation_hint(&scalar.text, &names);
            self.report.fault_with(scalar.at, format!("unknown operation `{}`", scalar.text), hint);
            return None;
        };
        if !self.suits(operation) {
            let (message, hint) = match self.callers {
                Callers::Members => (
                    format!(
                        "{} needs an administrator, and a contract's callers are members",
                        operation.name
                    ),
                    "administrators use the command line and the API below `/admin/`",
                ),
                Callers::ApiKeys => (
                    format!(
                        "{} needs a member who is signed in, and the callers here are API keys",
                        operation.name
                    ),
                    "operations for operators take the account they are about",
                ),
            };
            self.report.fault_with(scalar.at, message, hint.to_owned());
        }
        let caller = self.caller(section, operation);
        let takes = self.takes(section.get("takes"), operation, &head.parameters, scalar.at);
        if head.get
            && let Some(take) = takes.iter().find(|take| takes_body(&take.source))
            && let Some(key) = section.key("takes")
        {
            let message = format!("a GET request has no body for `{}`", take.input.join("."));
            self.report.warn(key.at, message, "take it from `query.NAME`".to_owned());
        }
        let gives = self.gives(section.get("gives"), operation, section.at);
        Some((Does { operation, caller, takes, gives }, scalar.at))
    }

    /// Whether an operation is one for the contract's callers.
    fn suits(&self, operation: &Operation) -> bool {
        match (self.callers, operation.caller) {
            (Callers::Members, CallerRule::Administrator) | (Callers::ApiKeys, CallerRule::Required) => false,
            (Callers::Members, CallerRule::Nobody | CallerRule::Optional | CallerRule::Required)
            | (Callers::ApiKeys, CallerRule::Nobody | CallerRule::Optional | CallerRule::Administrator) => {
                true
            }
        }
    }

    /// Whether the route needs a caller: a contract may ask for one where the operation allows one, never drop it.
    fn caller(&mut self, section: Section<'y>, operation: &'static Operation) -> CallerRule {
        let rule = match self.callers {
            Callers::Members => operation.caller,
            Callers::ApiKeys => CallerRule::Administrator,
        };
        let Some(tree) = section.get("caller") else { return rule };
        if self.callers == Callers::ApiKeys {
            let hint = "take `caller` out".to_owned();
            self.report.fault_with(tree.at, "every route needs an API key here", hint);
            return rule;
        }
        let rules = [("optional", CallerRule::Optional), ("required", CallerRule::Required)];
        let Some(rule) = words::choice(&mut self.report, tree, "caller", &rules) else {
            return operation.caller;
        };
        let fact = match operation.caller {
            CallerRule::Optional => return rule,
            CallerRule::Required if rule == CallerRule::Required => return rule,
            CallerRule::Required => "always needs a caller",
            CallerRule::Nobody => "does not look at the caller",
            CallerRule::Administrator => "needs an administrator",
        };
        let message = format!("{} {fact}", operation.name);
        let hint = "take `caller` out: it is for operations that allow a caller and need none".to_owned();
        self.report.fault_with(tree.at, message, hint);
        operation.caller
    }
}

fn summary_of(alternative: &Alternative) -> Option<&'static str> {
    match &alternative.action {
        Action::Does(does) => Some(does.operation.summary),
        Action::Fails(_) => None,
    }
}

fn takes_body(source: &crate::ast::Source) -> bool {
    match source {
        crate::ast::Source::Wire { from, .. } => from.iter().all(|place| place.root == "body"),
        crate::ast::Source::Constant(_)
        | crate::ast::Source::Computed { .. }
        | crate::ast::Source::Parts(_)
        | crate::ast::Source::Object(_) => false,
    }
}

/// The nearest operation; else those of the same noun; else the nouns.
fn operation_hint(name: &str, names: &[&str]) -> Option<String> {
    if let Some(suggestion) = crate::suggest::suggest(name, names) {
        return Some(suggestion);
    }
    let noun = name.split('.').next().unwrap_or_default();
    let prefix = format!("{noun}.");
    let same: Vec<&str> = names.iter().copied().filter(|known| known.starts_with(&prefix)).collect();
    if same.is_empty() {
        nearest(name, names, "there are")
    } else {
        Some(format!("there are {}", listed(&same)))
    }
}
