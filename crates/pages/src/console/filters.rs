//! How templates write times, numbers and sizes.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use daemun_model::Timestamp;
use minijinja::value::Object;
use minijinja::{Environment, Error, ErrorKind, State, Value};

/// Adds the filters.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("grouped", grouped);
    environment.add_filter("bytes", bytes);
    environment.add_filter("initial", initial);
    environment.add_filter("short", short);
    environment.add_filter("query", query);
}

/// A number with a comma between thousands.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the largest unit of which there is one.
fn bytes(size: i64) -> String {
    match size {
        ..1_024 => format!("{size} B"),
        1_024..1_048_576 => format!("{} KiB", size / 1_024),
        _ => format!("{}.{} MiB", size / 1_048_576, size % 1_048_576 * 10 / 1_048_576),
    }
}

/// The first letter, for who has no picture.
fn initial(text: &str) -> String {
    text.trim().chars().next().map_or_else(|| "?".to_owned(), |first| first.to_uppercase().collect())
}

/// The first eight characters of an identifier that one tells from others, but does not read.
fn short(text: &str) -> String {
    text.chars().take(8).collect()
}

/// A value as a part of a query.
fn query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Writes times in a time zone: `when(account.created_at)` is a `time` element with minutes, `when(…, "day")` with the
/// day alone, `when(…, "second")` with seconds, `when(…, "text")` no element.
#[derive(Debug)]
pub(super) struct When {
    pub(super) zone: Tz,
    pub(super) now: Timestamp,
}

impl Object for When {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let moment = match args.first() {
            Some(value) if value.is_none() || value.is_undefined() => return Ok(Value::from("")),
            Some(value) => value.as_str().map(DateTime::parse_from_rfc3339),
            None => None,
        };
        let Some(Ok(moment)) = moment else {
            return Err(Error::new(ErrorKind::InvalidOperation, "this is no moment"));
        };
        let moment = moment.with_timezone(&Utc);
        let local = moment.with_timezone(&self.zone);
        let style = args.get(1).and_then(Value::as_str).unwrap_or("minute");
        let shown = match style {
            "day" => local.format("%Y-%m-%d").to_string(),
            "second" => local.format("%Y-%m-%d %H:%M:%S").to_string(),
            _ => local.format("%Y-%m-%d %H:%M").to_string(),
        };
        if style == "text" {
            return Ok(Value::from(shown));
        }
        // Nothing here is anybody's text.
        Ok(Value::from_safe_string(format!(
            "<time datetime=\"{}\" title=\"{} {}\">{shown}</time>",
            moment.format("%Y-%m-%dT%H:%M:%SZ"),
            local.format("%Y-%m-%d %H:%M:%S"),
            local.format("%Z"),
        )))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.now.to_datetime().with_timezone(&self.zone).format("%Y-%m-%d %H:%M %Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_written_as_people_read_them() {
        let numbers = [0, 7, 999, 1_000, 12_345, 1_234_567, -1_200].map(grouped);
        assert_eq!(numbers, ["0", "7", "999", "1,000", "12,345", "1,234,567", "−1,200"]);
        assert_eq!([0, 1_023, 1_024, 3_500_000].map(bytes), ["0 B", "1023 B", "1 KiB", "3.3 MiB"]);
        assert_eq!(["", " 김철수", "ß"].map(initial), ["?", "김", "SS"]);
    }
}
