//! `policy`: what the contract implies about accounts. An app's configuration may override it.
//!
//! What is not said: members sign in with their e-mail address; sign-up needs what they sign in with and, where
//! the contract has an operation that asks for one, a password; nothing else is unique; no approval, no
//! verification mail; phone numbers are Korean; a password is changed without the old one within 12 hours
//! after a sign-in. `nickname: { change_every: 30d }` and `nickname.change_every: 30d` are the same.

use std::collections::BTreeMap;

use daemun_model::app::{Approval, FieldRule, Identifier, VerifyEmail};
use daemun_model::{PhoneNumber, Policy, text};
use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::Reader;
use super::section::{Section, entries};
use super::{uploads, words};
use crate::ast::Contract;
use crate::fault::{Fault, Report, nearest};
use crate::schema::{Below, Schema};
use crate::yaml::{self, Entry, Position, Scalar, Tree};

const KEYS: [&str; 15] = [
    "sign_in",
    "required",
    "unique",
    "approval",
    "verify_email",
    "fields",
    "phone_region",
    "nickname",
    "nickname.change_every",
    "find_email",
    "find_email.masked",
    "password_change",
    "password_change.recent_sign_in",
    "rejection_reasons",
    "uploads",
];

/// The default of `password_change.recent_sign_in`, in seconds.
const RECENT_SIGN_IN: i64 = 12 * 3600;
/// NIST SP 800-63B-4 section 2.2.3: who has proven who they are does so again within a day.
const LONGEST_RECENT: i64 = 24 * 3600;

/// The most characters of a reason, as `approval.reject` takes it.
const LONGEST_REASON: usize = 500;

/// The largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1024 * 1024;

/// Operations that ask for a password: where a contract names one, sign-up needs it.
fn asks_for_password(operation: &str) -> bool {
    operation == "session.sign_in"
        || operation == "account.verify_password"
        || operation.starts_with("password.")
}

impl<'y> Reader<'y> {
    pub(super) fn read_policy(&mut self, tree: Option<&'y Tree>, operations: &[&str]) -> Policy {
        let mut policy = Policy {
            sign_in: vec![Identifier::Email],
            phone_region: "KR".to_owned(),
            password_change_recent_sign_in: RECENT_SIGN_IN,
            ..Policy::default()
        };
        let section = tree.and_then(|tree| Section::open(&mut self.report, tree, "`policy`", &KEYS));
        if let Some(section) = section {
            self.change_policy(section, &mut policy);
        }
        if section.is_none_or(|section| section.get("required").is_none()) {
            let identifiers = policy.sign_in.iter().map(|identifier| identifier.field());
            let password = operations.iter().any(|name| asks_for_password(name)).then_some("password");
            policy.required = identifiers.chain(password).map(str::to_owned).collect();
        }
        make_identifiers_unique(&mut policy);
        policy
    }

    /// Changes what the section says, and nothing else.
    fn change_policy(&mut self, section: Section<'y>, policy: &mut Policy) {
        self.identifiers(section, policy);
        kinds(&mut self.report, section, policy);
        switches(&mut self.report, section, policy);
        self.field_rules(section, policy);
        if let Some(tree) = section.get("uploads") {
            uploads::read(&mut self.report, tree, &mut policy.uploads);
        }
        if let Some(tree) = section.get("rejection_reasons") {
            policy.rejection_reasons = reasons(&mut self.report, tree);
        }
        if let Some(tree) = section.get("required") {
            policy.required = self.sign_up_inputs(tree, "required");
        }
    }

    fn identifiers(&mut self, section: Section<'y>, policy: &mut Policy) {
        let report = &mut self.report;
        let known = Identifier::ALL.map(Identifier::field);
        if let Some(tree) = section.get("sign_in") {
            policy.sign_in.clear();
            for scalar in words::texts(report, tree, "sign_in") {
                match Identifier::ALL.into_iter().find(|identifier| identifier.field() == scalar.text) {
                    Some(identifier) if policy.sign_in.contains(&identifier) => {
                        report.fault(scalar.at, format!("`{}` comes twice", scalar.text));
                    }
                    Some(identifier) => policy.sign_in.push(identifier),
                    None => {
                        let message = format!("members cannot sign in with `{}`", scalar.text);
                        report.fault_with(scalar.at, message, nearest(&scalar.text, &known, "there are"));
                    }
                }
            }
            if tree.items().is_some_and(<[Tree]>::is_empty) {
                report.fault(tree.at, "`sign_in` names nothing to sign in with");
            }
        }
        if section.get("unique").is_some() {
            policy.unique.clear();
        }
        let unique = ["email", "preferred_username", "phone_number", "nickname", "identity_keys"];
        for scalar in
            section.get("unique").map(|tree| words::texts(report, tree, "unique")).unwrap_or_default()
        {
            if unique.contains(&scalar.text.as_str()) {
                policy.unique.push(scalar.text.clone());
            } else {
                let message = format!("`{}` cannot be unique", scalar.text);
                report.fault_with(scalar.at, message, nearest(&scalar.text, &unique, "there are"));
            }
        }
    }

