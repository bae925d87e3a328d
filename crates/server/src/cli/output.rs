//! What commands print: answers to standard output, everything else to standard error.

use std::io::{self, Write};
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets};
use daemun_model::{Code, Failure, Faults};
use daemun_store::DbError;
use serde_json::{Map, Value};

use crate::core::StartError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failed {
    /// What to tell, on standard error; exit code 1.
    Told(String),
    /// It was told already; exit code 1.
    Silently,
    /// The command line does not fit together; exit code 2.
    Usage(String),
    /// Nobody reads what is printed: nothing to tell.
    Unread,
}

impl Failed {
    /// Tells it and gives the exit code.
    pub fn tell(self) -> ExitCode {
        let (text, code) = match self {
            Self::Told(text) => (text, 1),
            Self::Usage(text) => (text, 2),
            Self::Silently => return ExitCode::from(1),
            Self::Unread => return ExitCode::SUCCESS,
        };
        for line in text.lines() {
            let hint = line.starts_with(' ');
            note(&if hint { line.to_owned() } else { format!("error: {line}") }).ok();
        }
        ExitCode::from(code)
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<DbError> for Failed {
    fn from(error: DbError) -> Self {
        Self::Told(error.to_string())
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Told(error.to_string()),
        }
    }
}

/// The failure of an operation, in words for an operator.
pub fn refused(failure: &Failure) -> Failed {
    Failed::Told(match failure {
        Failure::Invalid(faults) => invalid(faults),
        Failure::Refused { code: Code::AccountNotFound | Code::NotFound, .. } => {
            "there is no such account in this app".to_owned()
        }
        Failure::Refused { code: Code::AlreadyDecided, .. } => "it is so already".to_owned(),
        Failure::Refused { code, .. } => format!("refused: {}", code.as_str()),
        Failure::TooManyRequests { retry_after } => {
            format!("too many requests; try again in {retry_after} s")
        }
        Failure::Unavailable { retry_after } => {
            format!("the database cannot be used now; try again in {retry_after} s")
        }
        Failure::Broken(_) => failure.to_string(),
    })
}

fn invalid(faults: &Faults) -> String {
    faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.reason.as_str()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// `1 app`, `2 apps`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Prints one line.
pub fn line(text: &str) -> Result<(), Failed> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// Prints bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), Failed> {
    Ok(io::stdout().lock().write_all(bytes)?)
}

/// Writes one line to standard error.
pub fn note(text: &str) -> Result<(), Failed> {
    Ok(writeln!(io::stderr().lock(), "{text}")?)
}

/// How a listing looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Table,
    /// One JSON array.
    Json,
}

impl Form {
    /// The form that `--json` asks for.
    pub const fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Table }
    }
}

/// A listing.
pub struct Rows {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// A listing of these columns, which are also the keys in JSON.
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a value for each column.
    pub fn add(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// Prints it; an empty one is an empty table or `[]`.
    pub fn print(self, form: Form) -> Result<(), Failed> {
        match form {
            Form::Json => self.print_json(),
            Form::Table => self.print_table(),
        }
    }

    fn print_json(self) -> Result<(), Failed> {
        let columns = self.columns;
        let objects: Vec<Value> = self
            .rows
            .into_iter()
            .map(|row| columns.iter().map(|name| (*name).to_owned()).zip(row).collect::<Map<_, _>>().into())
            .collect();
        value(&objects.into())
    }

    fn print_table(self) -> Result<(), Failed> {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(&self.columns);
        for row in self.rows {
            table.add_row(row.iter().map(cell));
        }
        line(&table.to_string())
    }
}

/// A value as a cell shows it. Texts come from clients: what a terminal would obey is not shown.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
        }
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Prints one thing: its members line by line, what is in them below them, or as JSON.
pub fn object(value: &Value, form: Form) -> Result<(), Failed> {
    match (form, value.as_object()) {
        (Form::Table, Some(members)) => line(&lines(members)),
        _ => self::value(value),
    }
}

/// An object as people read it.
fn lines(members: &Map<String, Value>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    for (name, value) in members {
        add(&mut table, (name, value), 0);
    }
    table.to_string()
}

/// Adds a member, and below it, further to the right, what is in it.
fn add(table: &mut Table, (name, value): (&str, &Value), depth: usize) {
    let name = format!("{}{name}", "  ".repeat(depth));
    match value {
        Value::Object(members) => {
            table.add_row([name, String::new()]);
            for (name, value) in members {
                add(table, (name, value), depth + 1);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            table.add_row([name, String::new()]);
            for item in items {
                add_item(table, item, depth + 1);
            }
        }
        _ => {
            table.add_row([name, cell(value)]);
        }
    }
}

/// Adds one of a list: it is called what its first member is. What holds nothing further stands on its line.
fn add_item(table: &mut Table, item: &Value, depth: usize) {
    let Some(((_, first), rest)) = item.as_object().and_then(|members| {
        let mut members = members.iter();
        Some((members.next()?, members))
    }) else {
        table.add_row([String::new(), cell(item)]);
        return;
    };
    let called = cell(first);
    let nested = |value: &Value| {
        value.is_object() || value.as_array().is_some_and(|all| all.iter().any(Value::is_object))
    };
    if rest.clone().any(|(_, value)| nested(value)) {
        table.add_row([format!("{}{called}", "  ".repeat(depth)), String::new()]);
        for (name, value) in rest {
            match value {
                Value::Array(items) if nested(value) => {
                    items.iter().for_each(|item| add_item(table, item, depth + 1));
                }
                _ => add(table, (name, value), depth + 1),
            }
        }
        return;
    }
    let told =
        rest.filter(|(_, value)| !value.is_null()).map(|(name, value)| format!("{name} {}", cell(value)));
    table.add_row([format!("{}{called}", "  ".repeat(depth)), told.collect::<Vec<_>>().join(", ")]);
}

/// Prints JSON.
pub fn value(value: &Value) -> Result<(), Failed> {
    line(&format!("{value:#}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_a_thing_stands_below_it_and_is_no_json() {
        let server = json!({
            "version": "1.2.3",
            "database": { "engine": "sqlite", "file": null, "pending": [] },
            "outbox": [{ "channel": "email", "sends": true, "oldest": null }, { "channel": "sms", "sends": false }],
            "keys": [{ "app": "shop", "keys": [{ "kid": "k1", "state": "signs" }] }],
            "limits": [],
        });
        let Value::Object(members) = server else { panic!("an object") };
        let text = lines(&members);
        let told: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(!text.contains(['{', '[', '"']), "{text}");
        for (line, begin, end) in [
            (0, " version", "1.2.3"),
            (1, " database", "database"),
            (2, "   engine", "sqlite"),
            (6, "   email", "sends true"),
            (9, "   shop", "shop"),
            (10, "     k1", "state signs"),
        ] {
            let found = told.get(line).copied().unwrap_or_default();
            assert!(found.starts_with(begin) && found.ends_with(end), "{line}: {text}");
        }
    }
}
