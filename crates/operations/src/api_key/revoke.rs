//! `api_key.revoke`: the end of a key.

use daemun_model::{Code, Failure, Permission};
use daemun_store::api_keys;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Listed, listed};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::scope;

/// Which key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The key's identifier: 16 hexadecimal digits.
    #[schemars(required)]
    pub id: Option<String>,
    /// `app` (where it is left out) or `server`.
    #[schemars(extend("enum" = ["app", "server", null]))]
    pub of: Option<String>,
}

/// The key as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The key.
    pub api_key: Listed,
}

pub(crate) fn operation() -> Operation {
    Operation::new("api_key.revoke", "Revoke an API key", revoke)
        .needs(Permission::ApiKeysWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Revoke an API key: it is refused at once, on every node. A second time changes nothing.
///
/// # Errors
/// Those of [`operation`].
pub async fn revoke(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let call = scope::of(&daemun, call, input.of.as_deref())?;
    let mut faults = call.faults.clone();
    faults.require("id", input.id.as_ref());
    faults.finish()?;
    let id = input.id.unwrap_or_default().trim().to_ascii_lowercase();
    let now = daemun.clock.now();
    let mut entry = audit::done(&daemun, &call, "api_key.revoke", None);
    entry.detail = Some(id.clone());
    let app = call.app.id;
    let key = daemun
        .db
        .write(async move |tx| {
            if api_keys::revoke(tx, app, &id, now).await? {
                daemun_store::audit::insert(tx, &entry).await?;
            }
            Ok(api_keys::find(tx, app, &id).await?)
        })
        .await?;
    let key = key.ok_or(Code::NotFound.on("id"))?;
    Ok(Output { api_key: listed(key, now) })
}
