//! A contract from its file: the tree becomes the [`Contract`], and everything that is wrong is told at once.
//!
//! What is declared is read before what uses it: words, then shapes when they are first used, then policy,
//! errors and groups, then the routes, then the messages about the fields that the routes take.

mod body;
mod errors;
mod gives;
mod groups;
mod head;
mod path;
mod policy;
mod routes;
mod section;
mod shapes;
mod takes;
mod template;
mod tokens;
mod uploads;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use daemun_model::app::Attribute;
use daemun_model::{Language, Policy};
use daemun_operations::Operation;
use indexmap::IndexMap;

pub use policy::override_policy;

use crate::ast::{Accepts, Callers, Contract, EnumTable, Switch};
use crate::check::messages;
use crate::fault::{Fault, Report};
use crate::yaml::{self, Tree};
use section::{Section, entries};

/// A contract without faults.
#[derive(Debug)]
pub struct Loaded {
    /// The contract.
    pub contract: Contract,
    /// What is worth a look, in the order of the file.
    pub warnings: Vec<Fault>,
}

/// Reads and checks a contract. `file_name` is how faults name the file.
///
/// # Errors
/// Every fault, in the order of the file.
pub fn load(file_name: &str, text: &str) -> Result<Loaded, Vec<Fault>> {
    let mut report = Report::new(file_name);
    let tree = yaml::read(text, &mut report);
    let Some(tree) = tree else { return Err(report.finish().0) };
    let mut reader = Reader::new(report, daemun_operations::registry());
    let contract = reader.contract(&tree);
    let sound = reader.report.is_clean();
    let (faults, warnings) = reader.report.finish();
    match contract {
        Some(contract) if sound => Ok(Loaded { contract, warnings }),
        Some(_) | None => Err(faults),
    }
}

/// What a contract's keys are.
const KEYS: [&str; 19] = [
    "contract",
    "title",
    "version",
    "description",
    "language",
    "timezone",
    "accepts",
    "callers",
    "idempotency",
    "policy",
    "tokens",
    "enums",
    "attributes",
    "options",
    "shapes",
    "messages",
    "errors",
    "groups",
    "routes",
];

/// What is known while a contract is read.
struct Reader<'y> {
    report: Report,
    operations: &'static [Operation],
    enums: IndexMap<String, EnumTable>,
    attributes: IndexMap<String, Attribute>,
    switches: IndexMap<String, Switch>,
    no_switches: IndexMap<String, Switch>,
    shapes: shapes::Shapes<'y>,
    depth: body::Depth,
    /// What the contract implies about accounts.
    policy: Policy,
    /// Who calls the contract.
    callers: Callers,
    /// The names on the wire that failures can blame.
    wire_fields: BTreeSet<String>,
}

impl<'y> Reader<'y> {
    fn new(report: Report, operations: &'static [Operation]) -> Self {
        Self {
            report,
            operations,
            enums: IndexMap::new(),
            attributes: IndexMap::new(),
            switches: IndexMap::new(),
            no_switches: IndexMap::new(),
            shapes: shapes::Shapes::default(),
            depth: body::Depth::default(),
            policy: Policy::default(),
            callers: Callers::default(),
            wire_fields: BTreeSet::new(),
        }
    }

    fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    fn contract(&mut self, tree: &'y Tree) -> Option<Contract> {
        let section = Section::open(&mut self.report, tree, "a contract", &KEYS)?;
        self.declare(section);
        let name = section.require(&mut self.report, "contract", "contract: bookshop");
        let name = name.and_then(|tree| head::name(&mut self.report, tree));
        let title = section.require(&mut self.report, "title", "title: Account API");
        let title = title.and_then(|tree| words::sentence(&mut self.report, tree, "title"));
        let version = section.require(&mut self.report, "version", "version: 1.0.0");
        let version = version.and_then(|tree| words::sentence(&mut self.report, tree, "version"));
        let description = section.get("description");
        let description = description.and_then(|tree| words::sentence(&mut self.report, tree, "description"));
        let language = section.get("language").and_then(|tree| head::language(&mut self.report, tree));
        let timezone = section.get("timezone").and_then(|tree| head::timezone(&mut self.report, tree));
        let accepts = section.get("accepts").map(|tree| head::accepts(&mut self.report, tree));
        self.callers = head::callers(&mut self.report, section);
        let idempotency = head::idempotency(&mut self.report, section, self.callers);
        let tokens = self.tokens(section.get("tokens"));
        let routes = section.require(
            &mut self.report,
            "routes",
            "routes: { POST /accounts: { does: account.sign_up, … } }",
        );
        self.policy =
            self.read_policy(section.get("policy"), &routes.map(named_operations).unwrap_or_default());
        let errors = self.errors(section.get("errors")).errors;
        let groups = self.groups(section.get("groups"));
        let around = routes::Around { groups: &groups, errors: &errors, tokens: &tokens.policy };
        let routes = routes.map(|tree| self.routes(tree, around)).unwrap_or_default();
        self.unused_groups(&groups, &routes);
        let messages = self.messages(section.get("messages"));
        Some(Contract {
            name: name?,
            title: title?.to_owned(),
            version: version?.to_owned(),
            description: description.map(str::to_owned),
            language: language.unwrap_or(Language::En),
            timezone: timezone.unwrap_or(chrono_tz::Asia::Seoul),
            callers: self.callers,
            idempotency,
            accepts: accepts.unwrap_or(Accepts { json: true, form: false, multipart: false }),
            policy: std::mem::take(&mut self.policy),
            tokens: tokens.policy,
            claims: tokens.claims,
            carried_in: tokens.carried_in,
            shapes: self.finish_shapes(),
            enums: std::mem::take(&mut self.enums),
            attributes: std::mem::take(&mut self.attributes),
            switches: std::mem::take(&mut self.switches),
            messages,
            errors,
            groups: groups.into_iter().map(|placed| placed.group).collect(),
            routes,
        })
    }

    /// The words that the rest of the contract uses.
    fn declare(&mut self, section: Section<'y>) {
        if let Some(tree) = section.get("enums") {
            self.enums = head::enums(&mut self.report, tree);
        }
        if let Some(tree) = section.get("attributes") {
            self.attributes = head::attributes(&mut self.report, tree);
        }
        if let Some(tree) = section.get("options") {
            self.switches = head::options(&mut self.report, tree);
        }
        self.name_shapes(section.get("shapes"));
    }

    fn messages(&mut self, tree: Option<&'y Tree>) -> BTreeMap<String, String> {
        let listed = tree.and_then(|tree| entries(&mut self.report, tree, "`messages`")).unwrap_or_default();
        messages::read(listed, &self.wire_fields, &mut self.report)
    }

    fn unused_groups(&mut self, groups: &[groups::Placed], routes: &[crate::ast::Route]) {
        for (index, placed) in groups.iter().enumerate() {
            let Some(at) = placed.at else { continue };
            if !routes.iter().any(|route| route.group == index) {
                let message = format!("no route is under `{}`", placed.group.prefix);
                self.report.warn(at, message, None);
            }
        }
    }
}

/// Every operation that routes name, for what follows from their being there.
fn named_operations(routes: &Tree) -> Vec<&str> {
    let mut names = Vec::new();
    for entry in routes.entries().unwrap_or_default() {
        let alternatives = entry.value.items().unwrap_or(std::slice::from_ref(&entry.value));
        for alternative in alternatives {
            names.extend(alternative.get("does").and_then(Tree::scalar).map(|scalar| scalar.text.as_str()));
        }
    }
    names
}
