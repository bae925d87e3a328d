//! The switches that an operator sets for an app.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::ast::Contract;

/// A switch that the contract does not have, or a value that it does not take.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SwitchError {
    /// There is no such switch.
    #[error("the contract `{contract}` has no option `{name}`; it has: {known}")]
    Unknown {
        /// The contract.
        contract: String,
        /// The option that was set.
        name: String,
        /// Those it has.
        known: String,
    },
    /// The switch does not take this value.
    #[error("option `{name}` of the contract `{contract}` cannot be `{value}`; it can be: {choices}")]
    NotAChoice {
        /// The contract.
        contract: String,
        /// The option that was set.
        name: String,
        /// What it was set to.
        value: String,
        /// What it can be.
        choices: String,
    },
}

/// `option.NAME` for every switch of the contract.
///
/// # Errors
/// A switch that the contract does not have, or a value it does not take.
pub fn switches(contract: &Contract, set: &BTreeMap<String, String>) -> Result<Value, SwitchError> {
    if let Some(name) = set.keys().find(|name| !contract.switches.contains_key(*name)) {
        return Err(SwitchError::Unknown {
            contract: contract.name.clone(),
            name: name.clone(),
            known: contract.switches.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        });
    }
    let mut option = Map::new();
    for (name, switch) in &contract.switches {
        let value = set.get(name).unwrap_or(&switch.default);
        if !switch.choices.contains(value) {
            return Err(SwitchError::NotAChoice {
                contract: contract.name.clone(),
                name: name.clone(),
                value: value.clone(),
                choices: switch.choices.join(", "),
            });
        }
        option.insert(name.clone(), Value::String(value.clone()));
    }
    Ok(Value::Object(option))
}
