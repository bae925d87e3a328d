//! What must stay secret and what proves it: password hashes, tokens, signing keys, the master key.
//!
//! Nothing here touches the database or the network. The only file it knows is the master key's.

pub mod cache;
pub mod error;
pub mod hasher;
pub mod keyring;
pub mod master;
pub mod password_rules;
pub mod signing_key;
pub mod token;
pub mod totp;

pub use cache::VerifiedCache;
pub use error::{CryptoError, TokenFault};
pub use hasher::{HasherOptions, PasswordHasher, Slot, Verdict};
pub use keyring::{AppKeys, Keyring};
pub use master::{MasterKey, digest};
pub use password_rules::Password;
pub use signing_key::SigningKey;
pub use token::{Expected, key_id, verify};
pub use totp::Totp;
