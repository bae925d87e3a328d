//! Sessions.

pub mod list;
pub mod refresh;
pub mod revoke;
pub mod sign_in;
pub mod sign_out;
pub mod verify;
