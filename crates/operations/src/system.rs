//! How the server does.

pub mod show;
