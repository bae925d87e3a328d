//! From the configuration's `[[app]]` to apps with their contracts.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::Arc;

use daemun_contract::ast::{Callers, Contract};
use daemun_contract::examples::ExamplesText;
use daemun_contract::{DoorOptions, Origins};
use daemun_model::{App, AppId};
use daemun_pages::Color;
use secrecy::SecretString;

use crate::builtin;
use crate::config::{AppSection, LOOPBACK, Loaded, Mode};
use crate::core::StartError;
use crate::site::ADMIN;

/// What an operator should know of a configuration without apps.
pub(crate) const NONE: &str = "there is no [[app]]: nothing but the console is served";

/// An app as it is configured, before the database has given it a number.
#[derive(Debug)]
pub struct Plan {
    /// The app; its number is not set.
    pub app: App,
    /// Its contract.
    pub contract: Arc<Contract>,
    /// The hosts that serve it at the root.
    pub hosts: Vec<String>,
    /// What resource servers show to ask about its tokens.
    pub introspection_secret: Option<SecretString>,
    /// The colour of its pages.
    pub color: Option<Color>,
    /// What an operator says about its door.
    pub door: DoorOptions,
    /// What its contract's checker warns of.
    pub warnings: Vec<String>,
    /// The rows that its empty tables are filled with, where that was asked for.
    pub demo: Option<Source>,
}

/// The contract that every app serves beside its own, for programs of its operators.
///
/// # Errors
/// Its faults: a built-in contract has none.
pub fn admin() -> Result<Arc<Contract>, StartError> {
    let text = builtin::contract(builtin::BESIDE).unwrap_or_default();
    let file = format!("{}.yaml", builtin::BESIDE);
    let loaded = daemun_contract::load(&file, &text)
        .map_err(|faults| StartError::Apps(faults.iter().map(ToString::to_string).collect()))?;
    Ok(Arc::new(loaded.contract))
}

/// How its door is opened: no page of another origin may call it.
pub fn admin_options() -> DoorOptions {
    DoorOptions { below: ADMIN, examples: built_in_examples(builtin::BESIDE), ..DoorOptions::default() }
}

/// The text of a file and the name it is blamed under.
#[derive(Debug)]
pub struct Source {
    /// The file's path, or the built-in contract's file name.
    pub file: String,
    /// The text.
    pub text: Cow<'static, str>,
    /// Whether it is built in.
    pub built_in: bool,
}

/// Finds a contract by what a configuration or a command line calls it: the path of a file, which ends in `.yaml` or
/// `.yml` or has a slash, or the name of a built-in contract. Relative paths start from `folder`.
///
/// # Errors
/// What is not there, with what is.
pub fn find_contract(name: &str, folder: &Path) -> Result<Source, String> {
    let is_path = name.contains(['/', '\\']) || name.ends_with(".yaml") || name.ends_with(".yml");
    if is_path {
        let path: PathBuf = folder.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = String::from_utf8(bytes).map_err(|error| no_text(&path, &error))?;
        return Ok(Source { file: path.display().to_string(), text: Cow::Owned(text), built_in: false });
    }
    let text = builtin::contract(name).ok_or_else(|| {
        let known = builtin::names().join(", ");
        format!("there is no built-in contract {name:?}\n  hint: there are {known}; the path of a file has a slash or ends in .yaml")
    })?;
    Ok(Source { file: format!("{name}.yaml"), text, built_in: true })
}

/// Where a file stops being text.
fn no_text(path: &Path, error: &FromUtf8Error) -> String {
    let before = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
    let (line, column) = (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap_or_default());
    format!(
        "{}:{line}:{}: a contract is text in UTF-8, and here it is not\n  hint: save the file as UTF-8",
        path.display(),
        column.chars().count() + 1
    )
}

