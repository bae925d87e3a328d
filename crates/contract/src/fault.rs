//! Faults of a contract: where they stand, what is wrong, and what to do about it.

use std::fmt;

use crate::suggest::suggest;
use crate::yaml::Position;

/// Something wrong with a contract's file, or, as a warning, something worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named to [`crate::load`].
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, as a sentence without its final stop.
    pub message: String,
    /// What to do, where that is known.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// All that was found so far.
#[derive(Debug)]
pub(crate) struct Report {
    file: String,
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

/// The most faults that are told of one file: whoever has more has another kind of problem.
const MOST_FAULTS: usize = 200;

impl Report {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), faults: Vec::new(), warnings: Vec::new() }
    }

    /// Notes a fault without a hint.
    pub(crate) fn fault(&mut self, at: Position, message: impl Into<String>) {
        self.fault_with(at, message, None);
    }

    /// Notes a fault with what to do about it.
    pub(crate) fn fault_with(
        &mut self,
        at: Position,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        let fault = self.at(at, message.into(), hint.into());
        if self.faults.len() < MOST_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Notes a fault of a place that may be looked at several times: the first is enough.
    pub(crate) fn fault_once(
        &mut self,
        at: Position,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        if !self.faults.iter().any(|fault| (fault.line, fault.column) == (at.line, at.column)) {
            self.fault_with(at, message, hint);
        }
    }

    /// Notes a warning.
    pub(crate) fn warn(&mut self, at: Position, message: impl Into<String>, hint: impl Into<Option<String>>) {
        let warning = self.at(at, message.into(), hint.into());
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Whether something is wrong on a line.
    pub(crate) fn has_line(&self, line: usize) -> bool {
        self.faults.iter().any(|fault| fault.line == line)
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults, then the warnings, each in the order of the file.
    pub(crate) fn finish(mut self) -> (Vec<Fault>, Vec<Fault>) {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        self.warnings.sort_by_key(|fault| (fault.line, fault.column));
        (self.faults, self.warnings)
    }

    fn at(&self, at: Position, message: String, hint: Option<String>) -> Fault {
        Fault { file: self.file.clone(), line: at.line, column: at.column, message, hint }
    }
}

/// Names as a sentence lists them: `` `a`, `b`, `c` ``.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// So many names can be taken in at a glance.
const AT_A_GLANCE: usize = 8;

/// A hint that offers the nearest of the known names; where none is near, or they are few, it lists them.
pub(crate) fn nearest<S: AsRef<str>>(name: &str, known: &[S], list: &str) -> Option<String> {
    match suggest(name, known) {
        Some(suggestion) if known.len() > AT_A_GLANCE => Some(suggestion),
        _ => nearest_of_all(name, known, list),
    }
}

/// A hint that offers the nearest of the known names and lists them all.
pub(crate) fn nearest_of_all<S: AsRef<str>>(name: &str, known: &[S], list: &str) -> Option<String> {
    let all = if known.is_empty() { None } else { Some(format!("{list} {}", listed(known))) };
    match (suggest(name, known), all) {
        (Some(suggestion), Some(_)) if known.len() == 1 => Some(suggestion),
        (Some(suggestion), Some(all)) => Some(format!("{suggestion} {all}")),
        (suggestion, all) => suggestion.or(all),
    }
}

/// Whether a name is so near to another that it is probably a misspelling of it.
pub(crate) fn is_near(name: &str, meant: &str) -> bool {
    suggest(name, &[meant]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_like_a_compilers() {
        let mut report = Report::new("contracts/x.yaml");
        report.fault(Position { line: 9, column: 1 }, "second");
        let hint = nearest("aa", &["ab", "cc"], "there are");
        report.fault_with(Position { line: 2, column: 3 }, "unknown key `aa`", hint);
        report.fault_once(Position { line: 9, column: 1 }, "what follows from the second", None);
        let (faults, _) = report.finish();
        let text: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "contracts/x.yaml:2:3: unknown key `aa`\n  hint: did you mean `ab`? there are `ab`, `cc`",
                "contracts/x.yaml:9:1: second"
            ]
        );
    }
}
