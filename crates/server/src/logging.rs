//! Log lines, on standard error: standard output belongs to what commands answer.

mod json;
mod lines;

use std::io::{self, IsTerminal};

use json::Json;
use lines::Lines;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{Log, LogFormat};
use crate::traces::{self, Sender};

/// Libraries whose lines hold what they work on, whatever the filter asks for.
const NEVER: [&str; 1] = ["rlibphonenumber=off"];

/// Where lines go that wait a moment. When it is dropped, none waits any more: keep it until the program ends.
#[must_use = "lines that wait are lost without it"]
pub struct Kept(Option<Lines>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(lines) = &self.0 {
            lines.end();
        }
    }
}

/// Starts writing log lines as configured, and traces where they are wanted. Only the first call of a process has an
/// effect. On a terminal lines come at once, elsewhere a tenth of a second later at most.
///
/// # Errors
/// What is wrong with the filter, or that there is no thread.
pub fn start(log: &Log, traces: Option<&Sender>) -> Result<Kept, String> {
    let terminal = io::stderr().is_terminal();
    let lines =
        if terminal { None } else { Some(Lines::to(io::stderr()).map_err(|error| error.to_string())?) };
    let writer = match &lines {
        Some(lines) => BoxMakeWriter::new(lines.clone()),
        None => BoxMakeWriter::new(io::stderr),
    };
    begin(log, traces, terminal, writer)?;
    Ok(Kept(lines))
}

fn begin(log: &Log, traces: Option<&Sender>, terminal: bool, writer: BoxMakeWriter) -> Result<(), String> {
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
    };
    if let Some(sender) = traces {
        return start_both(log, sender, (json, terminal), writer);
    }
    if json {
        return start_json(&log.filter, writer);
    }
    let lines = tracing_subscriber::fmt().with_env_filter(filter(&log.filter)?);
    // A second server in one process, as in tests, writes where the first one does.
    lines.with_writer(writer).with_ansi(terminal).try_init().ok();
    Ok(())
}

/// Lines and traces have filters of their own: spans for traces are none for lines.
fn start_both(
    log: &Log,
    sender: &Sender,
    (json, terminal): (bool, bool),
    writer: BoxMakeWriter,
) -> Result<(), String> {
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = if json {
        lines.event_format(Json).fmt_fields(Json).with_filter(filter(&log.filter)?).boxed()
    } else {
        lines.with_ansi(terminal).with_filter(filter(&log.filter)?).boxed()
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(sender.tracer())
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(traces::TARGET, LevelFilter::TRACE));
    tracing_subscriber::registry().with(lines).with(spans).try_init().ok();
    Ok(())
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
    lines.event_format(Json).fmt_fields(Json).try_init().ok();
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
