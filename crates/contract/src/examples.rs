//! Examples: numbered requests and the answers expected, read from `NAME.examples.yaml` and played against a
//! server, ours or any other.
//!
//! All examples of a file are played in order against one server; what a step captures is known to the later
//! steps of its own example and to no other.

mod pattern;
mod play;
mod read;
mod report;
mod send;
mod template;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use daemun_operations::Operation;
use http::{HeaderName, Method};

pub use pattern::{Difference, Pattern};
pub use play::{Advance, Caught, Messages, Operate, Target, play};
pub use report::{Outcome, Played, PlayedStep, Report};
pub use template::{Captures, Draft, Template};

use crate::fault::Fault;

/// What examples call the key that they are given, where API keys call the contract.
const API_KEY: &str = "api_key";

/// The examples of one contract.
#[derive(Clone, Debug)]
pub struct Examples {
    /// The contract they belong to.
    pub contract: String,
    /// The examples in the order of the file.
    pub examples: Vec<Example>,
}

/// One scenario.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it shows, as a sentence.
    pub name: String,
    /// Its steps, of which there is at least one.
    pub steps: Vec<Step>,
}

/// One step of a scenario.
#[derive(Clone, Debug)]
pub enum Step {
    /// A request and its answer.
    Exchange(Box<Exchange>),
    /// Time passes. Possible only where the player owns the server's clock.
    Advance {
        /// How much of it: at least 1.
        seconds: i64,
    },
    /// An operator acts. Possible only where the player has the server's core.
    Operate {
        /// The operation.
        does: &'static Operation,
        /// Its input.
        takes: Draft,
    },
}

/// A request and the answer expected.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What is sent.
    pub request: Request,
    /// What must come back.
    pub expect: Expect,
    /// What later steps need of the answer or of a message.
    pub captures: Vec<Capture>,
    /// To whom the captured message went; left out, there has been only one such address.
    pub message_to: Option<Template>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the contract's mount, with its query.
    pub path: Template,
    /// Further headers.
    pub headers: Vec<(HeaderName, Template)>,
    /// The body.
    pub payload: Payload,
}

/// A body to send.
#[derive(Clone, Debug)]
pub enum Payload {
    /// None.
    Nothing,
    /// JSON.
    Json(Draft),
    /// `application/x-www-form-urlencoded`; a name may come several times.
    Form(Vec<(String, Template)>),
    /// `multipart/form-data` without files.
    Multipart(Vec<(String, Template)>),
    /// This text, with no `Content-Type` but the one in `headers`.
    Raw(Template),
}

/// What must come back. Whatever is not said may be anything.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The status.
    pub status: u16,
    /// These headers, among others.
    pub headers: Vec<(HeaderName, Pattern)>,
    /// The body.
    pub body: Option<ExpectedBody>,
}

/// A body that must come back.
#[derive(Clone, Debug)]
pub enum ExpectedBody {
    /// JSON that fits.
    Json(Pattern),
    /// Exactly this text.
    Text(Template),
}

/// A value that a step keeps for later ones.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Its name.
    pub name: String,
    /// Where it is found.
    pub source: CaptureSource,
}

/// Where a captured value is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureSource {
    /// Below the JSON body; elements of lists are numbered from 0.
    Body(Vec<String>),
    /// In a header of the answer.
    Header(HeaderName),
    /// In the last message to somebody.
    Message(MessagePart),
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessagePart {
    /// The one-time code.
    Code,
    /// The link.
    Link,
    /// A query parameter of the link: `message.link.uid`; `message.token` is the one called `token`.
    Parameter(String),
    /// The subject.
    Subject,
    /// The plain text.
    Text,
}

/// Why there are no examples to play.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error(
        "{contract} has no examples: there is no file {examples}\n  hint: write one that begins with `contract: NAME` and `examples:`"
    )]
    Missing {
        /// The contract's file.
        contract: PathBuf,
        /// Where its examples would be.
        examples: PathBuf,
    },
    /// The file cannot be read.
    #[error("{examples} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        examples: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file has faults.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faulty(Vec<Fault>),
}

impl Examples {
    /// Where the examples of a contract's file lie: `contracts/x.yaml` has `contracts/x.examples.yaml`.
    pub fn beside(contract: &Path) -> PathBuf {
        contract.with_extension("examples.yaml")
    }

    /// Reads the examples that lie beside a contract's file.
    ///
    /// # Errors
    /// There are none, or they cannot be read, or they have faults; each says what to do.
    pub fn load_beside(contract: &Path) -> Result<Self, LoadError> {
        let examples = Self::beside(contract);
        match std::fs::read_to_string(&examples) {
            Ok(text) => Self::load(&examples.display().to_string(), &text).map_err(LoadError::Faulty),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                Err(LoadError::Missing { contract: contract.to_owned(), examples })
            }
            Err(cause) => Err(LoadError::Unreadable { examples, cause }),
        }
    }

    /// Reads examples. `file` is the name that faults give.
    ///
    /// # Errors
    /// Every fault that was found, in the order of the file.
    pub fn load(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        read::examples(file, text)
    }
}

/// Examples that nobody has read yet.
#[derive(Clone, Debug)]
pub struct ExamplesText {
    /// The name that faults give.
    pub file: String,
    /// What the file says.
    pub text: Cow<'static, str>,
}

impl ExamplesText {
    /// The text that lies beside a contract's file, if there is one.
    pub fn beside(contract: &Path) -> Option<Self> {
        let file = Examples::beside(contract);
        let text = std::fs::read_to_string(&file).ok()?;
        Some(Self { file: file.display().to_string(), text: Cow::Owned(text) })
    }
}

/// The value at these keys below another; elements of lists are numbered from 0.
pub(crate) fn below<'v>(value: &'v serde_json::Value, keys: &[String]) -> Option<&'v serde_json::Value> {
    keys.iter().try_fold(value, |value, key| match value {
        serde_json::Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}
