//! Sessions.

mod authenticate;
pub(crate) mod code;
mod family;
mod introspect;
pub mod list;
pub(crate) mod open;
pub mod redeem_code;
pub mod refresh;
pub mod request_code;
pub mod revoke;
pub mod sign_in;
pub mod sign_out;
pub mod verify;

pub use authenticate::authenticate;
pub use introspect::{ActiveToken, Introspection, introspect};
