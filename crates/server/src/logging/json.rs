//! Log lines as JSON, one object a line: written for each request, so straight into the line without values between.

use std::cell::RefCell;
use std::fmt::{self, Write};

use chrono::{Datelike, Timelike};
use daemun_model::{Clock, SystemClock, Timestamp};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// `timestamp`, `level`, what the line says, `target`, and as `span` the request that it belongs to.
pub struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // What comes through the crate `log` has its level and its target among its fields.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        at_once(&mut line, |text| {
            text.push_str("{\"timestamp\":\"");
            text.push_str(Stamp::of(SystemClock.now()).text());
            text.push_str("\",\"level\":\"");
            text.push_str(metadata.level().as_str());
            text.push('"');
            event.record(&mut Members { to: text, first: false });
            text.push_str(",\"target\":\"");
            escape(metadata.target(), text);
            text.push('"');
            let span = event.parent().and_then(|id| context.span(id)).or_else(|| context.lookup_current());
            if let Some(span) = span {
                text.push_str(",\"span\":{");
                let extensions = span.extensions();
                let fields =
                    extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.fields.as_str());
                text.push_str(fields);
                text.push_str(if fields.is_empty() { "\"name\":\"" } else { ",\"name\":\"" });
                escape(span.name(), text);
                text.push_str("\"}");
            }
            text.push_str("}\n");
        })
    }
}

/// The fields of a span: members of an object, without its braces.
impl<'writer> FormatFields<'writer> for Json {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        at_once(&mut writer, |text| fields.record(&mut Members { to: text, first: true }))
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        let first = current.fields.is_empty();
        fields.record(&mut Members { to: &mut current.fields, first });
        Ok(())
    }
}

thread_local! {
    /// Where a line of this thread is put together.
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Hands on in one piece what is put together of many: each piece of a writer that is not known costs a call.
fn at_once(to: &mut Writer<'_>, put: impl FnOnce(&mut String)) -> fmt::Result {
    // Taken, not lent: what is written of a value may write a line of its own.
    let mut text = TEXT.take();
    put(&mut text);
    let written = to.write_str(&text);
    text.clear();
    TEXT.set(text);
    written
}

/// Writes fields as members of an object.
struct Members<'a> {
    to: &'a mut String,
    first: bool,
}

impl Members<'_> {
    /// The text to which a field's value is to be added; `None` where the field belongs to no line.
    fn member(&mut self, field: &Field) -> Option<&mut String> {
        let name = field.name();
        if name.starts_with("log.") {
            return None;
        }
        self.to.push_str(if self.first { "\"" } else { ",\"" });
        self.first = false;
        escape(name.strip_prefix("r#").unwrap_or(name), self.to);
        self.to.push_str("\":");
        Some(self.to)
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        if let Some(to) = self.member(field) {
            // Text takes everything.
            let _ = write!(to, "{value}");
        }
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(to) = self.member(field) {
            to.push('"');
            escape(value, to);
            to.push('"');
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for what is no number.
        if value.is_finite() { self.plain(field, value) } else { self.plain(field, "null") }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(to) = self.member(field) {
            to.push('"');
            // A value that cannot say what it is leaves the line whole.
            let _ = write!(Escaped(to), "{value:?}");
            to.push('"');
        }
    }
}

/// Writes text as the inside of a JSON string.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(text, self.0);
        Ok(())
    }
}

/// Whether a byte stands for itself in a JSON string.
const fn is_plain(byte: u8) -> bool {
    (byte >= b' ') & (byte != b'"') & (byte != b'\\')
}

/// Adds text as the inside of a JSON string (RFC 8259 section 7).
fn escape(text: &str, to: &mut String) {
    // Nearly all text is plain; to look at all of it is faster than to stop at the first byte that is not.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        to.push_str(text);
        return;
    }
    let mut rest = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| !is_plain(*byte)) {
        to.push_str(&text[rest..at]);
        rest = at + 1;
        match byte {
            b'"' => to.push_str("\\\""),
            b'\\' => to.push_str("\\\\"),
            b'\n' => to.push_str("\\n"),
            b'\t' => to.push_str("\\t"),
            other => {
                let _ = write!(to, "\\u{other:04x}");
            }
        }
    }
    to.push_str(&text[rest..]);
}

/// A point in time as RFC 3339 writes it, in microseconds: `2026-11-21T13:44:26.000001Z`.
struct Stamp([u8; 27]);

impl Stamp {
    fn of(time: Timestamp) -> Self {
        let moment = time.to_datetime();
        let mut stamp = Self(*b"0000-00-00T00:00:00.000000Z");
        for (from, digits, number) in [
            (0, 4, moment.year().unsigned_abs()),
            (5, 2, moment.month()),
            (8, 2, moment.day()),
            (11, 2, moment.hour()),
            (14, 2, moment.minute()),
            (17, 2, moment.second()),
            (20, 6, moment.nanosecond() / 1000),
        ] {
            stamp.put(from, digits, number);
        }
        stamp
    }

    /// Writes the last digits of a number.
    fn put(&mut self, from: usize, digits: usize, mut number: u32) {
        for place in self.0[from..from + digits].iter_mut().rev() {
            *place = b"0123456789"[(number % 10) as usize];
            number /= 10;
        }
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// The lines of what is done, without their times.
    fn lines(act: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let lines = tracing_subscriber::fmt().event_format(Json).fmt_fields(Json).with_writer(kept.clone());
        tracing::subscriber::with_default(lines.finish(), act);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let without_time = |line: &str| {
            let mut line: Value = serde_json::from_str(line).expect(line);
            let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
            assert!(Timestamp::from_rfc3339(time.as_str().unwrap()).is_some(), "{time}");
            line
        };
        text.lines().map(without_time).collect()
    }

    #[test]
    fn a_line_is_an_object_of_its_fields_with_the_request_that_it_belongs_to() {
        let cause = io::Error::other("quote \" and \\ and\nline");
        let said = lines(|| {
            tracing::info!(
                target: "a::b", number = 7_u64, below = -7, half = 0.5, none = f64::NAN, yes = true,
                debugged = ?Some("x"), nothing = None::<&str>, r#type = "z", "said {}", 1
            );
            tracing::info_span!(target: "a::b", "request", request_id = "4711", late = tracing::field::Empty)
                .in_scope(|| {
                    tracing::Span::current().record("late", "\u{1}한글");
                    tracing::error!(target: "a::b", %cause, "broken");
                });
            tracing::info_span!(target: "a::b", "bare").in_scope(|| tracing::warn!(target: "a::b", ""));
        });
        let expected = [
            json!({
                "level": "INFO", "message": "said 1", "number": 7, "below": -7, "half": 0.5, "none": null,
                "yes": true, "debugged": "Some(\"x\")", "type": "z", "target": "a::b"
            }),
            json!({
                "level": "ERROR", "message": "broken", "cause": cause.to_string(), "target": "a::b",
                "span": { "request_id": "4711", "late": "\u{1}한글", "name": "request" }
            }),
            json!({ "level": "WARN", "message": "", "target": "a::b", "span": { "name": "bare" } }),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn times_are_written_to_the_microsecond() {
        for text in
            ["1970-01-01T00:00:00.000000Z", "2026-11-21T13:44:26.000001Z", "2028-02-29T23:59:59.999999Z"]
        {
            let time = Timestamp::from_rfc3339(text).unwrap();
            assert_eq!(Stamp::of(time).text(), text);
        }
    }
}
