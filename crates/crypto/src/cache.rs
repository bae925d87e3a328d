//! Tokens that were verified a moment ago, so that their signature need not be checked again.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use daemun_model::AppId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// The app and the SHA-256 of the whole token, signature included.
type Key = (AppId, [u8; 32]);

/// The claims of tokens whose signature, type, issuer and audience were verified for an app.
///
/// It saves the signature check only: who takes a hit from it still compares `exp` with the clock and looks
/// whether the session is live. Keep one cache for one type of token.
#[derive(Clone)]
pub struct VerifiedCache<C: Clone + Send + Sync + 'static>(Cache<Key, C>);

impl<C: Clone + Send + Sync + 'static> VerifiedCache<C> {
    /// A cache of at most `capacity` tokens, the least useful thrown out first; 0 keeps nothing.
    pub fn new(capacity: u64) -> Self {
        Self(Cache::new(capacity))
    }

    /// The same of tokens that are shown once: the latest are kept, however seldom they are asked for.
    pub fn of_latest(capacity: u64) -> Self {
        Self(Cache::builder().max_capacity(capacity).eviction_policy(EvictionPolicy::lru()).build())
    }

    /// The claims of a token that was verified for this app.
    pub fn get(&self, app: AppId, token: &str) -> Option<C> {
        self.0.get(&key(app, token))
    }

    /// Remembers a token that was just verified, or signed, for this app.
    pub fn insert(&self, app: AppId, token: &str, claims: C) {
        self.0.insert(key(app, token), claims);
    }

    /// Forgets everything, as when a signing key is withdrawn.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}

impl<C: Clone + Send + Sync + 'static> fmt::Debug for VerifiedCache<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedCache").field("entries", &self.0.entry_count()).finish_non_exhaustive()
    }
}

fn key(app: AppId, token: &str) -> Key {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    (app, sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_only_to_the_app_it_was_verified_for() {
        let cache = VerifiedCache::new(10);
        cache.insert(AppId(1), "header.claims.signature", 7);
        assert_eq!(cache.get(AppId(1), "header.claims.signature"), Some(7));
        assert_eq!(cache.get(AppId(2), "header.claims.signature"), None);
        assert_eq!(cache.get(AppId(1), "header.claims.signaturf"), None);
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let cache = VerifiedCache::new(100);
        for number in 0..10_000 {
            cache.insert(AppId(1), &format!("token {number}"), number);
        }
        cache.0.run_pending_tasks();
        assert!(cache.0.entry_count() <= 100, "{cache:?}");
    }

    #[test]
    fn the_latest_are_kept_where_tokens_are_shown_once() {
        let cache = VerifiedCache::of_latest(100);
        for number in 0..10_000 {
            cache.insert(AppId(1), &format!("token {number}"), number);
            cache.0.run_pending_tasks();
            assert_eq!(cache.get(AppId(1), &format!("token {number}")), Some(number));
        }
        assert!(cache.0.entry_count() <= 100, "{cache:?}");
    }

    #[test]
    fn clearing_forgets() {
        let cache = VerifiedCache::new(10);
        cache.insert(AppId(1), "token", 7);
        cache.clear();
        assert_eq!(cache.get(AppId(1), "token"), None);
    }
}
