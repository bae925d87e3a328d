//! What is wrong with a configuration.

use std::fmt;
use std::path::{Path, PathBuf};

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
            config::ConfigError::FileParse { cause, .. } => format!("{}: {cause}", path.display()),
            other => format!("{}: {other}", path.display()),
        })
    }

    /// Tells the key and where it was set, and not the value: it may be a secret in the wrong place.
    pub(super) fn of_type(error: &config::ConfigError) -> Self {
        Self::Type(match error {
            config::ConfigError::Type { origin, expected, key, .. } => {
                format!("{}: expected {expected}", place(origin.as_deref(), key.as_deref()))
            }
            config::ConfigError::At { error, origin, key } => {
                format!("{}: {error}", place(origin.as_deref(), key.as_deref()))
            }
            config::ConfigError::NotFound(key) => format!("{key}: is missing"),
            other => other.to_string(),
        })
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
