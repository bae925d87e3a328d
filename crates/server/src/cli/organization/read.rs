//! Organisations in a file: a CSV table or JSON, each value with where it stands.

use std::collections::HashMap;

use daemun_operations::csv::{self, At};
use daemun_operations::organization::Row;
use serde_json::value::RawValue;

/// The columns of a table, the members of an object.
pub(super) const COLUMNS: [&str; 4] = ["id", "name", "region", "domains"];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Format {
    /// A table with the columns id, name, region and domains (separated by spaces).
    Csv,
    /// A list of objects with these members.
    Json,
}

/// Rows, each with where it and its fields stand.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub rows: Vec<Row>,
    places: Vec<Place>,
}

#[derive(Debug, Default)]
struct Place {
    row: At,
    fields: HashMap<&'static str, At>,
}

impl Read {
    /// Where a field of a row stands, as `3.name` or `3.domains.1`; where it is missing, the row.
    pub(super) fn at(&self, field: &str) -> At {
        let mut steps = field.split('.');
        let place = steps.next().and_then(|place| self.places.get(place.parse::<usize>().ok()?));
        let Some(place) = place else { return At { line: 1, column: 1 } };
        steps.next().and_then(|name| place.fields.get(name)).copied().unwrap_or(place.row)
    }
}

/// One fault of a file.
pub(super) type Fault = (At, String);

/// Reads a file.
pub(super) fn read(text: &str, format: Format) -> Result<Read, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Csv => table(text),
        Format::Json => objects(text),
    }
}

