//! How the examples went, for people.

use std::fmt;

use super::pattern::Difference;

/// How the examples of a file went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The examples in the order of the file.
    pub examples: Vec<Played>,
}

/// How one example went.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its name.
    pub name: String,
    /// The number of its steps.
    pub steps: usize,
    /// The steps that were played.
    pub played: Vec<PlayedStep>,
    /// Why the rest was not played, where there is a rest.
    pub stopped: Option<Stop>,
}

/// Why an example was not played to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Something it needs cannot be had here: it is no fault of the server.
    Impossible(String),
    /// It went wrong before.
    Failed(String),
}

/// How one step went.
#[derive(Clone, Debug)]
pub struct PlayedStep {
    /// Its number in the example, from 1.
    pub number: usize,
    /// The request, for people.
    pub title: String,
    /// What was not as expected.
    pub differences: Vec<Difference>,
    /// The answer, where something was not as expected.
    pub answer: Option<String>,
}

/// How an example ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every step was as expected.
    Passed,
    /// Something was not.
    Failed,
    /// What was played was as expected, but not everything could be.
    Skipped,
}

impl Played {
    /// How it ended.
    pub fn outcome(&self) -> Outcome {
        let differs = self.played.iter().any(|step| !step.differences.is_empty());
        match &self.stopped {
            _ if differs => Outcome::Failed,
            Some(Stop::Failed(_)) => Outcome::Failed,
            Some(Stop::Impossible(_)) => Outcome::Skipped,
            None => Outcome::Passed,
        }
    }
}

impl Report {
    /// The number of examples that ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.examples.iter().filter(|example| example.outcome() == outcome).count()
    }

    /// Whether nothing was other than expected.
    pub fn is_good(&self) -> bool {
        self.count(Outcome::Failed) == 0
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome() {
            Outcome::Passed => "ok     ",
            Outcome::Failed => "FAILED ",
            Outcome::Skipped => "skipped",
        };
        writeln!(f, "{outcome} {}", self.name)?;
        if self.outcome() == Outcome::Failed {
            for step in &self.played {
                write!(f, "{step}")?;
            }
        }
        let first = self.played.len() + 1;
        let rest = match self.steps.saturating_sub(self.played.len()) {
            0 | 1 => format!("step {first} was"),
            _ => format!("steps {first} to {} were", self.steps),
        };
        match &self.stopped {
            None => Ok(()),
            Some(Stop::Failed(reason)) if self.played.len() >= self.steps => writeln!(f, "        {reason}"),
            Some(Stop::Impossible(reason) | Stop::Failed(reason)) => {
                writeln!(f, "        {rest} not played: {reason}")
            }
        }
    }
}

impl fmt::Display for PlayedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.differences.is_empty() { ' ' } else { '✗' };
        writeln!(f, "      {mark} {}. {}", self.number, self.title)?;
        for difference in &self.differences {
            writeln!(f, "           {difference}")?;
        }
        match &self.answer {
            Some(answer) => writeln!(f, "           the answer was {answer}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for example in &self.examples {
            write!(f, "{example}")?;
        }
        let (passed, failed) = (self.count(Outcome::Passed), self.count(Outcome::Failed));
        write!(f, "\n{passed} passed, {failed} failed, {} skipped", self.count(Outcome::Skipped))
    }
}