/// Every app of the configuration; without a file, one for each built-in contract. `server_url` is where
/// clients reach the server, without a final slash.
///
/// # Errors
/// Every fault of every app, one a string.
pub fn plan(loaded: &Loaded, server_url: &str) -> Result<Vec<Plan>, Vec<String>> {
    let demo;
    let sections = if loaded.mode == Mode::Demo && loaded.config.app.is_empty() {
        demo = builtin::names().into_iter().map(AppSection::of_demo).collect::<Vec<_>>();
        &demo
    } else {
        &loaded.config.app
    };
    let mut plans = Vec::new();
    let mut faults = Vec::new();
    for section in sections {
        match plan_one(section, loaded, server_url) {
            Ok(plan) => plans.push(plan),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(plans) } else { Err(faults) }
}

fn plan_one(section: &AppSection, loaded: &Loaded, server_url: &str) -> Result<Plan, Vec<String>> {
    let blame = |text: String| format!("app {:?}: {text}", section.name);
    let name = section.contract.as_deref().unwrap_or(&section.name);
    let source = find_contract(name, loaded.folder()).map_err(|error| vec![blame(error)])?;
    let checked = daemun_contract::load(&source.file, &source.text)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let contract = checked.contract;
    if contract.callers == Callers::ApiKeys {
        let text = "its contract is for API keys, and an app's own is for its members\n  hint: every app serves the API for operators below its mount, at /admin/";
        return Err(vec![blame(text.to_owned())]);
    }
    let overrides = section.policy.clone().into_iter().collect();
    let policy = daemun_contract::override_policy(&contract, &overrides).map_err(|faults| {
        faults.into_iter().map(|fault| blame(format!("policy: {fault}"))).collect::<Vec<_>>()
    })?;
    let options = check_options(section, &contract);
    if !options.is_empty() {
        return Err(options.into_iter().map(blame).collect());
    }
    let mount = section.mount();
    let app = App {
        id: AppId::default(),
        name: section.name.clone(),
        title: section.title.clone().unwrap_or_else(|| capitalised(&section.name)),
        public_url: section
            .public_url
            .as_ref()
            .map_or_else(|| format!("{server_url}{mount}"), |url| url.trim_end_matches('/').to_owned()),
        mount,
        language: section.language.unwrap_or(contract.language),
        timezone: contract.timezone,
        policy,
        tokens: contract.tokens.clone(),
        attributes: contract.attributes.clone(),
    };
    Ok(Plan {
        app,
        contract: Arc::new(contract),
        hosts: section.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        introspection_secret: section.introspection_secret.clone(),
        // The configuration was checked: what is no colour cannot be here.
        color: section.color.as_deref().and_then(Color::parse),
        door: DoorOptions {
            origins: origins(&section.allowed_origins),
            switches: section.options.clone(),
            below: "",
            examples: examples(name, &source),
            largest_body: loaded.config.server.body_bytes,
        },
        demo: if section.demo_rows { demo(name, &source) } else { None },
        // Who serves a built-in contract cannot act on them; the project's own tests can.
        warnings: if source.built_in {
            Vec::new()
        } else {
            checked.warnings.iter().map(ToString::to_string).collect()
        },
    })
}

/// The examples of a contract, for its documentation: built in like it, or in the file beside it. A contract is
/// served without them, too.
fn examples(name: &str, source: &Source) -> Option<ExamplesText> {
    if source.built_in { built_in_examples(name) } else { ExamplesText::beside(Path::new(&source.file)) }
}

fn built_in_examples(name: &str) -> Option<ExamplesText> {
    builtin::examples(name).map(|text| ExamplesText { file: name.to_owned(), text })
}

/// The demo rows of a contract: built in like it, or in the file beside it.
fn demo(name: &str, source: &Source) -> Option<Source> {
    if source.built_in {
        let file = format!("{name}.demo.yaml");
        return builtin::demo(name).map(|text| Source { file, text, built_in: true });
    }
    let path = Path::new(&source.file).with_extension("demo.yaml");
    let text = fs::read_to_string(&path).ok()?;
    Some(Source { file: path.display().to_string(), text: Cow::Owned(text), built_in: false })
}

/// What is wrong with an app's `options`: they are the contract's switches.
fn check_options(section: &AppSection, contract: &Contract) -> Vec<String> {
    let fault = |(name, value): (&String, &String)| match contract.switches.get(name) {
        Some(switch) if switch.choices.contains(value) => None,
        Some(switch) => Some(format!(
            "options.{name}: cannot be {value:?}\n  hint: it can be {}",
            switch.choices.join(" or ")
        )),
        None if contract.switches.is_empty() => {
            Some(format!("options.{name}: the contract {} has no options", contract.name))
        }
        None => {
            let known: Vec<_> = contract.switches.keys().map(String::as_str).collect();
            Some(format!(
                "options.{name}: is unknown\n  hint: the contract {} has {}",
                contract.name,
                known.join(", ")
            ))
        }
    };
    section.options.iter().filter_map(fault).collect()
}

/// The name with a capital: a contract's own title names an API, which members do not know.
fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}

fn origins(allowed: &[String]) -> Origins {
    match allowed {
        [] => Origins::None,
        list if list.iter().any(|origin| origin == LOOPBACK) => Origins::Loopback,
        list => Origins::Listed(list.to_vec()),
    }
}

impl AppSection {
    /// The app of a built-in contract on one's own machine.
    fn of_demo(name: String) -> Self {
        Self { allowed_origins: vec![LOOPBACK.to_owned()], demo_rows: true, ..Self::named(name) }
    }

    /// An app with nothing but a name.
    pub fn named(name: String) -> Self {
        Self {
            name,
            contract: None,
            mount: None,
            hosts: Vec::new(),
            public_url: None,
            title: None,
            color: None,
            templates: None,
            language: None,
            allowed_origins: Vec::new(),
            policy: std::collections::BTreeMap::new(),
            introspection_secret: None,
            options: std::collections::BTreeMap::new(),
            demo_rows: false,
        }
    }
}