    /// Names of inputs of `account.sign_up`.
    fn sign_up_inputs(&mut self, tree: &'y Tree, name: &str) -> Vec<String> {
        let scalars = words::texts(&mut self.report, tree, name);
        scalars
            .into_iter()
            .filter(|scalar| self.sign_up_has(scalar))
            .map(|scalar| scalar.text.clone())
            .collect()
    }

    fn sign_up_has(&mut self, scalar: &Scalar) -> bool {
        let Some(operation) = self.operation("account.sign_up") else { return true };
        let (first, rest) = scalar.text.split_once('.').unwrap_or((&scalar.text, ""));
        let known = match (first, Schema::root(&operation.input).below(first)) {
            (_, Below::Unknown(_) | Below::NoMembers) => false,
            ("attributes", _) if !rest.is_empty() => self.attributes.contains_key(rest),
            (_, Below::Known(_) | Below::Anything) => true,
        };
        if !known {
            let mut names = Schema::root(&operation.input).names();
            names.extend(self.attributes.keys().map(|name| format!("attributes.{name}")));
            let message = format!("sign-up has no field `{}`", scalar.text);
            self.report.fault_with(scalar.at, message, nearest(&scalar.text, &names, "there are"));
        }
        known
    }

    fn field_rules(&mut self, section: Section<'y>, policy: &mut Policy) {
        let Some(tree) = section.get("fields") else { return };
        let mut rules = BTreeMap::new();
        for Entry { key, value } in entries(&mut self.report, tree, "`fields`").unwrap_or_default() {
            let known = self.sign_up_has(key);
            let allowed = ["min", "max", "pattern", "choices"];
            let section = Section::open(&mut self.report, value, "a rule of a field", &allowed);
            if let Some(rule) = section.map(|section| rule(&mut self.report, section))
                && known
            {
                rules.insert(key.text.clone(), rule);
            }
        }
        policy.fields.extend(rules);
    }
}

/// Sentences that an operator can turn somebody away with.
fn reasons(report: &mut Report, tree: &Tree) -> Vec<String> {
    let mut reasons = Vec::new();
    for scalar in words::texts(report, tree, "rejection_reasons") {
        match text::line(&scalar.text, 1, LONGEST_REASON) {
            Ok(line) => reasons.push(line),
            Err(_) => {
                report.fault(scalar.at, format!("a reason is one line of 1 to {LONGEST_REASON} characters"))
            }
        }
    }
    reasons
}

/// What members sign in with belongs to one account.
fn make_identifiers_unique(policy: &mut Policy) {
    for identifier in &policy.sign_in {
        if !policy.unique.iter().any(|field| field == identifier.field()) {
            policy.unique.push(identifier.field().to_owned());
        }
    }
}

/// The policy of an app: the contract's, less what an operator says otherwise in the same words. Rules of fields
/// are added to the contract's, a list takes the place of the contract's.
///
/// # Errors
/// Every fault, as a sentence.
pub fn override_policy(contract: &Contract, overrides: &Map<String, Value>) -> Result<Policy, Vec<String>> {
    let mut policy = contract.policy.clone();
    // JSON is YAML.
    let text = Value::Object(overrides.clone()).to_string();
    let mut report = Report::new("policy");
    let tree = yaml::read(&text, &mut report);
    let mut reader = Reader::new(report, daemun_operations::registry());
    reader.attributes = contract.attributes.clone();
    let section = tree.as_ref().and_then(|tree| Section::open(&mut reader.report, tree, "`policy`", &KEYS));
    if let Some(section) = section {
        reader.change_policy(section, &mut policy);
    }
    make_identifiers_unique(&mut policy);
    let (faults, _) = reader.report.finish();
    let sentence = |fault: Fault| match fault.hint {
        Some(hint) => format!("{}\n  hint: {hint}", fault.message),
        None => fault.message,
    };
    if faults.is_empty() { Ok(policy) } else { Err(faults.into_iter().map(sentence).collect()) }
}

