//! Which route a request means.

use std::collections::HashMap;

use daemun_model::ids;
use http::Method;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::ast::{ParameterKind, PathPattern, Route, Segment};

/// All routes of a contract, ready to be matched.
#[derive(Debug)]
pub struct Router {
    /// Paths without parameters.
    literal: HashMap<String, Vec<Target>>,
    /// Paths with parameters, the more literal ones first.
    patterns: Vec<(PathPattern, Vec<Target>)>,
}

#[derive(Clone, Debug)]
struct Target {
    method: Method,
    route: usize,
}

/// What a request means.
#[derive(Debug, PartialEq)]
pub enum Match {
    /// A route, by its index in the contract, and its path parameters.
    Route(usize, Map<String, Value>),
    /// The path is there, but not with this method: these are.
    OtherMethods(Vec<Method>),
    /// Nothing has this path.
    Nothing,
}

/// The longest text that a path parameter takes, in bytes.
const LONGEST_PARAMETER: usize = 256;

impl Router {
    /// The router of a contract's routes.
    pub fn new(routes: &[Route]) -> Self {
        let mut literal: HashMap<String, Vec<Target>> = HashMap::new();
        let mut patterns: Vec<(PathPattern, Vec<Target>)> = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            let target = Target { method: route.method.clone(), route: index };
            for path in &route.paths {
                if path.segments.iter().all(|segment| matches!(segment, Segment::Literal(_))) {
                    literal.entry(joined(&path.segments)).or_default().push(target.clone());
                } else if let Some((_, targets)) =
                    patterns.iter_mut().find(|(known, _)| known.segments == path.segments)
                {
                    targets.push(target.clone());
                } else {
                    patterns.push((path.clone(), vec![target.clone()]));
                }
            }
        }
        // Left to right, a literal part beats a typed parameter, and that beats text.
        patterns.sort_by_cached_key(|(path, _)| path.segments.iter().map(rank).collect::<Vec<_>>());
        Self { literal, patterns }
    }

    /// What `method` on `path` means. One final slash more or less makes no difference.
    pub fn find(&self, method: &Method, path: &str) -> Match {
        let mut others = Vec::new();
        // Most paths are literal, and sent as they are written.
        let plain = self.literal.get(within(path)).and_then(|targets| pick(targets, method, &mut others));
        if let Some(route) = plain {
            return Match::Route(route, Map::new());
        }
        let Some(segments) = split(path) else { return Match::Nothing };
        // A slash that was sent encoded is a letter of its part, not the end of it.
        let encoded = path.contains('%') && segments.iter().all(|segment| !segment.contains('/'));
        let found = encoded
            .then(|| segments.join("/"))
            .and_then(|path| self.literal.get(&path))
            .and_then(|targets| pick(targets, method, &mut others));
        if let Some(route) = found {
            return Match::Route(route, Map::new());
        }
        for (pattern, targets) in &self.patterns {
            if let Some(parameters) = fit(pattern, &segments)
                && let Some(route) = pick(targets, method, &mut others)
            {
                return Match::Route(route, parameters);
            }
        }
        if others.is_empty() { Match::Nothing } else { Match::OtherMethods(others) }
    }
}

fn joined(segments: &[Segment]) -> String {
    let parts: Vec<&str> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text.as_str(),
            Segment::Parameter { name, .. } => name.as_str(),
        })
        .collect();
    parts.join("/")
}

const fn rank(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Parameter { kind: ParameterKind::Int, .. } => 1,
        Segment::Parameter { kind: ParameterKind::Shortuuid, .. } => 2,
        Segment::Parameter { kind: ParameterKind::Text, .. } => 3,
    }
}

/// The target with this method, `GET` for `HEAD`; the methods of the others are noted.
fn pick(targets: &[Target], method: &Method, others: &mut Vec<Method>) -> Option<usize> {
    let wanted = if *method == Method::HEAD { &Method::GET } else { method };
    let found = targets.iter().find(|target| target.method == *wanted).map(|target| target.route);
    if found.is_none() {
        for target in targets {
            if !others.contains(&target.method) {
                others.push(target.method.clone());
            }
        }
    }
    found
}

