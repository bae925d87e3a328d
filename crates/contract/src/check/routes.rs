//! Whether every request means at most one route.

use http::Method;

use crate::ast::{ParameterKind, PathPattern, Segment};
use crate::fault::Report;
use crate::yaml::Position;

/// A path of a route, where it stands.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) method: Method,
    pub(crate) pattern: PathPattern,
    pub(crate) at: Position,
}

/// Reports every path that some request could mean as well as an earlier one.
pub(crate) fn check(paths: &[Placed], report: &mut Report) {
    for (index, later) in paths.iter().enumerate() {
        let same =
            |earlier: &&Placed| earlier.method == later.method && equal(&earlier.pattern, &later.pattern);
        let Some(earlier) = paths[..index].iter().find(same) else { continue };
        let line = earlier.at.line;
        if earlier.pattern.segments == later.pattern.segments {
            let message = format!(
                "`{} {}` comes twice: it is on line {line} already",
                later.method, later.pattern.text
            );
            let hint = "a path answers with and without its final slash; one route is enough".to_owned();
            report.fault_with(later.at, message, hint);
        } else {
            let message = format!(
                "a request can mean `{method} {}` as well as `{method} {}` on line {line}",
                later.pattern.text,
                earlier.pattern.text,
                method = later.method,
            );
            let hint =
                "a literal part beats a parameter, but two parameters are alike: change one of the paths"
                    .to_owned();
            report.fault_with(later.at, message, hint);
        }
    }
}

/// Whether a request exists that fits both, and from left to right neither is more literal.
fn equal(left: &PathPattern, right: &PathPattern) -> bool {
    left.segments.len() == right.segments.len()
        && left.segments.iter().zip(&right.segments).all(|pair| match pair {
            (Segment::Literal(left), Segment::Literal(right)) => left == right,
            (Segment::Parameter { kind: left, .. }, Segment::Parameter { kind: right, .. }) => {
                overlap(*left, *right)
            }
            (Segment::Literal(_), Segment::Parameter { .. })
            | (Segment::Parameter { .. }, Segment::Literal(_)) => false,
        })
}

/// Whether some text fits both kinds. A number of 63 bits has at most 19 digits, or leading zeros, which
/// short UUIDs do not have in their alphabet.
const fn overlap(left: ParameterKind, right: ParameterKind) -> bool {
    match (left, right) {
        (ParameterKind::Text, _)
        | (_, ParameterKind::Text)
        | (ParameterKind::Int, ParameterKind::Int)
        | (ParameterKind::Shortuuid, ParameterKind::Shortuuid) => true,
        (ParameterKind::Int, ParameterKind::Shortuuid) | (ParameterKind::Shortuuid, ParameterKind::Int) => {
            false
        }
    }
}
