//! Lists as files: CSV that no spreadsheet runs, and JSON lines. A file is made a chunk at a time.

use std::fmt::Write;

use daemun_model::{Faults, Reason};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::csv;
use crate::cursor::CursorPage;

/// The most rows of a chunk, and how many where nothing is said.
pub(crate) const MOST: i64 = 1000;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, in UTF-8, with a first line that names the columns.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl Format {
    /// Reads `format`: CSV where nothing is said.
    pub(crate) fn read(typed: Option<&str>, faults: &mut Faults) -> Self {
        let format = match typed {
            None | Some("csv") => Ok(Self::Csv),
            Some("jsonl") => Ok(Self::Jsonl),
            Some(_) => Err(Reason::NotAChoice),
        };
        faults.take("format", format).unwrap_or(Self::Csv)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A part of a file: the parts in their order, one after the other, are the file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Chunk {
    /// The lines of this part, each with its line break. The first part of a CSV file begins with the names of the columns.
    pub text: String,
    /// How many rows it has.
    pub rows: i64,
    /// How the file goes on.
    pub page: CursorPage,
}

/// Whether a part is the first of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    First,
    Later,
}

/// The text of a part: rows whose members are the columns, in their order.
pub(crate) fn text(format: Format, part: Part, columns: &[String], rows: &[Map<String, Value>]) -> String {
    let mut text = String::new();
    match format {
        Format::Jsonl => {
            for row in rows {
                // Writing to a string does not fail.
                let _ = writeln!(text, "{}", Value::Object(row.clone()));
            }
        }
        Format::Csv => {
            if part == Part::First {
                text.push_str(&csv::line(&columns.iter().map(String::as_str).collect::<Vec<_>>()));
            }
            for row in rows {
                let cells: Vec<String> = columns.iter().map(|column| cell(row, column)).collect();
                text.push_str(&csv::line(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
            }
        }
    }
    text
}

/// The member of a row, or of an object in it: `attributes.floor`.
fn cell(row: &Map<String, Value>, column: &str) -> String {
    let value = row.get(column).or_else(|| {
        let (object, member) = column.split_once('.')?;
        row.get(object)?.get(member)
    });
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn columns_are_named_once_and_members_of_objects_have_their_own() {
        let columns = ["id", "name", "attributes.floor"].map(str::to_owned);
        let rows = [
            row(json!({ "id": 1, "name": null, "attributes": { "floor": 3 } })),
            row(json!({ "id": -2, "name": "a,b" })),
        ];
        assert_eq!(
            text(Format::Csv, Part::First, &columns, &rows),
            "id,name,attributes.floor\r\n1,,3\r\n'-2,\"a,b\",\r\n"
        );
        assert_eq!(text(Format::Csv, Part::Later, &columns, &rows[..1]), "1,,3\r\n");
        assert_eq!(text(Format::Jsonl, Part::First, &columns, &rows[1..]), "{\"id\":-2,\"name\":\"a,b\"}\n");
    }
}
