//! `api_key.list`: the keys of an app.

use daemun_model::{Failure, Permission};
use daemun_store::api_keys;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Listed, listed};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The keys.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The keys, the latest first; those that work no more among them.
    pub api_keys: Vec<Listed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("api_key.list", "List the API keys", list).needs(Permission::ApiKeysWrite)
}

/// List the API keys.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let now = daemun.clock.now();
    let keys = api_keys::list(&mut daemun.reader(), call.app.id).await?;
    Ok(Output { api_keys: keys.into_iter().map(|key| listed(key, now)).collect() })
}
