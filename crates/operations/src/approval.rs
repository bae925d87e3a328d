//! Approval: operators decide about accounts that wait.

pub mod approve;
mod decide;
pub mod list;
pub mod reject;
pub mod reopen;
