//! `POST /accounts/{id:int}`: methods and paths.

use http::Method;

use super::words::is_identifier;
use crate::ast::{ParameterKind, PathPattern, Segment};
use crate::fault::{Report, nearest};
use crate::yaml::Scalar;

const METHODS: [(&str, Method); 5] = [
    ("GET", Method::GET),
    ("POST", Method::POST),
    ("PUT", Method::PUT),
    ("PATCH", Method::PATCH),
    ("DELETE", Method::DELETE),
];

/// What a parameter may be.
const KINDS: [(&str, ParameterKind); 3] =
    [("int", ParameterKind::Int), ("shortuuid", ParameterKind::Shortuuid), ("text", ParameterKind::Text)];

/// Where Daemun itself answers, in every app.
const OWN: [&str; 5] = ["/openapi.json", "/docs", "/.well-known/jwks.json", "/pages", "/admin"];
/// Those with everything below them.
const WITH_ALL_BELOW: [&str; 2] = ["/pages", "/admin"];

/// The longest path of a route, in bytes.
const LONGEST: usize = 512;

/// Reads the key of a route.
pub(super) fn route(report: &mut Report, key: &Scalar) -> Option<(Method, PathPattern)> {
    let hint = || "a route is written `POST /accounts/{id:int}`".to_owned();
    let text = key.text.as_str();
    let (word, path) = text.split_once(' ').unwrap_or((text, ""));
    let path_offset = text.len() - path.trim_start().len();
    if path.trim().is_empty() {
        let message = if word.starts_with('/') {
            format!("the route `{text}` has no method")
        } else {
            format!("the route `{text}` has no path")
        };
        report.fault_with(key.at, message, hint());
        return None;
    }
    let method = METHODS.iter().find(|(name, _)| *name == word).map(|(_, method)| method.clone());
    if method.is_none() {
        let message = format!("`{word}` is no method of a route");
        let names: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
        let hint = match word {
            "HEAD" | "OPTIONS" => Some("Daemun answers HEAD and OPTIONS for every path itself".to_owned()),
            _ => nearest(&word.to_uppercase(), &names, "there are"),
        };
        report.fault_with(key.at, message, hint);
    }
    let pattern = pattern(report, key, path_offset);
    method.zip(pattern)
}

/// Reads a path that begins at a byte of a text.
pub(super) fn pattern(report: &mut Report, scalar: &Scalar, offset: usize) -> Option<PathPattern> {
    let path = scalar.text[offset..].trim_end();
    let mut fault = |at: usize, message: String, hint: Option<&str>| {
        report.fault_with(scalar.place(offset + at), message, hint.map(str::to_owned));
        None
    };
    if !path.starts_with('/') {
        return fault(0, format!("the path `{path}` does not begin with `/`"), None);
    }
    if path.len() > LONGEST {
        return fault(0, format!("this path is longer than {LONGEST} bytes"), None);
    }
    if let Some(at) = path.find(['?', '#']) {
        let hint = "a query is taken as `query.NAME` under `takes`; it is no part of the path";
        return fault(at, format!("`{}` cannot stand in a path", &path[at..=at]), Some(hint));
    }
    let text = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    let mut segments = Vec::new();
    let mut at = 1;
    for part in text[1..].split('/') {
        if text.len() > 1 {
            segments.push(segment(report, scalar, offset + at, part, &segments)?);
        }
        at += part.len() + 1;
    }
    own(report, scalar, offset, text);
    Some(PathPattern { text: text.to_owned(), segments })
}

fn segment(
    report: &mut Report,
    scalar: &Scalar,
    offset: usize,
    part: &str,
    before: &[Segment],
) -> Option<Segment> {
    let at = scalar.place(offset);
    let Some(inner) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return literal(report, scalar, offset, part);
    };
    let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    let (name, kind) = inner.split_once(':').unwrap_or((inner, ""));
    if !is_identifier(name) {
        let hint = "a parameter is written `{id:int}`; its name is made of letters, digits and `_`";
        report.fault_with(at, format!("`{part}` is no parameter of a path"), hint.to_owned());
        return None;
    }
    let same = |segment: &Segment| matches!(segment, Segment::Parameter { name: known, .. } if known == name);
    if before.iter().any(same) {
        report.fault(at, format!("the parameter `{name}` comes twice in this path"));
        return None;
    }
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, kind)) => Some(Segment::Parameter { name: name.to_owned(), kind: *kind }),
        None if kind.is_empty() => {
            let hint = format!("write `{{{name}:int}}`, `{{{name}:shortuuid}}` or `{{{name}:text}}`");
            report.fault_with(at, format!("the parameter `{name}` has no kind"), hint);
            None
        }
        None => {
            let message = format!("a parameter cannot be `{kind}`");
            report.fault_with(at, message, nearest(kind, &kinds, "it is one of"));
            None
        }
    }
}

fn literal(report: &mut Report, scalar: &Scalar, offset: usize, part: &str) -> Option<Segment> {
    let strange = |c: char| c.is_whitespace() || c.is_control() || "{}<>\\^`|\"%*".contains(c);
    if part.is_empty() || part == "." || part == ".." {
        let message = if part.is_empty() {
            "this path has an empty part".to_owned()
        } else {
            format!("a path has no part `{part}`")
        };
        report.fault(scalar.place(offset), message);
        return None;
    }
    if let Some(name) = part.strip_prefix(':') {
        let message = format!("`{part}` is no parameter of a path");
        report.fault_with(scalar.place(offset), message, format!("write `{{{name}:int}}`"));
        return None;
    }
    if let Some((at, c)) = part.char_indices().find(|(_, c)| strange(*c)) {
        let hint = match c {
            '{' | '}' => Some("a parameter is a whole part of the path: `/{id:int}/`".to_owned()),
            '%' => Some(
                "write the character itself; requests are percent-decoded before they are matched".to_owned(),
            ),
            _ => None,
        };
        report.fault_with(scalar.place(offset + at), format!("`{c}` cannot stand in a path"), hint);
        return None;
    }
    Some(Segment::Literal(part.to_owned()))
}

fn own(report: &mut Report, scalar: &Scalar, offset: usize, text: &str) {
    let under = |own: &str| {
        text.strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || (WITH_ALL_BELOW.contains(&own) && rest.starts_with('/')))
    };
    if OWN.iter().any(|own| under(own)) {
        let message = format!("`{text}` is a path of Daemun's own");
        let hint =
            "the OpenAPI document, its page, the keys, the hosted pages and the API for operators are served there".to_owned();
        report.fault_with(scalar.place(offset), message, hint);
    }
}
