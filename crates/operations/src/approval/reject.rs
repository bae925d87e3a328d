//! `approval.reject`: an operator turns an applicant away.

use daemun_model::{Failure, Permission};

use super::decide::{FAILURES, Verdict, decide};
pub use super::decide::{Input, Output};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

pub(crate) fn operation() -> Operation {
    Operation::new("approval.reject", "Reject an account that waits", reject)
        .needs(Permission::ApprovalsWrite)
        .fails(&FAILURES)
}

/// Reject an account that waits. Its sessions end, and its member is told, with the reason.
///
/// # Errors
/// Those of [`operation`]; `already_decided` for an account that does not wait.
pub async fn reject(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    decide(&daemun, &call, Verdict::Reject, input).await
}
