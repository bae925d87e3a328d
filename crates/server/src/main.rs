//! The program.

use std::process::ExitCode;

use clap::Parser;
use daemun_server::cli::{Cli, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    daemun_server::install_tls();
    let cli = Cli::parse();
    // The only place where the environment is read (invariant 13). A variable that is no text is none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli, environment)),
        Err(error) => daemun_server::cli::Failed::Told(format!("cannot start threads: {error}")).tell(),
    }
}
