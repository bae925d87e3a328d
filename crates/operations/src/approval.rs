//! Approval: operators decide about accounts that wait.

pub mod approve;
pub mod decide;
pub mod list;
pub mod reasons;
pub mod reject;
pub mod reopen;
