//! Configuration: the embedded defaults, then the file, then the environment, then the command line.

mod console;
mod delivery;
mod error;
mod files;
mod known;
mod limits;
mod rules;
mod sections;

use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{ConfigBuilder, Environment, FileFormat, Map, Source};

pub use console::ConsoleSection;
pub use delivery::{Delivery, EmailDelivery, EmailKind, SmsDelivery, SmsKind, SmtpSecurity};
pub use error::{ConfigError, ConfigFault};
pub use files::{FilesKind, FilesSection};
pub use limits::LimitsSection;
pub use rules::LOOPBACK;
pub use sections::*;

/// The defaults, which are also the documentation of every key.
pub const DEFAULTS: &str = include_str!("../../../../daemun.default.toml");

/// What a server without a configuration file does differently: its messages are kept and printed.
const DEMO: &str = "[delivery.email]\nkind = \"dev\"\n[delivery.sms]\nkind = \"dev\"\n";

/// The file that is read where the command line names none and it exists.
pub const FILE: &str = "daemun.toml";

/// Where settings come from beside the defaults.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The file named on the command line.
    pub file: Option<PathBuf>,
    /// Variables of the environment; only those that begin with `DAEMUN__` count.
    pub environment: Vec<(String, String)>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--database`.
    pub database: Option<String>,
}

/// Whether a configuration file was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None: every built-in contract is served, messages are kept and printed.
    Demo,
    /// This one.
    File(PathBuf),
}

/// The settings of this process, checked.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Whether they come from a file.
    pub mode: Mode,
}

impl Loaded {
    /// The folder that relative paths of contracts start from: the file's, else the working directory.
    pub fn folder(&self) -> &Path {
        match &self.mode {
            Mode::File(path) => path.parent().unwrap_or(Path::new("")),
            Mode::Demo => Path::new(""),
        }
    }
}

/// Reads and checks the settings.
///
/// # Errors
/// Every fault that can be found at once: unknown keys with a hint, values of a wrong type, values that are weaker
/// than allowed.
pub fn load(origins: &Origins) -> Result<Loaded, ConfigError> {
    let mode = mode_of(origins)?;
    let mut builder = config::Config::builder().add_source(text(DEFAULTS));
    let mut faults = Vec::new();
    match &mode {
        Mode::Demo => builder = builder.add_source(text(DEMO)),
        Mode::File(path) => {
            let file = config::File::from(path.as_path()).format(FileFormat::Toml);
            let table = file.collect().map_err(|error| ConfigError::unreadable(path, &error))?;
            known::check(&table, &path.display().to_string(), known::Spelling::File, &mut faults);
            builder = builder.add_source(file);
        }
    }
    let environment = environment(origins);
    let table = environment.collect().unwrap_or_default();
    known::check(&table, "the environment", known::Spelling::Environment, &mut faults);
    if !faults.is_empty() {
        return Err(ConfigError::Faults(faults));
    }
    let built = overridden(builder.add_source(environment), origins)
        .and_then(ConfigBuilder::<DefaultState>::build)
        .and_then(config::Config::try_deserialize::<Config>)
        .map_err(|error| ConfigError::of_type(&error, &mode))?;
    let faults = rules::check(&built, &mode);
    if faults.is_empty() { Ok(Loaded { config: built, mode }) } else { Err(ConfigError::Faults(faults)) }
}

/// The settings of demo mode as they are built in: no file and no environment is read.
///
/// # Errors
/// None, unless the defaults are broken, which a test rules out.
pub fn defaults() -> Result<Loaded, ConfigError> {
    let config = config::Config::builder()
        .add_source(text(DEFAULTS))
        .add_source(text(DEMO))
        .build()
        .and_then(config::Config::try_deserialize::<Config>)
        .map_err(|error| ConfigError::of_type(&error, &Mode::Demo))?;
    Ok(Loaded { config, mode: Mode::Demo })
}

fn mode_of(origins: &Origins) -> Result<Mode, ConfigError> {
    match &origins.file {
        Some(path) if path.is_file() => Ok(Mode::File(path.clone())),
        Some(path) => Err(ConfigError::Missing(path.clone())),
        None if Path::new(FILE).is_file() => Ok(Mode::File(PathBuf::from(FILE))),
        None => Ok(Mode::Demo),
    }
}

fn text(toml: &str) -> config::File<config::FileSourceString, FileFormat> {
    config::File::from_str(toml, FileFormat::Toml)
}

/// Values stay text until their key's type is known: a secret of digits must keep its leading zeros.
fn environment(origins: &Origins) -> Environment {
    let variables: Map<String, String> = origins.environment.iter().cloned().collect();
    Environment::with_prefix("DAEMUN").prefix_separator("__").separator("__").source(Some(variables))
}

fn overridden(
    mut builder: ConfigBuilder<DefaultState>,
    origins: &Origins,
) -> Result<ConfigBuilder<DefaultState>, config::ConfigError> {
    if let Some(listen) = &origins.listen {
        builder = builder.set_override("server.listen", listen.as_str())?;
    }
    if let Some(data) = &origins.data {
        builder = builder.set_override("server.data", data.display().to_string())?;
    }
    if let Some(database) = &origins.database {
        builder = builder.set_override("database.url", database.as_str())?;
    }
    Ok(builder)
}

#[cfg(test)]
mod tests;
