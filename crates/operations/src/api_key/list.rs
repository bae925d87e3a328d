//! `api_key.list`: the keys of an app, or of the server.

use daemun_model::{Code, Failure, Permission};
use daemun_store::api_keys;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Listed, listed};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::scope;

/// Whose keys.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `app` (where it is left out) or `server`.
    #[schemars(extend("enum" = ["app", "server", null]))]
    pub of: Option<String>,
}

/// The keys.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The keys, the latest first; those that work no more among them.
    pub api_keys: Vec<Listed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("api_key.list", "List the API keys", list)
        .needs(Permission::ApiKeysWrite)
        .fails(&[Code::Invalid])
}

/// List the API keys.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let call = scope::of(&daemun, call, input.of.as_deref())?;
    call.faults.clone().finish()?;
    let now = daemun.clock.now();
    let keys = api_keys::list(&mut daemun.reader(), call.app.id).await?;
    Ok(Output { api_keys: keys.into_iter().map(|key| listed(key, now)).collect() })
}
