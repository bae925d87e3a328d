//! `daemun contract …`: files that describe APIs.

use std::path::Path;

use clap::Subcommand;
use daemun_contract::Loaded;
use daemun_contract::examples::{Examples, Target, play};
use daemun_contract::show;

use super::output::{Failed, Form, bytes, count, line, note, value};
use crate::apps::{Source, find_contract};
use crate::{builtin, trial};

#[derive(Debug, Subcommand)]
pub(super) enum ContractCommand {
    /// Tell everything that is wrong with a contract.
    Check {
        /// The file, or the name of a built-in contract.
        file: String,
    },
    /// List the routes of a contract.
    Show {
        /// The file, or the name of a built-in contract.
        file: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play a contract's examples against a fresh server, or against one that runs.
    Test {
        /// The file, or the name of a built-in contract; its examples are NAME.examples.yaml beside it.
        file: String,
        /// The base URL of a running server to play against: the mount of the API.
        #[arg(long, value_name = "URL")]
        against: Option<String>,
        /// The API key with which examples for programs of operators are played against it.
        #[arg(
            long,
            value_name = "KEY",
            env = "DAEMUN_API_KEY",
            hide_env_values = true,
            requires = "against"
        )]
        api_key: Option<String>,
    },
}

pub(super) async fn run(command: &ContractCommand) -> Result<(), Failed> {
    match command {
        ContractCommand::Check { file } => check(file),
        ContractCommand::Show { file, json } => list_routes(file, Form::of(*json)),
        ContractCommand::Test { file, against, api_key } => {
            test(file, against.as_deref(), api_key.as_deref()).await
        }
    }
}

fn source(file: &str) -> Result<Source, Failed> {
    find_contract(file, Path::new("")).map_err(Failed::Told)
}

/// Reads a contract. Faults go to standard error as they are, so that editors can jump to them.
fn load(source: &Source) -> Result<Loaded, Failed> {
    daemun_contract::load(&source.file, &source.text).or_else(|faults| {
        for fault in &faults {
            note(&fault.to_string())?;
        }
        note(&format!("{}: {}", source.file, count(faults.len(), "fault")))?;
        Err(Failed::Silently)
    })
}

fn check(file: &str) -> Result<(), Failed> {
    let source = source(file)?;
    let loaded = load(&source)?;
    for warning in &loaded.warnings {
        note(&format!("warning: {warning}"))?;
    }
    line(&format!("{}: nothing is wrong; {}", source.file, count(loaded.contract.routes.len(), "route")))
}

fn list_routes(file: &str, form: Form) -> Result<(), Failed> {
    let contract = load(&source(file)?)?.contract;
    match form {
        Form::Json => {
            let rows = serde_json::to_value(show::rows(&contract));
            value(&rows.map_err(|error| Failed::Told(error.to_string()))?)
        }
        Form::Table => bytes(show::table(&contract).as_bytes()),
    }
}

async fn test(file: &str, against: Option<&str>, api_key: Option<&str>) -> Result<(), Failed> {
    let source = source(file)?;
    let contract = load(&source)?.contract;
    let examples = examples(file, &source)?;
    let report = match against {
        Some(url) => {
            let base_url = url.trim_end_matches('/').to_owned();
            let api_key = api_key.map(str::to_owned);
            play(&examples, &Target { base_url, messages: None, clock: None, operator: None, api_key }).await
        }
        None => trial::of(file, &contract, &examples).await?,
    };
    line(&report.to_string())?;
    if report.is_good() { Ok(()) } else { Err(Failed::Silently) }
}

/// The examples of a contract: built in like it, or in the file beside it.
fn examples(file: &str, source: &Source) -> Result<Examples, Failed> {
    if let Some(text) = source.built_in.then(|| builtin::examples(file)).flatten() {
        return Examples::load(&format!("{file}.examples.yaml"), &text).map_err(|faults| {
            Failed::Told(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
    }
    Examples::load_beside(Path::new(&source.file)).map_err(|error| Failed::Told(error.to_string()))
}
