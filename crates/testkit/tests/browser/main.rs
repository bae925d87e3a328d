//! Pages as people see them: a real server in a real browser.

mod docs;
mod pages;
