//! What every operation stands on.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

use daemun_crypto::{Keyring, MasterKey, PasswordHasher, VerifiedCache};
use daemun_delivery::Delivery;
use daemun_files::Files;
use daemun_model::{App, AppId, Clock, Random, Timestamp};
use daemun_store::{Db, Reader};
use tokio::sync::Notify;

use crate::administrator::{self, ConsoleSettings};
use crate::keys::Loads;
use crate::limits::Limits;
use crate::served::Served;
use crate::token::Verified;

/// Numbers that hold for all apps. The defaults are those of `daemun.default.toml`; all are seconds unless named otherwise.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a link to choose a new password works.
    pub reset_link_lifetime: i64,
    /// How long a link that verifies an address works.
    pub verify_link_lifetime: i64,
    /// How long a one-time code works.
    pub code_lifetime: i64,
    /// How many wrong tries a one-time code survives (a count).
    pub code_tries: i64,
    /// How long a checked code proves an address for sign-up.
    pub sign_up_proof_lifetime: i64,
    /// How long a checked code lets a new password be chosen.
    pub reset_proof_lifetime: i64,
    /// How long a rotated refresh token still gets the same successor.
    pub rotation_grace: i64,
    /// How long the audit is kept.
    pub keep_audit: i64,
    /// How long sent messages are listed.
    pub keep_outbox: i64,
    /// How long spent codes, links and ended sessions are kept.
    pub keep_spent: i64,
    /// How long a new signing key is published before it signs.
    pub key_publication: i64,
    /// How long a permission to upload a file lasts.
    pub upload_lifetime: i64,
    /// How long a link to a file that not everybody may see works.
    pub upload_link_lifetime: i64,
    /// How long a file is kept that no account has.
    pub keep_unclaimed: i64,
    /// How many verified tokens are remembered, and as many refresh tokens (a count; about 400 bytes each).
    pub verified_tokens: u64,
    /// How often what may be tried and sent.
    pub limits: Limits,
    /// What holds for administrators.
    pub console: ConsoleSettings,
}

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

impl Default for Settings {
    fn default() -> Self {
        Self {
            reset_link_lifetime: 30 * MINUTE,
            verify_link_lifetime: 3 * DAY,
            code_lifetime: 10 * MINUTE,
            code_tries: 5,
            sign_up_proof_lifetime: 60 * MINUTE,
            reset_proof_lifetime: 10 * MINUTE,
            rotation_grace: 10,
            keep_audit: 365 * DAY,
            keep_outbox: 30 * DAY,
            keep_spent: 30 * DAY,
            key_publication: 10 * MINUTE,
            upload_lifetime: 10 * MINUTE,
            upload_link_lifetime: 5 * MINUTE,
            keep_unclaimed: DAY,
            verified_tokens: 20_000,
            limits: Limits::default(),
            console: ConsoleSettings::default(),
        }
    }
}

/// What a [`Daemun`] is put together from.
pub struct Parts {
    /// Where everything is kept.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Hashes passwords on threads of its own.
    pub hasher: PasswordHasher,
    /// Seals signing keys and makes digests of codes.
    pub master: MasterKey,
    /// The ways out for messages.
    pub delivery: Delivery,
    /// Where uploaded files lie.
    pub files: Files,
    /// Numbers.
    pub settings: Settings,
}

/// The core: cheap to clone, the same for all apps.
#[derive(Clone)]
pub struct Daemun(Arc<Inner>);

/// What operations reach through [`Daemun`].
pub struct Inner {
    /// Where everything is kept.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Hashes passwords on threads of its own.
    pub hasher: PasswordHasher,
    /// Seals signing keys and makes digests of codes.
    pub master: MasterKey,
    /// The ways out for messages.
    pub delivery: Delivery,
    /// Where uploaded files lie.
    pub files: Files,
    /// Numbers.
    pub settings: Settings,
    /// The signing keys of every app; see [`crate::keys`].
    pub keyring: Keyring,
    /// Access tokens that this node signed, or whose signature it checked.
    pub(crate) verified: VerifiedCache<Arc<Verified>>,
    /// Refresh tokens that this node signed.
    pub(crate) signed: VerifiedCache<Arc<Verified>>,
    /// When each app's keys were last loaded.
    pub(crate) keys_loaded: Mutex<HashMap<AppId, Timestamp>>,
    /// The loads of keys because of tokens that name one which is not here.
    pub(crate) key_loads: Loads,
    /// Rung when a message was put into the outbox.
    pub(crate) bell: Notify,
    /// The apps of this server, once it knows them.
    served: OnceLock<Vec<Served>>,
    /// Where what administrators do is kept; see [`administrator`].
    pub(crate) console: Arc<App>,
}

impl Daemun {
    /// Puts the core together.
    pub fn new(parts: Parts) -> Self {
        let Parts { db, clock, random, hasher, master, delivery, files, settings } = parts;
        let verified = VerifiedCache::new(settings.verified_tokens);
        let signed = VerifiedCache::of_latest(settings.verified_tokens);
        let console = Arc::new(administrator::app(&settings.console));
        Self(Arc::new(Inner {
            db,
            clock,
            random,
            hasher,
            master,
            delivery,
            files,
            settings,
            keyring: Keyring::default(),
            verified,
            signed,
            keys_loaded: Mutex::default(),
            key_loads: Loads::default(),
            bell: Notify::new(),
            served: OnceLock::new(),
            console,
        }))
    }

    /// Tells it the apps of this server: once, before the first call.
    pub fn serves(&self, served: Vec<Served>) {
        // Whoever tells it twice tells the same.
        let _ = self.served.set(served);
    }

    /// The apps of this server.
    pub(crate) fn served(&self) -> &[Served] {
        self.served.get().map_or(&[], Vec::as_slice)
    }

    /// For reads outside a transaction.
    pub(crate) fn reader(&self) -> Reader {
        self.db.reader()
    }
}

impl Deref for Daemun {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for Daemun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Daemun").field("settings", &self.settings).finish_non_exhaustive()
    }
}
