//! `approval.reopen`: an operator takes a decision back.

use daemun_model::{Failure, Permission};

use super::decide::{FAILURES, Verdict, decide};
pub use super::decide::{Input, Output};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

pub(crate) fn operation() -> Operation {
    Operation::new("approval.reopen", "Let an account wait again that was approved or rejected", reopen)
        .needs(Permission::ApprovalsWrite)
        .fails(&FAILURES)
}

/// Let an account wait again that was approved or rejected. Its open sessions may do what a waiting account may.
///
/// # Errors
/// Those of [`operation`]; `already_decided` for an account that waits.
pub async fn reopen(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    decide(&daemun, &call, Verdict::Reopen, input).await
}
