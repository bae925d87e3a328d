//! `keys.list`: an app's signing keys and what hangs on each.

use std::collections::HashMap;

use daemun_model::{Failure, Permission, Timestamp};
use daemun_store::{sessions, signing_keys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::current;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It signs new tokens.
    Signing,
    /// It is published and will sign.
    Next,
    /// It signs no more; its tokens are good until they expire.
    Old,
}

/// A key as it is listed: nothing of its private part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed {
    /// Names it in tokens and in the JWK Set.
    pub kid: String,
    /// What it does.
    pub state: State,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs or signed.
    pub signs_from: Timestamp,
    /// Live sessions whose refresh token it signed: they end if it is revoked.
    pub sessions: i64,
}

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The keys.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The keys, in the order in which they begin to sign.
    pub keys: Vec<Listed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("keys.list", "List the signing keys of an app", run).needs(Permission::SystemRead)
}

async fn run(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    Ok(Output { keys: list(&daemun, &call).await? })
}

/// The keys of the call's app, in the order in which they begin to sign.
///
/// # Errors
/// `forbidden` for who may not see how the server does.
pub async fn list(daemun: &Daemun, call: &Call) -> Result<Vec<Listed>, Failure> {
    call.permit(Permission::SystemRead)?;
    let (app, now) = (call.app.id, daemun.clock.now());
    let keys = signing_keys::list(&mut daemun.reader(), app).await?;
    let sessions: HashMap<String, i64> =
        sessions::count_by_key(&mut daemun.reader(), app, now).await?.into_iter().collect();
    let signing = current(&keys, now).map(|key| key.kid.clone());
    let state = |kid: &str, signs_from: Timestamp| match signing.as_deref() {
        Some(signing) if signing == kid => State::Signing,
        _ if signs_from > now => State::Next,
        _ => State::Old,
    };
    let listed = keys.into_iter().map(|key| Listed {
        state: state(&key.kid, key.signs_from),
        created_at: key.created_at,
        signs_from: key.signs_from,
        sessions: sessions.get(&key.kid).copied().unwrap_or(0),
        kid: key.kid,
    });
    Ok(listed.collect())
}
