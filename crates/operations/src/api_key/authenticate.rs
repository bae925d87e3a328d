//! Which program calls? Every use of a key reads its row: a revoked one is refused at once, on every node.

use daemun_crypto::digest;
use daemun_model::{AppId, CONSOLE, Code, Failure};
use daemun_store::api_keys::{self, ApiKey};

use super::{ID_DIGITS, PREFIX, SECRET_DIGITS, State, state};
use crate::call::{Call, Operator};
use crate::daemun::Daemun;
use crate::limits::PerAddress;

/// The longest time between two notes of a key's use, in seconds.
const NOTE_USE_EVERY: i64 = 3600;
const ACT: &str = "api_key.authenticate";

/// The operator that a key stands for. `call` tells the app and where the request came from. A key of the server stands for
/// the same operator in every app.
///
/// # Errors
/// `unauthenticated` for a key that is none, another app's, expired or revoked; `too_many_requests` when too many such
/// came from the address. A right key is never refused for the wrong ones of its neighbours.
pub async fn authenticate(daemun: &Daemun, call: &Call, shown: &str) -> Result<Operator, Failure> {
    let found = match parts(shown) {
        None => None,
        Some((id, secret)) => {
            let key = find(daemun, call.app.id, id).await?;
            // Digests are compared, whose first different byte tells nothing of the secret.
            key.filter(|(_, key)| key.digest == digest(secret))
        }
    };
    let now = daemun.clock.now();
    match found.filter(|(_, key)| state(key, now) == State::Live) {
        Some((app, key)) => {
            note_use(daemun, app, &key).await;
            Ok(Operator { name: format!("api-key:{}", key.id), may: key.permissions })
        }
        None => {
            let limit = PerAddress::api_keys(daemun, call);
            Err(limit.refused(daemun, call, ACT, Code::Unauthenticated.into()).await)
        }
    }
}

/// The key of an identifier, with whose it is: this app's or the server's.
async fn find(daemun: &Daemun, app: AppId, id: &str) -> Result<Option<(AppId, ApiKey)>, Failure> {
    for whose in [app, CONSOLE] {
        if let Some(key) = api_keys::find(&mut daemun.reader(), whose, id).await? {
            return Ok(Some((whose, key)));
        }
    }
    Ok(None)
}

/// The identifier and the secret of what has the form of a key.
fn parts(shown: &str) -> Option<(&str, &str)> {
    let (id, secret) = shown.strip_prefix(PREFIX)?.split_once('_')?;
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let whole = id.len() == ID_DIGITS && secret.len() == SECRET_DIGITS && hex(id) && hex(secret);
    whole.then_some((id, secret))
}

/// Once an hour at most. That it was used is no reason to refuse the request when it cannot be noted.
async fn note_use(daemun: &Daemun, app: AppId, key: &ApiKey) {
    let now = daemun.clock.now();
    let before = now.plus_seconds(-NOTE_USE_EVERY);
    if key.last_used_at.is_some_and(|at| at > before && at <= now) {
        return;
    }
    let id = key.id.clone();
    let noted =
        daemun.db.write(async move |tx| Ok(api_keys::touch(tx, app, &id, (now, before)).await?)).await;
    if let Err(failure) = noted {
        tracing::warn!(%failure, "the use of an API key was not noted");
    }
}
