//! Passwords.

pub mod change;
pub mod check_reset_code;
mod key;
pub mod request_reset;
pub mod reset;

pub use key::reset_link_state;
