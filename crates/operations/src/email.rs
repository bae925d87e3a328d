//! E-mail addresses and their proof.

pub mod check_code;
pub(crate) mod proof;
pub mod request_code;
pub mod request_verification;
mod verification;
pub mod verify;

use daemun_model::{Email, Failure, Reason};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::rules::Reading;

pub(crate) use verification::Verification;
pub use verify::verify_link_state;

/// The address of an input that must have one.
pub(crate) fn read(daemun: &Daemun, call: &Call, email: Option<&str>) -> Result<Email, Failure> {
    read_with_code(daemun, call, email, Some("")).map(|(email, _)| email)
}

/// The address and the code of an input that must have both.
pub(crate) fn read_with_code(
    daemun: &Daemun,
    call: &Call,
    email: Option<&str>,
    code: Option<&str>,
) -> Result<(Email, String), Failure> {
    let mut reading = Reading { app: &call.app, now: daemun.clock.now(), faults: call.faults.clone() };
    reading.faults.require("email", email);
    reading.faults.require("code", code);
    let email = email.and_then(|typed| reading.email(typed));
    reading.faults.finish()?;
    let email = email.ok_or_else(|| Failure::invalid("email", Reason::Malformed))?;
    Ok((email, code.unwrap_or_default().to_owned()))
}
