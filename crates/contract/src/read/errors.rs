//! `errors`: how failures read, in the contract, a group, a route or an alternative.

use daemun_model::Code;
use http::{HeaderName, HeaderValue};

use super::Reader;
use super::body::Locals;
use super::section::{Section, entries};
use super::words;
use crate::ast::{ErrorRule, Errors, Node};
use crate::check::needs::{self, Need, View, Wants};
use crate::expression::Expression;
use crate::fault::Report;
use crate::schema::{Below, Schema};
use crate::yaml::{Position, Scalar, Tree, Value};

/// Headers that the server sets itself, in any answer.
pub(super) const OWN_HEADERS: [&str; 7] = [
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "date",
    "x-request-id",
    "www-authenticate",
];

const FAILURES: &str =
    "it is from 400 to 599; `errors.http` sends another HTTP status beside the one that the body tells";

/// `errors` as read, and where each failure is named.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) errors: Errors,
    pub(super) named: Vec<(Code, Position)>,
}

impl<'y> Reader<'y> {
    pub(super) fn errors(&mut self, tree: Option<&'y Tree>) -> Read {
        let mut read = Read::default();
        let Some(tree) = tree else { return read };
        let mut needs = Vec::new();
        for entry in entries(&mut self.report, tree, "`errors`").unwrap_or_default() {
            match entry.key.text.as_str() {
                "non_field" => {
                    let name = words::sentence(&mut self.report, &entry.value, "non_field");
                    self.wire_fields.extend(name.map(str::to_owned));
                    read.errors.non_field = name.map(str::to_owned);
                }
                "http" => read.errors.http = self.http(&entry.value, &mut needs),
                "content_type" => read.errors.content_type = content_type(&mut self.report, &entry.value),
                "body" => read.errors.body = Some(self.node(&entry.value, &Locals::default(), &mut needs)),
                name => match Code::from_name(name) {
                    Some(code) => {
                        let rule = self.rule(&entry.value, &mut needs);
                        read.errors.rules.insert(code, rule);
                        read.named.push((code, entry.key.at));
                    }
                    None => self.unknown_code(&entry.key),
                },
            }
        }
        self.check_error_needs(&needs);
        read
    }

    /// What stands where a failure code should.
    pub(super) fn unknown_code(&mut self, scalar: &Scalar) {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        names.extend(["body", "content_type", "http", "non_field"]);
        let hint = match scalar.value() {
            Value::Integer(status) => {
                format!("errors go by failure, not by status: `unauthenticated: {{ status: {status} }}`")
            }
            _ => crate::suggest::suggest(&scalar.text, &names).unwrap_or_else(|| {
                "the failures are listed in docs/writing-a-contract.md; for example `invalid`, `wrong_password`, `unauthenticated`".to_owned()
            }),
        };
        self.report.fault_with(scalar.at, format!("unknown failure code `{}`", scalar.text), hint);
    }

    fn http(&mut self, tree: &'y Tree, needs: &mut Vec<Need>) -> Option<Expression> {
        let scalar = words::text(&mut self.report, tree, "http")?;
        if let Value::Integer(status) = scalar.value() {
            if !(200..=599).contains(&status) {
                self.report.fault(tree.at, format!("{status} is no HTTP status"));
            }
            return Expression::parse(&scalar.text).ok();
        }
        let placed = self.braced(scalar, "`http`")?;
        self.need(&placed, Wants::Value, &Locals::default(), needs);
        Some(placed.expression)
    }

    fn rule(&mut self, tree: &'y Tree, needs: &mut Vec<Need>) -> ErrorRule {
        let mut rule = ErrorRule::default();
        if let Some(scalar) = tree.scalar() {
            let hint = match scalar.value() {
                Value::Integer(status) => format!("write `{{ status: {status} }}`"),
                _ => format!("write `{{ message: {} }}`", scalar.text),
            };
            self.report.fault_with(scalar.at, "what is said of a failure is a map", hint);
            return rule;
        }
        let allowed = ["status", "message", "headers", "body"];
        let Some(section) = Section::open(&mut self.report, tree, "what is said of a failure", &allowed)
        else {
            return rule;
        };
        if let Some(status) = section.get("status") {
            rule.status = words::status(&mut self.report, status, 400..=599, "failure", FAILURES);
        }
        if let Some(message) = section.get("message")
            && words::text(&mut self.report, message, "message").is_some()
        {
            rule.message = Some(self.text_as_written(message, needs));
        }
        if let Some(headers) = section.get("headers") {
            rule.headers = self.headers(headers, needs);
        }
        if let Some(body) = section.get("body") {
            rule.body = Some(self.node(body, &Locals::default(), needs));
        }
        rule
    }

    /// A text that may hold expressions; what looks like a number stays the text it is.
    fn text_as_written(&mut self, tree: &'y Tree, needs: &mut Vec<Need>) -> Node {
        match self.node(tree, &Locals::default(), needs) {
            Node::Literal(_) => {
                Node::Literal(tree.scalar().map(|scalar| scalar.text.as_str().into()).unwrap_or_default())
            }
            node => node,
        }
    }

    /// Headers of an answer.
    pub(super) fn headers(&mut self, tree: &'y Tree, needs: &mut Vec<Need>) -> Vec<(HeaderName, Node)> {
        let mut headers: Vec<(HeaderName, Node)> = Vec::new();
        for entry in entries(&mut self.report, tree, "`headers`").unwrap_or_default() {
            let name = words::header(&mut self.report, &entry.key, &OWN_HEADERS);
            if words::text(&mut self.report, &entry.value, "a header").is_none() {
                continue;
            }
            let node = self.text_as_written(&entry.value, needs);
            let Some(name) = name else { continue };
            if headers.iter().any(|(known, _)| *known == name) {
                self.report.fault(entry.key.at, format!("the header `{}` comes twice", entry.key.text));
            }
            headers.push((name, node));
        }
        headers
    }

    fn check_error_needs(&mut self, needs: &[Need]) {
        let error = crate::schema::error();
        let roots = vec![("error".to_owned(), Schema::root(&error).below("error"))];
        let view = View {
            whose: "a failure".to_owned(),
            roots,
            switches: &self.switches,
            attributes: &self.attributes,
        };
        needs::check(needs, &view, &mut self.report);
    }

    /// The caller's account, or a claim's, as expressions see it: by this name.
    pub(super) fn account_root(&self, name: &str) -> Vec<(String, Below<'static>)> {
        let shown =
            self.operation("account.show").map(|operation| Schema::root(&operation.output).below("account"));
        vec![(name.to_owned(), shown.unwrap_or(Below::Anything))]
    }
}

/// The content type of failures: JSON under another name, as `application/problem+json` (RFC 9457).
fn content_type(report: &mut Report, tree: &Tree) -> Option<HeaderValue> {
    let scalar = words::text(report, tree, "content_type")?;
    let (kind, name) = scalar.text.split_once('/').unwrap_or_default();
    let token =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let json = name == "json" || name.ends_with("+json");
    let value = HeaderValue::from_str(&scalar.text).ok().filter(|_| token(kind) && token(name) && json);
    if value.is_none() {
        let hint = "failures are JSON: `application/json`, `application/problem+json`".to_owned();
        report.fault_with(scalar.at, format!("`{}` is no content type of JSON", scalar.text), hint);
    }
    value
}
