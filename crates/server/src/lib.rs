//! The program `daemun`: configuration, command line, wiring, the port, the jobs.

pub mod apps;
pub mod builtin;
pub mod cli;
pub mod config;
pub mod core;
pub mod delivery;
pub mod demo;
pub mod files;
#[cfg(target_os = "linux")]
mod footprint;
pub mod health;
pub mod introspect;
pub mod jobs;
pub mod listen;
pub mod logging;
pub mod media;
pub mod metrics;
pub mod reports;
pub mod run;
pub mod site;
pub mod traces;
pub mod trial;

/// Makes aws-lc the TLS library of this process. The first thing a program or a test does; a second call has no effect.
pub fn install_tls() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
}
