//! Messages on their way: what waits, and the worker's step that sends it.

mod backlog;
mod list;
mod note_report;
pub mod retry;
pub mod search;
mod send_due;
pub mod show;

pub use backlog::{Backlog, backlog};
pub use list::{Listed, list};
pub use note_report::note_report;
pub use send_due::{Step, send_due, wait};
