//! Pages as people see them: a real server in a real browser.

#![expect(clippy::unwrap_used, reason = "a test stops where something is wrong")]

mod campus;
mod console;
mod docs;
mod enter;
mod mail;
mod pages;
mod places;
mod screens;
