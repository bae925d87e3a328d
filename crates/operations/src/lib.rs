//! The verbs of Daemun. What a contract writes as `does: account.sign_up` is the function in
//! `src/account/sign_up.rs`; the command line, the pages and the worker call the same functions.
//!
//! An operation opens its transaction, decides, writes and commits. It knows nothing of HTTP or of any contract.

pub mod account;
pub mod administrator;
pub mod api_key;
pub mod approval;
pub mod apps;
pub mod audit;
pub mod call;
pub mod catalog;
pub mod change;
mod code;
pub mod csv;
pub mod cursor;
pub mod daemun;
pub mod email;
pub mod export;
pub mod friend;
pub mod idempotency;
pub mod keys;
pub mod limits;
pub mod link;
mod mail;
mod names;
mod node;
pub mod operation;
pub mod organization;
pub mod outbox;
mod pace;
mod page;
pub mod password;
pub mod point;
pub mod product_key;
pub mod purge;
pub mod registry;
pub mod relations;
pub mod room;
mod rules;
mod scope;
mod secret;
pub mod seed;
pub mod served;
pub mod session;
pub mod shows;
pub mod statistics;
pub mod system;
pub mod time_setting;
mod token;
pub mod upload;

pub use call::{Call, Caller, ClaimsMaker, Client, Operator};
pub use change::Change;
pub use daemun::{Daemun, Inner, Parts, Settings};
pub use limits::{Limits, Networks};
pub use operation::{CallerRule, Done, Effect, Operation};
pub use registry::{find, registry};
pub use shows::Shows;