fn table(text: &str) -> Result<Read, Vec<Fault>> {
    let mut rows = csv::read(text).map_err(|(at, fault)| vec![(at, fault.to_owned())])?.into_iter();
    let Some(head) = rows.next() else { return Err(vec![(At { line: 1, column: 1 }, no_head())]) };
    let mut faults = Vec::new();
    let mut columns = Vec::new();
    for cell in &head {
        let name = cell.text.trim();
        match COLUMNS.into_iter().find(|known| name.eq_ignore_ascii_case(known)) {
            Some(known) if columns.contains(&Some(known)) => {
                faults.push((cell.at, format!("the column {known} stands twice")));
            }
            Some(known) => columns.push(Some(known)),
            None => {
                faults.push((cell.at, format!("there is no column {name:?}; {}", no_head())));
                columns.push(None);
            }
        }
    }
    if faults.is_empty() && !columns.contains(&Some("name")) {
        faults.push((head[0].at, format!("the column name is missing; {}", no_head())));
    }
    let mut read = Read::default();
    for row in rows {
        if let Some(cell) = row.get(columns.len()) {
            faults.push((cell.at, "more cells than the first line has".to_owned()));
        }
        let mut place =
            Place { row: row.first().map(|cell| cell.at).unwrap_or_default(), ..Place::default() };
        let mut wanted = Row::default();
        for (cell, column) in row.iter().zip(&columns) {
            let Some(column) = column else { continue };
            place.fields.insert(column, cell.at);
            let text = csv::unescaped(&cell.text).to_owned();
            match *column {
                "id" => wanted.id = Some(text),
                "name" => wanted.name = Some(text),
                "region" => wanted.region = Some(text),
                _ => wanted.domains = Some(domains(&text)),
            }
        }
        read.rows.push(wanted);
        read.places.push(place);
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn no_head() -> String {
    format!("the first line names the columns: {}", COLUMNS.join(","))
}

/// The domains of a cell: between them spaces, semicolons or commas.
fn domains(text: &str) -> Vec<String> {
    text.split([' ', ';', ',', '\n', '\t'])
        .filter(|part| !part.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

fn objects(text: &str) -> Result<Read, Vec<Fault>> {
    let syntax = |error: &serde_json::Error| At { line: error.line().max(1), column: error.column().max(1) };
    let whole: &RawValue =
        serde_json::from_str(text).map_err(|error| vec![(syntax(&error), "this is no JSON".to_owned())])?;
    let begin = At::of(text, offset(text, whole.get()));
    let items = match serde_json::from_str::<Vec<&RawValue>>(whole.get()) {
        Ok(items) => items,
        Err(_) => match serde_json::from_str::<HashMap<String, &RawValue>>(whole.get()) {
            Ok(members) => match members.get("organizations").map(|list| serde_json::from_str(list.get())) {
                Some(Ok(items)) => items,
                Some(Err(_)) | None => return Err(vec![(begin, no_list())]),
            },
            Err(_) => return Err(vec![(begin, no_list())]),
        },
    };
    let (mut read, mut faults) = (Read::default(), Vec::new());
    for item in items {
        let row = At::of(text, offset(text, item.get()));
        let Ok(members) = serde_json::from_str::<HashMap<String, &RawValue>>(item.get()) else {
            faults.push((row, "an organisation is an object".to_owned()));
            continue;
        };
        let mut place = Place { row, ..Place::default() };
        let mut wanted = Row::default();
        for (name, value) in members {
            let at = At::of(text, offset(text, value.get()));
            let Some(known) = COLUMNS.into_iter().find(|known| *known == name) else {
                faults.push((at, format!("there is no member {name:?}; there are {}", COLUMNS.join(", "))));
                continue;
            };
            place.fields.insert(known, at);
            if set(&mut wanted, known, value.get()).is_none() {
                let kind = if known == "domains" { "a list of texts" } else { "a text" };
                faults.push((at, format!("{known} is {kind}")));
            }
        }
        read.rows.push(wanted);
        read.places.push(place);
    }
    faults.sort();
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn no_list() -> String {
    "this is no list of organisations".to_owned()
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Sets a field from its JSON; `None` when that is of the wrong type.
fn set(row: &mut Row, name: &str, json: &str) -> Option<()> {
    match name {
        "id" => row.id = serde_json::from_str(json).ok()?,
        "name" => row.name = serde_json::from_str(json).ok()?,
        "region" => row.region = serde_json::from_str(json).ok()?,
        _ => row.domains = serde_json::from_str(json).ok()?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, format: Format) -> Vec<String> {
        read(text, format).unwrap_err().iter().map(|(at, fault)| format!("{at}: {fault}")).collect()
    }

    #[test]
    fn a_table_is_read_by_its_first_line() {
        let read =
            read("\u{feff}Name,domains\r\n서울대학교,snu.ac.kr  @a.snu.ac.kr;b.kr\r\n", Format::Csv).unwrap();
        assert_eq!(
            serde_json::to_string(&read.rows).unwrap(),
            r#"[{"name":"서울대학교","domains":["snu.ac.kr","@a.snu.ac.kr","b.kr"]}]"#
        );
        assert_eq!(read.at("0.domains.1").to_string(), "2:7");
        assert_eq!(read.at("0.id").to_string(), "2:1");
    }

    #[test]
    fn every_fault_of_a_table_is_told() {
        assert_eq!(
            faults("name,regoin\na,b,c\n", Format::Csv),
            [
                "1:6: there is no column \"regoin\"; the first line names the columns: id,name,region,domains",
                "2:5: more cells than the first line has"
            ]
        );
        assert_eq!(
            faults("id\n1\n", Format::Csv),
            ["1:1: the column name is missing; the first line names the columns: id,name,region,domains"]
        );
    }

    #[test]
    fn objects_are_read_from_a_list_or_what_export_prints() {
        for text in [
            r#"[{"id": "1", "name": "a", "domains": ["b.kr"]}]"#,
            r#"{"organizations": [{"id": "1", "name": "a", "domains": ["b.kr"], "region": null}]}"#,
        ] {
            let read = read(text, Format::Json).unwrap();
            assert_eq!(
                serde_json::to_string(&read.rows).unwrap(),
                r#"[{"id":"1","name":"a","domains":["b.kr"]}]"#
            );
        }
        assert_eq!(
            faults("[\n {\"name\": 5, \"nam\": \"a\"},\n 7,\n {\"domains\": \"a.kr\"}]", Format::Json),
            [
                "2:11: name is a text",
                "2:21: there is no member \"nam\"; there are id, name, region, domains",
                "3:2: an organisation is an object",
                "4:14: domains is a list of texts"
            ]
        );
        assert_eq!(faults("[{]", Format::Json), ["1:3: this is no JSON"]);
        assert_eq!(faults("{\"a\": 1}", Format::Json), ["1:1: this is no list of organisations"]);
    }
}
