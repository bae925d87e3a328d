//! Passwords.

pub mod change;
pub mod check_reset_code;
pub mod request_reset;
pub mod reset;
