//! Whether what a body looks at is there.

use daemun_model::app::Attribute;
use indexmap::IndexMap;

use crate::ast::Switch;
use crate::fault::{Report, nearest};
use crate::schema::{Below, Schema};
use crate::yaml::Position;

/// A step below a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A member.
    Key(String),
    /// Each element of a list.
    Element,
}

/// A place in the values that a body sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: String,
    pub(crate) steps: Vec<Step>,
}

/// What a body does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// It shows it, or computes with it.
    Value,
    /// It goes through its elements.
    List,
    /// It takes its members.
    Object,
}

/// One value that a body looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// The value.
    pub(crate) path: Path,
    /// The first steps that another expression, which has a need of its own, has made already.
    pub(crate) given: usize,
    pub(crate) wants: Wants,
    /// Where it is mentioned.
    pub(crate) at: Position,
    /// The outermost use of the shape that mentions it.
    pub(crate) shape: Option<(Position, String)>,
}

/// What a body sees.
pub(crate) struct View<'a> {
    /// Whose values these are, for a sentence: `the output of account.show`.
    pub(crate) whose: String,
    /// The variables.
    pub(crate) roots: Vec<(String, Below<'a>)>,
    pub(crate) switches: &'a IndexMap<String, Switch>,
    pub(crate) attributes: &'a IndexMap<String, Attribute>,
}

impl Need {
    /// Whether a shape looks at it in something that was given to it.
    fn of_another(&self) -> bool {
        self.shape.is_some() && self.given > 0
    }
}

/// Reports every need that the view does not meet.
pub(crate) fn check(needs: &[Need], view: &View<'_>, report: &mut Report) {
    for need in needs {
        if need.path.root == "option" {
            option(need, view, report);
        } else {
            need_of_root(need, view, report);
        }
    }
}

fn need_of_root(need: &Need, view: &View<'_>, report: &mut Report) {
    let root = &need.path.root;
    let Some((_, known)) = view.roots.iter().find(|(name, _)| name == root) else {
        let mut names: Vec<&str> = view.roots.iter().map(|(name, _)| name.as_str()).collect();
        if !view.switches.is_empty() {
            names.push("option");
        }
        let hint =
            nearest(root, &names, "expressions here see").or(Some("expressions here see nothing".into()));
        match &need.shape {
            Some((at, shape)) => {
                let message =
                    format!("the shape `{shape}` needs `{root}`, which {} does not have", view.whose);
                report.fault_once(*at, message, hint);
            }
            None => report.fault_once(need.at, format!("{} has no `{root}`", view.whose), hint),
        }
        return;
    };
    if let Below::Known(schema) = known {
        walk(need, schema, view, report);
    }
}

fn walk(need: &Need, root: &Schema<'_>, view: &View<'_>, report: &mut Report) {
    let mut schema = root.clone();
    let mut before = need.path.root.clone();
    for (index, step) in need.path.steps.iter().enumerate() {
        let own = index >= need.given;
        let shown = || shown(&need.path, index + 1);
        let key = match step {
            Step::Key(key) => key.as_str(),
            Step::Element => "",
        };
        // `list.0` is an element as well.
        if *step == Step::Element || (key.parse::<usize>().is_ok() && schema.may_be("array")) {
            match schema.elements() {
                Some(elements) => schema = elements,
                None => return,
            }
            before.push_str("[]");
            continue;
        }
        if before == "attributes" && schema.is_open() {
            if own && !view.attributes.contains_key(key) {
                let names: Vec<&String> = view.attributes.keys().collect();
                let hint = nearest(key, &names, "there are")
                    .or(Some(format!("declare it: `attributes: {{ {key}: {{ type: string }} }}`")));
                report.fault_once(need.at, format!("the contract declares no attribute `{key}`"), hint);
            }
            return;
        }
        match schema.below(key) {
            Below::Known(below) => schema = below,
            Below::Anything => return,
            Below::Unknown(_) | Below::NoMembers if own && need.of_another() => {
                refuse_subject(need, &schema, report);
                return;
            }
            Below::Unknown(names) => {
                if own {
                    let hint = nearest(key, &names, &format!("`{before}` has"));
                    report.fault_once(need.at, format!("{} has no `{}`", view.whose, shown()), hint);
                }
                return;
            }
            Below::NoMembers => {
                if own {
                    let what = if schema.may_be("array") { "a list" } else { "a single value" };
                    let message = format!("there is no `{}`: `{before}` is {what}", shown());
                    report.fault_once(need.at, message, None);
                }
                return;
            }
        }
        key.clone_into(&mut before);
    }
    kind(need, &schema, report);
}

/// A shape was given something that it is not about: that is told where it was given.
fn refuse_subject(need: &Need, schema: &Schema<'_>, report: &mut Report) {
    let Some((at, shape)) = &need.shape else { return };
    let subject = shown(&need.path, need.given);
    let member = shown(&need.path, need.path.steps.len());
    let wanted = member[subject.len()..].trim_start_matches('.');
    let hint = match schema.names().as_slice() {
        [] => format!("`{subject}` is {}", if schema.may_be("array") { "a list" } else { "a single value" }),
        names => format!("`{subject}` has {}", crate::fault::listed(names)),
    };
    let message = format!("the shape `{shape}` shows `{wanted}`, which `{subject}` does not have");
    report.fault_once(*at, message, hint);
}

fn kind(need: &Need, schema: &Schema<'_>, report: &mut Report) {
    let whole = shown(&need.path, need.path.steps.len());
    match need.wants {
        Wants::List if !schema.may_be("array") => {
            report.fault_once(need.at, format!("`each` goes through a list, and `{whole}` is none"), None);
        }
        Wants::Object if !schema.may_be("object") => {
            report.fault_once(
                need.at,
                format!("`...` spreads the members of an object, and `{whole}` is none"),
                None,
            );
        }
        Wants::Value | Wants::List | Wants::Object => {}
    }
}

fn option(need: &Need, view: &View<'_>, report: &mut Report) {
    let Some(Step::Key(name)) = need.path.steps.first() else { return };
    if !view.switches.contains_key(name) {
        let names: Vec<&String> = view.switches.keys().collect();
        let hint = nearest(name, &names, "there are")
            .or(Some(format!("declare it: `options: {{ {name}: {{ choice: [a, b], default: a }} }}`")));
        report.fault_once(need.at, format!("the contract has no option `{name}`"), hint);
    }
}

fn shown(path: &Path, steps: usize) -> String {
    let mut text = path.root.clone();
    for step in path.steps.iter().take(steps) {
        match step {
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Element => text.push_str("[]"),
        }
    }
    text
}