/// A path without its first slash, and its last.
fn within(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

/// The parts of a path, percent-decoded (RFC 3986 section 2.1); `None` where they are no text.
fn split(path: &str) -> Option<Vec<String>> {
    within(path)
        .split('/')
        .map(|part| {
            percent_encoding::percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        })
        .collect()
}

fn fit(pattern: &PathPattern, segments: &[String]) -> Option<Map<String, Value>> {
    if pattern.segments.len() != segments.len() {
        return None;
    }
    let mut parameters = Map::new();
    for (segment, text) in pattern.segments.iter().zip(segments) {
        match segment {
            Segment::Literal(literal) if literal == text => {}
            Segment::Literal(_) => return None,
            Segment::Parameter { name, kind } => {
                parameters.insert(name.clone(), parameter(*kind, text)?);
            }
        }
    }
    Some(parameters)
}

fn parameter(kind: ParameterKind, text: &str) -> Option<Value> {
    match kind {
        ParameterKind::Int => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i64>().ok()).flatten().map(Value::from)
        }
        ParameterKind::Shortuuid => {
            let canonical = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
            canonical.or_else(|| ids::from_short(text)).map(|uuid| Value::from(uuid.to_string()))
        }
        ParameterKind::Text => {
            let fits = (1..=LONGEST_PARAMETER).contains(&text.len()) && !text.chars().any(char::is_control);
            fits.then(|| Value::from(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ast::Errors;

    fn pattern(text: &str) -> PathPattern {
        let segments = text
            .trim_matches('/')
            .split('/')
            .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(parameter) => {
                    let (name, kind) = parameter.split_once(':').unwrap();
                    let kind = match kind {
                        "int" => ParameterKind::Int,
                        "shortuuid" => ParameterKind::Shortuuid,
                        _ => ParameterKind::Text,
                    };
                    Segment::Parameter { name: name.to_owned(), kind }
                }
                None => Segment::Literal(part.to_owned()),
            })
            .collect();
        PathPattern { text: text.to_owned(), segments }
    }

    fn router(routes: &[(Method, &str)]) -> Router {
        let routes: Vec<_> = routes
            .iter()
            .map(|(method, path)| Route {
                method: method.clone(),
                paths: vec![pattern(path)],
                summary: String::new(),
                description: None,
                beyond: false,
                wrap: true,
                group: 0,
                alternatives: Vec::new(),
                errors: Errors::default(),
            })
            .collect();
        Router::new(&routes)
    }

    #[test]
    fn both_slash_forms_and_head_find_a_route() {
        let router = router(&[(Method::GET, "/users/user/"), (Method::PATCH, "/users/user/")]);
        assert_eq!(router.find(&Method::GET, "/users/user"), Match::Route(0, Map::new()));
        assert_eq!(router.find(&Method::HEAD, "/users/user/"), Match::Route(0, Map::new()));
        assert_eq!(router.find(&Method::PATCH, "/users/user/"), Match::Route(1, Map::new()));
        assert_eq!(
            router.find(&Method::PUT, "/users/user"),
            Match::OtherMethods(vec![Method::GET, Method::PATCH])
        );
        for path in [
            "/users/user//",
            "//users/user",
            "/users",
            "/users/user/x",
            "/",
            "",
            "/users/%ff",
            "/users%2Fuser",
        ] {
            assert_eq!(router.find(&Method::GET, path), Match::Nothing, "{path}");
        }
        assert_eq!(router.find(&Method::GET, "/users/us%65r"), Match::Route(0, Map::new()));
    }

    #[test]
    fn a_literal_beats_a_parameter_and_a_type_that_does_not_fit_does_not_match() {
        let router = router(&[
            (Method::GET, "/accounts/{key:text}"),
            (Method::GET, "/accounts/{id:int}"),
            (Method::GET, "/accounts/friend"),
            (Method::POST, "/accounts/{id:int}"),
        ]);
        let found = |path| match router.find(&Method::GET, path) {
            Match::Route(route, parameters) => (route, Value::Object(parameters)),
            other => panic!("{other:?}"),
        };
        assert_eq!(found("/accounts/friend/"), (2, json!({})));
        assert_eq!(found("/accounts/17"), (1, json!({ "id": 17 })));
        assert_eq!(found("/accounts/17a"), (0, json!({ "key": "17a" })));
        assert_eq!(found("/accounts/99999999999999999999"), (0, json!({ "key": "99999999999999999999" })));
        assert_eq!(router.find(&Method::POST, "/accounts/17a"), Match::OtherMethods(vec![Method::GET]));
        assert!(matches!(router.find(&Method::POST, "/accounts/17"), Match::Route(3, _)));
    }
}
