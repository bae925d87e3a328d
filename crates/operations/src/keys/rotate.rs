//! `keys.rotate`: a new key, published first, so that who verifies tokens knows it before the first one it signed.

use daemun_model::{Code, Failure, Permission, Timestamp};
use daemun_store::{audit as lines, signing_keys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ensure, kept, load, make, operator_only};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rotated {
    /// Names it.
    pub kid: String,
    /// From when on it signs.
    pub signs_from: Timestamp,
}

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

pub(crate) fn operation() -> Operation {
    Operation::new("keys.rotate", "Make a new signing key for an app", run)
        .needs(Permission::SystemWrite)
        .fails(&[Code::AlreadyExists])
}

async fn run(daemun: Daemun, call: Call, _input: Input) -> Result<Rotated, Failure> {
    rotate(&daemun, &call).await
}

/// Makes a key that is published from now on and signs after the time that the settings say. The one that signs until
/// then stays published until its last token is gone.
///
/// # Errors
/// `forbidden` for who is no operator; `already_exists` where a published key has not begun to sign.
pub async fn rotate(daemun: &Daemun, call: &Call) -> Result<Rotated, Failure> {
    operator_only(call)?;
    // Nobody adds a key under another master key: no node could open it.
    ensure(daemun, &call.app).await?;
    let now = daemun.clock.now();
    let signs_from = now.plus_seconds(daemun.settings.key_publication);
    let key = make(daemun, &call.app, signs_from)?;
    let kid = key.kid.clone();
    let entry = lines::Entry { detail: Some(kid.clone()), ..audit::done(daemun, call, "keys.rotate", None) };
    let app = call.app.clone();
    daemun
        .db
        .write_serializable(async move |tx| {
            if kept(tx, &app).await?.iter().any(|other| other.signs_from > now) {
                return Err(Code::AlreadyExists.into());
            }
            signing_keys::insert(tx, app.id, &key).await?;
            Ok(lines::insert(tx, &entry).await?)
        })
        .await?;
    load(daemun, &call.app).await?;
    Ok(Rotated { kid, signs_from })
}
