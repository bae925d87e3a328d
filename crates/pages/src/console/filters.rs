//! How templates write times, numbers and sizes.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use daemun_model::{Language, Timestamp, phone};
use minijinja::value::Object;
use minijinja::{Environment, Error, ErrorKind, State, Value};

/// Adds the filters.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("grouped", grouped);
    environment.add_filter("bytes", bytes);
    environment.add_filter("initial", initial);
    environment.add_filter("short", short);
    environment.add_filter("query", query);
    environment.add_filter("device", device);
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: i64) -> String {
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

/// The programs that a `User-Agent` may name, and what people call them: who names several is the first of them.
const PROGRAMS: [(&str, &str); 12] = [
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER", "Naver"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// The systems that a `User-Agent` may name.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// What a `User-Agent` tells, in words: the program and the system. What names neither stays as it is, up to a length.
fn device(user_agent: &str) -> String {
    let named = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&PROGRAMS), named(&SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} · {system}"),
        (Some(only), None) | (None, Some(only)) if user_agent.starts_with("Mozilla/") => only.to_owned(),
        _ => user_agent.chars().take(80).collect(),
    }
}

/// Writes times in a time zone, as people who read a language do: `when(account.created_at)` is a `time` element with
/// minutes, `when(…, "day")` with the day alone, `when(…, "second")` with seconds and the time zone, `when(…, "exact")` with minutes and it, `when(…, "row second")` without it, for
/// tables whose head tells it by `when("zone")`; `when(…, "text")` and `"text second"` are no element. A day of the calendar is written as one.
#[derive(Debug)]
pub(super) struct When {
    pub(super) zone: Tz,
    pub(super) language: Language,
    pub(super) now: Timestamp,
}

impl When {
    /// How days are written.
    const fn days(&self) -> &'static str {
        match self.language {
            Language::Ko => "%Y. %-m. %-d.",
            Language::En => "%-d %b %Y",
        }
    }

    /// How moments are written.
    fn moments(&self, style: &str) -> String {
        let clock = match style {
            "row second" => "%H:%M:%S",
            "second" | "text second" => "%H:%M:%S %Z",
            "exact" => "%H:%M %Z",
            _ => "%H:%M",
        };
        match (style, self.language) {
            ("day", _) => self.days().to_owned(),
            (_, Language::Ko) => format!("{} {clock}", self.days()),
            (_, Language::En) => format!("{}, {clock}", self.days()),
        }
    }
}

impl Object for When {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let style = args.get(1).and_then(Value::as_str).unwrap_or("minute");
        let given = args.first().filter(|value| !value.is_none() && !value.is_undefined());
        let Some(given) = given else { return Ok(Value::from("")) };
        let text = given.as_str().unwrap_or_default();
        if text == "zone" {
            let now = self.now.to_datetime().with_timezone(&self.zone);
            return Ok(Value::from(now.format("%Z").to_string()));
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Value::from(day.format(self.days()).to_string()));
        }
        let Ok(moment) = DateTime::parse_from_rfc3339(text) else {
            return Err(Error::new(ErrorKind::InvalidOperation, "this is no moment"));
        };
        let moment = moment.with_timezone(&Utc);
        let local = moment.with_timezone(&self.zone);
        let shown = local.format(&self.moments(style)).to_string();
        if style.starts_with("text") {
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

/// Writes phone numbers as people in the app's region do: `phone("+821012345678")` is `010-1234-5678` in Korea.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) region: String,
}

impl Object for Phone {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let number = args.first().and_then(Value::as_str).unwrap_or_default();
        Ok(Value::from(phone::readable(number, &self.region)))
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.region)
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

    #[test]
    fn a_device_is_called_as_people_call_it() {
        for (agent, called) in [
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
                "Chrome · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
                "Safari · iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
            ("curl/8.5.0", "curl/8.5.0"),
            ("okhttp/4.12.0", "okhttp/4.12.0"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ] {
            assert_eq!(device(agent), called);
        }
        assert_eq!(device(&"x".repeat(500)).len(), 80);
    }
}
