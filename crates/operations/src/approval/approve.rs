//! `approval.approve`: an operator lets an applicant in.

use daemun_model::{Failure, Permission};

use super::decide::{FAILURES, Verdict, decide};
pub use super::decide::{Input, Output};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

pub(crate) fn operation() -> Operation {
    Operation::new("approval.approve", "Approve an account that waits", approve)
        .needs(Permission::ApprovalsWrite)
        .fails(&FAILURES)
}

/// Approve an account that waits. Its member is told.
///
/// # Errors
/// Those of [`operation`]; `already_decided` for an account that does not wait.
pub async fn approve(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    decide(&daemun, &call, Verdict::Approve, input).await
}
