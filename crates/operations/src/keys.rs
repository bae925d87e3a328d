//! Signing keys: made the first time an app is served, kept sealed, held in the keyring of each node.

use std::sync::{Arc, PoisonError};

use daemun_crypto::{AppKeys, SigningKey};
use daemun_model::{App, Failure};
use daemun_store::signing_keys::{self, SealedKey};
use serde_json::Value;

use crate::daemun::Daemun;

/// Seconds between two loads of an app's keys because of an unknown `kid`: anyone can write one into a token.
const RELOAD_EVERY: i64 = 5;

/// Loads an app's signing keys, after making the first one where there is none. Done at start-up for each app.
///
/// # Errors
/// When the database does not answer, or the master key is not the one that the keys were sealed with.
pub async fn ensure(daemun: &Daemun, app: &App) -> Result<(), Failure> {
    if load(daemun, app).await? {
        return Ok(());
    }
    make(daemun, app).await?;
    // Another node may have made one at the same moment: both are loaded, and both are good.
    if load(daemun, app).await? { Ok(()) } else { Err(Failure::broken("a signing key was made and is gone")) }
}

/// The app's JWK Set (RFC 7517 section 5): public parts only.
///
/// # Errors
/// As [`ensure`].
pub async fn jwks(daemun: &Daemun, app: &App) -> Result<Value, Failure> {
    signing(daemun, app).await?;
    Ok(daemun.keyring.jwks(app.id))
}

/// The key that signs new tokens of the app.
pub(crate) async fn signing(daemun: &Daemun, app: &App) -> Result<Arc<SigningKey>, Failure> {
    if let Some(key) = daemun.keyring.signing(app.id) {
        return Ok(key);
    }
    ensure(daemun, app).await?;
    daemun.keyring.signing(app.id).ok_or_else(|| Failure::broken("no signing key was loaded"))
}

/// The key of that `kid`. One that is unknown may be new: the keys are then loaded again, but not too often.
pub(crate) async fn of_kid(
    daemun: &Daemun,
    app: &App,
    kid: &str,
) -> Result<Option<Arc<SigningKey>>, Failure> {
    if let Some(key) = daemun.keyring.find(app.id, kid) {
        return Ok(Some(key));
    }
    if !may_reload(daemun, app) {
        return Ok(None);
    }
    load(daemun, app).await?;
    Ok(daemun.keyring.find(app.id, kid))
}

fn may_reload(daemun: &Daemun, app: &App) -> bool {
    let now = daemun.clock.now();
    let mut reloaded = daemun.reloaded.lock().unwrap_or_else(PoisonError::into_inner);
    let may = reloaded.get(&app.id).is_none_or(|last| last.plus_seconds(RELOAD_EVERY) <= now);
    if may {
        reloaded.insert(app.id, now);
    }
    may
}

/// Puts the app's keys into the keyring, and tells whether there was one.
async fn load(daemun: &Daemun, app: &App) -> Result<bool, Failure> {
    let now = daemun.clock.now();
    let sealed = signing_keys::list(&mut daemun.reader(), app.id).await?;
    let mut verifying = Vec::with_capacity(sealed.len());
    let mut signing: Option<Arc<SigningKey>> = None;
    for kept in sealed {
        let pkcs8 = daemun.master.open(&purpose(app, &kept.kid), &kept.sealed)?;
        let key = Arc::new(SigningKey::from_pkcs8(&kept.kid, &pkcs8)?);
        // They come in the order in which they begin to sign: the last that has begun signs.
        if kept.signs_from <= now || signing.is_none() {
            signing = Some(Arc::clone(&key));
        }
        verifying.push(key);
    }
    let Some(signing) = signing else { return Ok(false) };
    daemun.keyring.install(app.id, AppKeys { signing, verifying });
    Ok(true)
}

async fn make(daemun: &Daemun, app: &App) -> Result<(), Failure> {
    let now = daemun.clock.now();
    let (key, pkcs8) = SigningKey::generate(&*daemun.random)?;
    let sealed = daemun.master.seal(&purpose(app, key.kid()), &pkcs8)?;
    let kept = SealedKey { kid: key.kid().to_owned(), sealed, signs_from: now };
    let app = app.id;
    daemun.db.write(async move |tx| Ok(signing_keys::insert(tx, app, &kept, now).await?)).await
}

/// A sealed key opens only as this key of this app.
fn purpose(app: &App, kid: &str) -> String {
    format!("signing key {} {kid}", app.name)
}
