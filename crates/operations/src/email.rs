//! E-mail addresses and their proof.

pub mod check_code;
pub mod request_code;
pub mod verify;
