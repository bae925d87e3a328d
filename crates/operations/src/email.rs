//! E-mail addresses and their proof.

pub mod check_code;
pub(crate) mod proof;
pub mod request_code;
mod verification;
pub mod verify;

pub(crate) use verification::Verification;
pub use verify::verify_link_state;
