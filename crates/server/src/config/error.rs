//! What is wrong with a configuration.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use super::Mode;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// Where it stands: a file, a variable, or a key alone.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line is not there.
    #[error("{}: there is no such file\n  hint: `daemun serve` without --config needs none; daemun.default.toml shows every key", .0.display())]
    Missing(PathBuf),
    /// The file is no TOML, or cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A value has the wrong type.
    #[error("{0}")]
    Type(String),
    /// Unknown keys, or values that are not allowed.
    #[error("{}", lines(.0))]
    Faults(Vec<ConfigFault>),
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, error: &config::ConfigError) -> Self {
        Self::Unreadable(match error {
            config::ConfigError::FileParse { cause, .. } => syntax(path, &cause.to_string()),
            other => format!("{}: {other}", path.display()),
        })
    }

    /// Tells the key and where it was set, and not the value: it may be a secret in the wrong place.
    pub(super) fn of_type(error: &config::ConfigError, mode: &Mode) -> Self {
        let place = |origin: &Option<String>, key: &Option<String>| {
            let origin = origin.as_deref().map(|origin| as_named(origin, mode));
            place(origin.as_deref(), key.as_deref())
        };
        Self::Type(match error {
            config::ConfigError::Type { origin, expected, key, .. } => {
                format!("{}: expected {expected}", place(origin, key))
            }
            config::ConfigError::At { error, origin, key } => {
                format!("{}: {}", place(origin, key), said(&error.to_string()))
            }
            config::ConfigError::NotFound(key) => format!("{key}: is missing"),
            other => other.to_string(),
        })
    }
}

/// A mistake of TOML in one line, as editors jump to it. The parser's own text shows the line, which may hold a secret.
fn syntax(path: &Path, text: &str) -> String {
    let path = path.display();
    let place = text.lines().next().and_then(|first| first.strip_prefix("TOML parse error at line "));
    match (place.and_then(|place| place.split_once(", column ")), text.lines().last()) {
        (Some((line, column)), Some(said)) => format!("{path}:{line}:{column}: {said}"),
        _ => format!("{path}: this is no TOML"),
    }
}

/// What a type of the standard library says of a text that it cannot read, in an operator's words.
fn said(text: &str) -> String {
    match text {
        "invalid socket address syntax" => "is no address such as 127.0.0.1:8080".to_owned(),
        other => other.to_owned(),
    }
}

/// The file as the operator named it: the library tells its way there from the working directory.
fn as_named<'o>(origin: &'o str, mode: &Mode) -> Cow<'o, str> {
    match mode {
        Mode::File(path) if Path::new(origin).file_name() == path.file_name() => {
            Cow::Owned(path.display().to_string())
        }
        Mode::File(_) | Mode::Demo => Cow::Borrowed(origin),
    }
}

fn place(origin: Option<&str>, key: Option<&str>) -> String {
    match (origin, key) {
        (Some(origin), Some(key)) => format!("{origin}: {key}"),
        (Some(place), None) | (None, Some(place)) => place.to_owned(),
        (None, None) => "configuration".to_owned(),
    }
}

fn lines(faults: &[ConfigFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
