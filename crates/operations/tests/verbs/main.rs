//! Every operation, through the registry, over a real store: SQLite, or what `DAEMUN_TEST_DATABASE` names.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

mod administrators;
mod api_keys;
mod approval;
mod catalogs;
mod clock;
mod club;
mod edits;
mod email;
mod friends;
mod introspect;
mod keys;
mod limits;
mod listings;
mod operator;
mod organizations;
mod outage;
mod outbox;
mod password;
mod points;
mod product_keys;
mod profile;
mod races;
mod refresh;
mod registry;
mod reset;
mod rooms;
mod search;
mod sessions;
mod sign_in;
mod sign_in_codes;
mod sign_up;
mod sms;
mod statistics;
mod time_settings;
mod world;
