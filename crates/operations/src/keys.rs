//! Signing keys: made the first time an app is served, kept sealed, held in the keyring of each node.
//!
//! The database holds the truth. A node loads an app's keys every minute, when it is asked for them, and when a token names
//! one that it does not know; whether a token's key was taken out is asked in the statement that reads the token's session.

pub(crate) mod list;
mod loads;
mod retire;
pub(crate) mod revoke;
pub(crate) mod rotate;

use std::sync::{Arc, PoisonError};

use daemun_crypto::{AppKeys, CryptoError, SigningKey};
use daemun_model::{App, Failure, Permission, Timestamp};
use daemun_store::signing_keys::{self, SealedKey};
use daemun_store::{Db, Tx};
use serde_json::Value;

use crate::call::Call;
use crate::daemun::Daemun;

pub use list::{Listed, State, list};
pub(crate) use loads::{Loads, load_now};
pub(crate) use retire::retire;
pub use revoke::{Revoked, revoke};
pub use rotate::{Rotated, rotate};

/// Seconds between two loads of an app's keys because of a token whose session is not there: anyone can keep one.
const RELOAD_EVERY: i64 = 1;
/// Seconds after which a node loads an app's keys again before it signs with them.
pub(crate) const STALE_AFTER: i64 = 60;

/// Loads an app's signing keys, after making the first one where there is none. Done at start-up for each app.
///
/// # Errors
/// When the database does not answer, or the master key is not the one that the keys were sealed with: see
/// [`is_other_master`].
pub async fn ensure(daemun: &Daemun, app: &App) -> Result<(), Failure> {
    if load(daemun, app).await? {
        return Ok(());
    }
    let first = make(daemun, app, daemun.clock.now())?;
    let id = app.id;
    // Of several nodes that start together one makes the key.
    daemun
        .db
        .write_serializable(async move |tx| {
            if signing_keys::list(tx, id).await?.is_empty() {
                signing_keys::insert(tx, id, &first).await?;
            }
            Ok(())
        })
        .await?;
    if load(daemun, app).await? { Ok(()) } else { Err(Failure::broken("a signing key was made and is gone")) }
}

/// Whether a failure says that the master key is not the one that sealed the keys of the database.
pub fn is_other_master(failure: &Failure) -> bool {
    match failure {
        Failure::Broken(cause) => matches!(cause.downcast_ref::<CryptoError>(), Some(CryptoError::Sealed)),
        _ => false,
    }
}

/// Whether a database holds keys, so that a new master key would be a wrong one.
///
/// # Errors
/// When the database does not answer.
pub async fn exist(db: &Db) -> Result<bool, Failure> {
    Ok(signing_keys::exist(&mut db.reader()).await?)
}

/// The app's JWK Set (RFC 7517 section 5): public parts only. A key that any node made is in it at once; while the
/// database is away, the keys that this node knows.
///
/// # Errors
/// As [`ensure`], where no key was loaded yet.
pub async fn jwks(daemun: &Daemun, app: &App) -> Result<Value, Failure> {
    let loaded = load_now(daemun, app).await;
    if daemun.keyring.signing(app.id).is_none() {
        loaded?;
        ensure(daemun, app).await?;
    }
    Ok(daemun.keyring.jwks(app.id))
}

/// The key that signs new tokens of the app.
pub(crate) async fn signing(daemun: &Daemun, app: &App) -> Result<Arc<SigningKey>, Failure> {
    if claim_load(daemun, app, STALE_AFTER) {
        ensure(daemun, app).await.inspect_err(|_| give_back(daemun, app))?;
    }
    if let Some(key) = daemun.keyring.signing(app.id) {
        return Ok(key);
    }
    ensure(daemun, app).await?;
    daemun.keyring.signing(app.id).ok_or_else(|| Failure::broken("no signing key was loaded"))
}

