//! Accounts.

pub mod cards;
mod common;
pub mod delete;
pub mod edit;
pub mod end_sessions;
pub mod erase;
pub mod export;
pub mod find;
pub mod find_email;
pub mod import;
pub mod list;
pub mod list_sessions;
pub mod open_sign_in;
pub mod restore;
pub mod search;
pub mod send_reset;
pub mod show;
mod shown;
pub mod sign_up;
mod status;
pub mod suspend;
pub mod update;
pub mod verify_password;

pub(crate) use common::{is_own, is_own_typed, named, prove_password, read_reason};
pub use shown::Shown;
