//! What every operation stands on.

use std::ops::Deref;
use std::sync::Arc;

use daemun_model::{Clock, Random};

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
        }
    }
}

/// What a [`Daemun`] is put together from.
#[derive(Debug)]
pub struct Parts {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Numbers.
    pub settings: Settings,
}

/// The core: cheap to clone, the same for all apps.
#[derive(Clone, Debug)]
pub struct Daemun(Arc<Inner>);

/// What operations reach through [`Daemun`].
#[derive(Debug)]
pub struct Inner {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub random: Arc<dyn Random>,
    /// Numbers.
    pub settings: Settings,
}

impl Daemun {
    /// Puts the core together.
    pub fn new(parts: Parts) -> Self {
        let Parts { clock, random, settings } = parts;
        Self(Arc::new(Inner { clock, random, settings }))
    }
}

impl Deref for Daemun {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
