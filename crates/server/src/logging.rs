//! Log lines, on standard error: standard output belongs to what commands answer.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Libraries whose lines hold what they work on, whatever the filter asks for.
const NEVER: [&str; 1] = ["rlibphonenumber=off"];

/// Starts writing log lines as configured. Only the first call of a process has an effect.
///
/// # Errors
/// What is wrong with the filter.
pub fn start(log: &Log) -> Result<(), String> {
    let terminal = io::stderr().is_terminal();
    match log.format {
        LogFormat::Json => start_json(&log.filter, io::stderr),
        LogFormat::Auto if !terminal => start_json(&log.filter, io::stderr),
        LogFormat::Auto | LogFormat::Text => {
            let lines = tracing_subscriber::fmt().with_env_filter(filter(&log.filter)?);
            // A second server in one process, as in tests, writes where the first one does.
            lines.with_writer(io::stderr).with_ansi(terminal).try_init().ok();
            Ok(())
        }
    }
}

/// Starts writing log lines as JSON, wherever they go. Only the first call of a process has an effect.
///
/// # Errors
/// As [`start`].
pub fn start_json<W>(directives: &str, writer: W) -> Result<(), String>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt().with_env_filter(filter(directives)?).with_writer(writer);
    lines.json().flatten_event(true).with_span_list(false).try_init().ok();
    Ok(())
}

fn filter(directives: &str) -> Result<EnvFilter, String> {
    let wrong = |error: ParseError| format!("log.filter: {error}");
    let mut filter = EnvFilter::builder().parse(directives).map_err(wrong)?;
    for directive in NEVER {
        filter = filter.add_directive(directive.parse().map_err(wrong)?);
    }
    Ok(filter)
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
