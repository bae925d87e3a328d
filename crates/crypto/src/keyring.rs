//! The signing keys of every app, at hand for each request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use daemun_model::AppId;
use serde_json::{Value, json};

use crate::signing_key::SigningKey;

/// The keys of one app.
#[derive(Clone, Debug)]
pub struct AppKeys {
    /// The key that signs new tokens.
    pub signing: Arc<SigningKey>,
    /// Every key whose tokens are still accepted, the signing one among them, in the order they are published.
    pub verifying: Vec<Arc<SigningKey>>,
}

/// The keys of all apps of this node. The database holds the truth: who finds a `kid` unknown loads again
/// and [`Keyring::install`]s.
#[derive(Debug, Default)]
pub struct Keyring(RwLock<HashMap<AppId, AppKeys>>);

impl Keyring {
    /// Replaces the keys of an app. The signing key is accepted even where `verifying` forgot it.
    pub fn install(&self, app: AppId, mut keys: AppKeys) {
        if !keys.verifying.iter().any(|key| key.kid() == keys.signing.kid()) {
            keys.verifying.push(Arc::clone(&keys.signing));
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(app, keys);
    }

    /// The key that signs new tokens of an app; `None` until its keys are installed.
    pub fn signing(&self, app: AppId) -> Option<Arc<SigningKey>> {
        self.read().get(&app).map(|keys| Arc::clone(&keys.signing))
    }

    /// The key of that `kid`, if the app accepts its tokens. Keys of other apps are not looked at.
    pub fn find(&self, app: AppId, kid: &str) -> Option<Arc<SigningKey>> {
        self.read().get(&app)?.verifying.iter().find(|key| key.kid() == kid).cloned()
    }

    /// The app's JWK Set (RFC 7517 section 5): public parts only.
    pub fn jwks(&self, app: AppId) -> Value {
        let keys: Vec<Value> = self
            .read()
            .get(&app)
            .map(|keys| keys.verifying.iter().map(|key| key.public_jwk()).collect())
            .unwrap_or_default();
        json!({ "keys": keys })
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<AppId, AppKeys>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use daemun_model::SeededRandom;

    use super::*;

    fn key(seed: u64) -> Arc<SigningKey> {
        Arc::new(SigningKey::generate(&SeededRandom::new(seed)).unwrap().0)
    }

    #[test]
    fn a_key_is_found_by_its_kid_and_only_in_its_app() {
        let (old, new) = (key(1), key(2));
        let keyring = Keyring::default();
        assert!(keyring.signing(AppId(1)).is_none());
        keyring.install(
            AppId(1),
            AppKeys { signing: Arc::clone(&new), verifying: vec![Arc::clone(&old), Arc::clone(&new)] },
        );
        assert_eq!(keyring.signing(AppId(1)).unwrap().kid(), new.kid());
        assert_eq!(keyring.find(AppId(1), old.kid()).unwrap().kid(), old.kid());
        assert!(keyring.find(AppId(2), old.kid()).is_none());
        assert!(keyring.find(AppId(1), "unknown").is_none());
    }

    #[test]
    fn installing_replaces_what_was_there() {
        let (old, new) = (key(1), key(2));
        let keyring = Keyring::default();
        keyring.install(AppId(1), AppKeys { signing: Arc::clone(&old), verifying: vec![] });
        keyring.install(AppId(1), AppKeys { signing: Arc::clone(&new), verifying: vec![] });
        assert!(keyring.find(AppId(1), old.kid()).is_none());
        assert_eq!(keyring.find(AppId(1), new.kid()).unwrap().kid(), new.kid());
    }

    #[test]
    fn the_published_set_holds_every_accepted_key_in_order_and_nothing_private() {
        let (old, new) = (key(1), key(2));
        let keyring = Keyring::default();
        keyring.install(
            AppId(1),
            AppKeys { signing: Arc::clone(&new), verifying: vec![Arc::clone(&old), Arc::clone(&new)] },
        );
        assert_eq!(keyring.jwks(AppId(1)), json!({ "keys": [old.public_jwk(), new.public_jwk()] }));
        assert!(!keyring.jwks(AppId(1)).to_string().contains("\"d\""));
        assert_eq!(keyring.jwks(AppId(2)), json!({ "keys": [] }));
    }
}
