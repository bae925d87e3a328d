//! Keys of programs that act on an app's accounts: `daemun_ID_SECRET`. The secret is shown once.

pub mod authenticate;
pub mod create;
pub mod list;
pub mod revoke;

use daemun_model::{Permission, Timestamp};
use daemun_store::api_keys::ApiKey;
use schemars::JsonSchema;
use serde::Serialize;

pub use authenticate::authenticate;

/// What every key begins with, so that scanners of leaked secrets know it.
const PREFIX: &str = "daemun_";
/// Hexadecimal digits of an identifier.
const ID_DIGITS: usize = 16;
/// Hexadecimal digits of a secret: 256 bits.
const SECRET_DIGITS: usize = 64;

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Live,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

/// A key as it is listed: nothing of its secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// Names it in the audit and in the log.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it works.
    pub state: State,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
}

fn listed(key: ApiKey, now: Timestamp) -> Listed {
    Listed {
        state: state(&key, now),
        permissions: key.permissions.iter().map(Permission::as_str).map(str::to_owned).collect(),
        id: key.id,
        name: key.name,
        created_at: key.created_at,
        created_by: key.created_by,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        last_used_at: key.last_used_at,
    }
}

fn state(key: &ApiKey, now: Timestamp) -> State {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => State::Revoked,
        (None, Some(end)) if end <= now => State::Expired,
        (None, _) => State::Live,
    }
}
