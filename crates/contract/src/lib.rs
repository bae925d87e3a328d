//! Doors: reads a contract, checks it, serves it.

pub mod ast;
mod check;
pub mod docs;
pub mod examples;
pub mod expression;
pub mod fault;
pub mod messages;
pub mod openapi;
mod read;
mod schema;
pub mod serve;
pub mod show;
pub mod suggest;
pub mod yaml;

pub use fault::Fault;
pub use read::{Loaded, load, override_policy};
pub use serve::{Door, DoorOptions, Origins};
