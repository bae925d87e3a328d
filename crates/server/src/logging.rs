//! Log lines, on standard error: standard output belongs to what commands answer.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Log, LogFormat};

/// Starts writing log lines as configured. Only the first call of a process has an effect.
///
/// # Errors
/// What is wrong with the filter.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::builder().parse(&log.filter).map_err(|error| format!("log.filter: {error}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(io::stderr);
    let terminal = io::stderr().is_terminal();
    let started = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Auto if !terminal => lines.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Auto | LogFormat::Text => lines.with_ansi(terminal).try_init(),
    };
    // A second server in one process, as in tests, writes where the first one does.
    started.ok();
    Ok(())
}

/// Writes a panic as one log line instead of the default text: what was said and where, never a value.
pub fn catch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let said = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("");
        tracing::error!(target: "daemun::panic", place, said, "panicked");
    }));
}
