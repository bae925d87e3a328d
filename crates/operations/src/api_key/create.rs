//! `api_key.create`: a new key of an app, or of the server.

use daemun_crypto::digest;
use daemun_model::{CONSOLE, Code, Failure, Faults, Permission, Permissions, Reason, text};
use daemun_store::api_keys::{self, ApiKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ID_DIGITS, Listed, PREFIX, SECRET_DIGITS, listed};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::scope;
use crate::secret::hex_token;

const DAY: i64 = 24 * 60 * 60;
/// Days that a key of an app lives where nothing is said.
const USUAL_DAYS: i64 = 365;
/// The most days that a key of an app lives.
const MOST_DAYS: i64 = 3650;
/// Days that a key of the server lives where nothing is said.
const USUAL_DAYS_OF_SERVER: i64 = 90;
/// The most days that a key of the server lives: it may do what an owner may.
const MOST_DAYS_OF_SERVER: i64 = 365;
/// The most code points of a name.
const LONGEST_NAME: usize = 100;

/// What the key is for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// What people call it: 1 to 100 characters.
    #[schemars(required, extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub name: Option<String>,
    /// What it may do: at least one permission.
    #[schemars(required)]
    pub permissions: Option<Vec<String>>,
    /// Days until it expires: 1 to 3650, 365 if nothing is said; a key of the server 1 to 365, 90 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = MOST_DAYS))]
    pub expires_in_days: Option<i64>,
    /// `app` (where it is left out) or `server`: a key that opens every app, and may have the permissions that reach
    /// beyond one.
    #[schemars(extend("enum" = ["app", "server", null]))]
    pub of: Option<String>,
}

/// The new key.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The key as it is listed.
    pub api_key: Listed,
    /// The key itself, which is shown this once.
    pub secret: String,
}

pub(crate) fn operation() -> Operation {
    Operation::new("api_key.create", "Make an API key", create)
        .needs(Permission::ApiKeysWrite)
        .fails(&[Code::Invalid])
}

/// Make an API key.
///
/// # Errors
/// Those of [`operation`]. Nobody gives a key what they may not do themselves: that is `forbidden`.
pub async fn create(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let call = scope::of(&daemun, call, input.of.as_deref())?;
    let (name, permissions, days) = read(&call, input)?;
    for permission in permissions.iter() {
        call.permit(permission)?;
    }
    let now = daemun.clock.now();
    let (id, secret) = (hex_token(&*daemun.random, ID_DIGITS), hex_token(&*daemun.random, SECRET_DIGITS));
    let key = ApiKey {
        name,
        digest: digest(&secret),
        permissions,
        created_at: now,
        created_by: call.operator.as_ref().map(|operator| operator.name.clone()).unwrap_or_default(),
        expires_at: Some(now.plus_seconds(days * DAY)),
        revoked_at: None,
        last_used_at: None,
        id: id.clone(),
    };
    let mut entry = audit::done(&daemun, &call, "api_key.create", None);
    entry.detail = Some(format!("{id}: {}", permissions.to_text()));
    let (app, kept) = (call.app.id, key.clone());
    daemun
        .db
        .write(async move |tx| {
            api_keys::insert(tx, app, &kept).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    Ok(Output { api_key: listed(key, now), secret: format!("{PREFIX}{id}_{secret}") })
}

fn read(call: &Call, input: Input) -> Result<(String, Permissions, i64), Failure> {
    let mut faults: Faults = call.faults.clone();
    let name = faults.require("name", input.name.as_ref()).cloned();
    let name = name.and_then(|name| faults.take("name", text::line(&name, 1, LONGEST_NAME)));
    let named = faults.require("permissions", input.permissions.as_ref()).cloned().unwrap_or_default();
    if input.permissions.is_some() && named.is_empty() {
        faults.add("permissions", Reason::Blank);
    }
    let of_server = call.app.id == CONSOLE;
    let suits = |permission: &Permission| of_server || permission.suits_keys_of_apps();
    let known = |name: &String| Permission::from_name(name).filter(suits);
    let permissions = named.iter().map(known).collect::<Option<Permissions>>();
    if permissions.is_none() {
        faults.add("permissions", Reason::NotAChoice);
    }
    let (usual, most) = match of_server {
        true => (USUAL_DAYS_OF_SERVER, MOST_DAYS_OF_SERVER),
        false => (USUAL_DAYS, MOST_DAYS),
    };
    let days = input.expires_in_days.unwrap_or(usual);
    if !(1..=most).contains(&days) {
        faults.add("expires_in_days", Reason::OutOfRange);
    }
    faults.finish()?;
    Ok((name.unwrap_or_default(), permissions.unwrap_or_default(), days))
}
