//! The nouns of Daemun: accounts, sessions, addresses, failures, and the two parameters every
//! operation takes instead of asking the machine: the clock and randomness. No I/O happens here.

pub mod account;
pub mod app;
pub mod catalog;
pub mod clock;
pub mod email;
pub mod failure;
pub mod ids;
pub mod language;
pub mod message;
pub mod organization;
pub mod phone;
pub mod profile;
pub mod random;
pub mod relation;
pub mod session;
pub mod text;

pub use account::{Account, Status};
pub use app::{App, AppId, Policy, TokenPolicy};
pub use catalog::{Catalog, CatalogItem};
pub use clock::{Clock, FrozenClock, SystemClock, Timestamp};
pub use email::Email;
pub use failure::{Code, Failure, Fault, Faults, Reason};
pub use ids::AccountUuid;
pub use language::Language;
pub use organization::Organization;
pub use phone::PhoneNumber;
pub use random::{Random, SeededRandom, SystemRandom};
pub use relation::{Relation, Relations};
pub use session::{Session, Tokens};