/// As [`signing`], and asks the database whether another process took the key out meanwhile.
pub(crate) async fn signing_now(daemun: &Daemun, app: &App) -> Result<Arc<SigningKey>, Failure> {
    let key = signing(daemun, app).await?;
    if signing_keys::exists(&mut daemun.reader(), app.id, key.kid()).await? {
        return Ok(key);
    }
    load_now(daemun, app).await?;
    signing(daemun, app).await
}

/// The key of that `kid`. One that is unknown here may be new: then the keys are loaded as they are now.
pub(crate) async fn of_kid(
    daemun: &Daemun,
    app: &App,
    kid: &str,
) -> Result<Option<Arc<SigningKey>>, Failure> {
    if let Some(key) = daemun.keyring.find(app.id, kid) {
        return Ok(Some(key));
    }
    load_now(daemun, app).await?;
    Ok(daemun.keyring.find(app.id, kid))
}

/// Loads the keys again, but not too often.
pub(crate) async fn reload(daemun: &Daemun, app: &App) -> Result<(), Failure> {
    if claim_load(daemun, app, RELOAD_EVERY) {
        load(daemun, app).await.inspect_err(|_| give_back(daemun, app))?;
    }
    Ok(())
}

/// Whether this request is the one to load the keys, which were last loaded at least `after` seconds ago. The others go
/// on with those that are there.
fn claim_load(daemun: &Daemun, app: &App, after: i64) -> bool {
    let now = daemun.clock.now();
    let mut loaded = daemun.keys_loaded.lock().unwrap_or_else(PoisonError::into_inner);
    // A clock that was set back must not keep old keys for as long.
    let due = loaded.get(&app.id).is_none_or(|last| last.plus_seconds(after) <= now || *last > now);
    if due {
        loaded.insert(app.id, now);
    }
    due
}

fn give_back(daemun: &Daemun, app: &App) {
    daemun.keys_loaded.lock().unwrap_or_else(PoisonError::into_inner).remove(&app.id);
}

/// Puts the app's keys into the keyring, and tells whether there was one.
async fn load(daemun: &Daemun, app: &App) -> Result<bool, Failure> {
    let now = daemun.clock.now();
    let sealed = signing_keys::list(&mut daemun.reader(), app.id).await?;
    let mut verifying = Vec::with_capacity(sealed.len());
    let mut signing = None;
    let current = current(&sealed, now).map(|key| key.kid.clone());
    for kept in sealed {
        let pkcs8 = daemun.master.open(&purpose(app, &kept.kid), &kept.sealed)?;
        let key = Arc::new(SigningKey::from_pkcs8(&kept.kid, &pkcs8)?);
        if current.as_ref() == Some(&kept.kid) {
            signing = Some(Arc::clone(&key));
        }
        verifying.push(key);
    }
    let Some(signing) = signing else { return Ok(false) };
    daemun.keyring.install(app.id, AppKeys { signing, verifying });
    daemun.keys_loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(app.id, now);
    Ok(true)
}

/// Of keys in the order in which they begin to sign, the one that signs now: the last that has begun.
fn current(keys: &[SealedKey], now: Timestamp) -> Option<&SealedKey> {
    keys.iter().rev().find(|key| key.signs_from <= now).or_else(|| keys.first())
}

/// A new key of the app, sealed.
fn make(daemun: &Daemun, app: &App, signs_from: Timestamp) -> Result<SealedKey, Failure> {
    let (key, pkcs8) = SigningKey::generate(&*daemun.random)?;
    let sealed = daemun.master.seal(&purpose(app, key.kid()), &pkcs8)?;
    Ok(SealedKey { kid: key.kid().to_owned(), sealed, created_at: daemun.clock.now(), signs_from })
}

/// A sealed key opens only as this key of this app.
fn purpose(app: &App, kid: &str) -> String {
    format!("signing key {} {kid}", app.name)
}

/// Keys are the operators'.
fn operator_only(call: &Call) -> Result<(), Failure> {
    call.permit(Permission::SystemWrite)
}

/// The keys as a transaction sees them.
async fn kept(tx: &mut Tx, app: &App) -> Result<Vec<SealedKey>, Failure> {
    Ok(signing_keys::list(tx, app.id).await?)
}