fn rule(report: &mut Report, section: Section<'_>) -> FieldRule {
    let min = section.get("min").and_then(|tree| words::count(report, tree, "min", 0));
    let max = section.get("max").and_then(|tree| words::count(report, tree, "max", 1));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let at = section.get("min").map_or(section.at, |tree| tree.at);
        report.fault(at, format!("`min` is {min}, more than `max`, which is {max}"));
    }
    let pattern = section.get("pattern").and_then(|tree| words::text(report, tree, "pattern"));
    let choices = section.get("choices").map(|tree| words::texts(report, tree, "choices"));
    FieldRule {
        min,
        max,
        pattern: pattern.and_then(|scalar| pattern_of(report, scalar)),
        choices: choices.map(|list| list.into_iter().map(|scalar| scalar.text.clone()).collect()),
    }
}

/// A regular expression that the whole value matches.
fn pattern_of(report: &mut Report, scalar: &Scalar) -> Option<regex::Regex> {
    let alone = RegexBuilder::new(&scalar.text).size_limit(LARGEST_PATTERN).build();
    let whole = format!("^(?:{})$", scalar.text);
    match alone.and_then(|_| RegexBuilder::new(&whole).size_limit(LARGEST_PATTERN).build()) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            report.fault_with(scalar.at, "this is no regular expression", reason);
            None
        }
    }
}

fn kinds(report: &mut Report, section: Section<'_>, policy: &mut Policy) {
    if let Some(tree) = section.get("approval") {
        let words = [("none", Approval::None), ("required", Approval::Required)];
        policy.approval = words::choice(report, tree, "approval", &words).unwrap_or_default();
    }
    if let Some(tree) = section.get("verify_email") {
        let words = [
            ("none", VerifyEmail::None),
            ("sent", VerifyEmail::Sent),
            ("required", VerifyEmail::Required),
            ("proven", VerifyEmail::Proven),
        ];
        policy.verify_email = words::choice(report, tree, "verify_email", &words).unwrap_or_default();
    }
    if let Some(scalar) =
        section.get("phone_region").and_then(|tree| words::text(report, tree, "phone_region"))
    {
        // Any international number does: only an unknown region makes it malformed.
        if PhoneNumber::parse("+821012345678", &scalar.text).is_ok() {
            policy.phone_region.clone_from(&scalar.text);
        } else {
            let hint = "write two capital letters of ISO 3166-1, as `KR`".to_owned();
            report.fault_with(scalar.at, format!("unknown region `{}`", scalar.text), hint);
        }
    }
}

/// The named switches, dotted or nested.
fn switches(report: &mut Report, section: Section<'_>, policy: &mut Policy) {
    if let Some(tree) = switch(report, section, "nickname", "change_every") {
        policy.nickname_change_every = words::duration(report, tree, "change_every");
    }
    if let Some(tree) = switch(report, section, "find_email", "masked") {
        policy.find_email_masked = words::boolean(report, tree, "masked").unwrap_or(false);
    }
    if let Some(tree) = switch(report, section, "password_change", "recent_sign_in")
        && let Some(seconds) = words::duration(report, tree, "recent_sign_in")
    {
        let why = "a session left open somewhere must not be enough to take an account over";
        words::at_most(report, tree, "recent_sign_in", seconds, LONGEST_RECENT, why);
        policy.password_change_recent_sign_in = seconds;
    }
}

fn switch<'y>(
    report: &mut Report,
    section: Section<'y>,
    outer: &str,
    inner: &'static str,
) -> Option<&'y Tree> {
    let dotted = section.get(&format!("{outer}.{inner}"));
    let nested =
        section.get(outer).and_then(|tree| Section::open(report, tree, "this part of `policy`", &[inner]));
    let nested = nested.and_then(|nested| nested.get(inner));
    if let (Some(dotted), Some(nested)) = (dotted, nested) {
        let at: Position = dotted.at.max(nested.at);
        report.fault(at, format!("`{outer}.{inner}` is said twice"));
    }
    dotted.or(nested)
}
