//! The nouns of Daemun: accounts, sessions, addresses, failures, and the two parameters every
//! operation takes instead of asking the machine: the clock and randomness. No I/O happens here.

pub mod account;
pub mod app;
pub mod card;
pub mod catalog;
pub mod clock;
pub mod email;
pub mod failure;
pub mod ids;
pub mod language;
pub mod message;
pub mod organization;
pub mod page;
pub mod period;
pub mod permission;
pub mod phone;
pub mod product_key;
pub mod profile;
pub mod random;
pub mod relation;
pub mod room;
pub mod session;
pub mod text;
pub mod time_setting;
pub mod upload;

pub use account::{Account, Status};
pub use app::{App, AppId, Policy, TokenPolicy};
pub use card::{Card, Contact};
pub use catalog::{Catalog, CatalogItem};
pub use clock::{Clock, FrozenClock, SystemClock, Timestamp};
pub use email::Email;
pub use failure::{Code, Failure, Fault, Faults, Reason};
pub use ids::AccountUuid;
pub use language::Language;
pub use organization::Organization;
pub use page::Page;
pub use period::{Day, Period};
pub use permission::{Permission, Permissions};
pub use phone::PhoneNumber;
pub use product_key::{ListedKey, ProductKey, ProductKeyState, RegisteredKey};
pub use random::{Random, SeededRandom, SystemRandom, first_uuid_v7};
pub use relation::{Relation, Relations};
pub use room::Room;
pub use session::{Session, Tokens};
pub use time_setting::TimeSetting;
pub use upload::{MediaType, UploadKind};
