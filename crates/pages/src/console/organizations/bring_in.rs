//! Organisations from a table: first what would change, then the change.

use daemun_model::{Failure, Fault, Permission};
use daemun_operations::csv::{self, At};
use daemun_operations::organization::{Row, import};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::super::answer::Answer;
use super::super::page::Page;
use super::super::visit::Visit;
use super::COLUMNS;
use crate::texts;

/// Rows of a plan that are shown.
const SHOWN: usize = 200;

/// What is wrong with the table, and where.
#[derive(Serialize)]
struct Wrong {
    line: usize,
    column: &'static str,
    text: String,
}

/// Rows, each with the line on which it stands.
struct Table {
    rows: Vec<Row>,
    lines: Vec<usize>,
}

/// What cannot be read, and where.
struct Unreadable {
    at: At,
    /// A key of the texts.
    key: &'static str,
}

/// The page that asks for the table.
pub(super) fn ask(visit: &Visit<'_>) -> Answer {
    page(visit, StatusCode::OK, None, &[])
}

/// Shows what an import would do; does it where that was seen.
pub(super) async fn run(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let table = match read(visit.asked.form.get("table").unwrap_or_default()) {
        Ok(table) => table,
        Err(Unreadable { at, key }) => {
            let text = texts::text(visit.language(), key);
            let wrong = Wrong { line: at.line, column: "", text };
            return Ok(page(visit, StatusCode::BAD_REQUEST, None, &[wrong]));
        }
    };
    let does = visit.given("do").as_deref() == Some("import");
    let input = import::Input {
        organizations: Some(table.rows),
        dry_run: Some(!does),
        skip_invalid: Some(visit.given("skip_invalid").is_some()),
    };
    let call = visit.call(Permission::OrganizationsWrite)?;
    match import::import(visit.daemun(), call, input).await {
        Ok(_) if does => Ok(visit.done("/organizations", "organization-import")),
        Ok(plan) => {
            let wrong = told(visit, &plan.faults, &table.lines);
            Ok(page(visit, StatusCode::OK, Some(&plan), &wrong))
        }
        Err(Failure::Invalid(faults)) => {
            let wrong = told(visit, faults.iter(), &table.lines);
            Ok(page(visit, StatusCode::BAD_REQUEST, None, &wrong))
        }
        Err(failure) => Err(failure),
    }
}

fn page(visit: &Visit<'_>, status: StatusCode, plan: Option<&import::Output>, wrong: &[Wrong]) -> Answer {
    let values = context! {
        plan => plan.map(|plan| context! {
            created => plan.created,
            changed => plan.changed,
            unchanged => plan.unchanged,
            skipped => plan.skipped,
            rows => plan.rows.iter().take(SHOWN).map(|row| Value::from(Serde(row))).collect::<Vec<_>>(),
            more => plan.rows.len().saturating_sub(SHOWN),
        }),
        wrong => Value::from(Serde(&wrong)),
        typed => visit.typed(),
        base => visit.path("/organizations"),
    };
    let page = Page::new("console/organizations-import.html", "organizations-import-title", values);
    visit.page(page.status(status))
}

/// Faults of the operation, which name a row by its place, as lines of the table.
fn told<'f>(visit: &Visit<'_>, faults: impl IntoIterator<Item = &'f Fault>, lines: &[usize]) -> Vec<Wrong> {
    let one = |fault: &Fault| {
        let mut steps = fault.field.split('.').skip(1);
        let line = steps.next().and_then(|place| lines.get(place.parse::<usize>().ok()?)).copied();
        let column = steps.next().and_then(|name| COLUMNS.into_iter().find(|column| *column == name));
        Wrong {
            line: line.unwrap_or(1),
            column: column.unwrap_or_default(),
            text: texts::fault(visit.language(), column.unwrap_or_default(), &fault.reason),
        }
    };
    faults.into_iter().map(one).collect()
}

/// Reads a table whose first line names the columns.
fn read(text: &str) -> Result<Table, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begin = At { line: 1, column: 1 };
    let rows = csv::read(text).map_err(|(at, _)| Unreadable { at, key: "table-quotes" })?;
    let mut rows = rows.into_iter();
    let Some(head) = rows.next() else { return Err(Unreadable { at: begin, key: "table-empty" }) };
    let mut columns = Vec::with_capacity(head.len());
    for cell in &head {
        let name = cell.text.trim();
        match COLUMNS.into_iter().find(|column| name.eq_ignore_ascii_case(column)) {
            Some(column) if !columns.contains(&column) => columns.push(column),
            Some(_) | None => return Err(Unreadable { at: cell.at, key: "table-column" }),
        }
    }
    if !columns.contains(&"name") {
        return Err(Unreadable { at: begin, key: "table-column" });
    }
    let mut table = Table { rows: Vec::new(), lines: Vec::new() };
    for cells in rows {
        if let Some(cell) = cells.get(columns.len()) {
            return Err(Unreadable { at: cell.at, key: "table-cells" });
        }
        let mut row = Row::default();
        for (cell, column) in cells.iter().zip(&columns) {
            let text = csv::unescaped(cell.text.trim()).to_owned();
            match *column {
                "id" => row.id = Some(text),
                "name" => row.name = Some(text),
                "region" => row.region = Some(text),
                _ => row.domains = Some(domains(&text)),
            }
        }
        table.lines.push(cells.first().map_or(1, |cell| cell.at.line));
        table.rows.push(row);
    }
    Ok(table)
}

/// Domains with spaces, commas, semicolons or line breaks between them.
pub(super) fn domains(text: &str) -> Vec<String> {
    let between = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';');
    text.split(between).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, &'static str) {
        read(text).map_or_else(|wrong| (wrong.at.line, wrong.key), |_| panic!("{text} can be read"))
    }

    #[test]
    fn a_table_is_read_by_its_first_line() {
        let table =
            read("\u{feff}Name, domains \r\n서울대학교,snu.ac.kr  @a.snu.ac.kr;b.kr\r\n\r\n'=1+1,\r\n")
                .unwrap_or_else(|wrong| panic!("{}", wrong.key));
        assert_eq!(
            serde_json::to_string(&table.rows).unwrap(),
            r#"[{"name":"서울대학교","domains":["snu.ac.kr","@a.snu.ac.kr","b.kr"]},{"name":"=1+1","domains":[]}]"#
        );
        assert_eq!(table.lines, [2, 4]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        assert_eq!(fault(""), (1, "table-empty"));
        assert_eq!(fault("id\n1"), (1, "table-column"));
        assert_eq!(fault("name,regoin\na,b"), (1, "table-column"));
        assert_eq!(fault("name,name\na,b"), (1, "table-column"));
        assert_eq!(fault("name\na\nb,c"), (3, "table-cells"));
        assert_eq!(fault("name\n\"a"), (2, "table-quotes"));
    }
}
