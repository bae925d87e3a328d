//! A contract's routes as a table, for people and for programs.

use std::fmt::Write as _;

use daemun_operations::CallerRule;
use serde::Serialize;

use crate::ast::{Action, Contract, PathPattern, Route};

/// One meaning of one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Further paths.
    pub also: Vec<String>,
    /// The operation, or `fails: CODE`.
    pub does: String,
    /// When this meaning is taken, where the route has several.
    pub when: Option<String>,
    /// `no`, `optional` or `yes`: whether a signed-in caller is needed.
    pub caller: &'static str,
    /// The status of the success.
    pub status: Option<u16>,
    /// Whether the company's document does not have it.
    pub beyond: bool,
    /// What it is for.
    pub summary: String,
}

/// The routes in the order of the file; a route of several alternatives has several rows.
pub fn rows(contract: &Contract) -> Vec<Row> {
    contract.routes.iter().flat_map(of_route).collect()
}

fn of_route(route: &Route) -> impl Iterator<Item = Row> + '_ {
    let text = |pattern: &PathPattern| pattern.text.clone();
    route.alternatives.iter().map(move |alternative| {
        let (does, caller, status) = match &alternative.action {
            Action::Fails(code) => (format!("fails: {}", code.as_str()), "no", None),
            Action::Does(does) => {
                (does.operation.name.to_owned(), caller(does.caller), Some(does.gives.status.as_u16()))
            }
        };
        Row {
            method: route.method.to_string(),
            path: route.paths.first().map(text).unwrap_or_default(),
            also: route.paths.iter().skip(1).map(text).collect(),
            does,
            when: alternative.when.as_ref().map(|when| when.text().to_owned()),
            caller,
            status,
            beyond: route.beyond,
            summary: route.summary.clone(),
        }
    })
}

const fn caller(rule: CallerRule) -> &'static str {
    match rule {
        CallerRule::Nobody => "no",
        CallerRule::Optional => "optional",
        CallerRule::Required | CallerRule::Administrator => "yes",
    }
}

/// The routes as aligned text. Summaries, which may be in any script, stand last.
pub fn table(contract: &Contract) -> String {
    let mut lines =
        vec![["METHOD", "PATH", "DOES", "CALLER", "STATUS", "BEYOND", "SUMMARY"].map(str::to_owned)];
    for row in rows(contract) {
        let path = std::iter::once(row.path).chain(row.also).collect::<Vec<_>>().join(", ");
        let does = row.when.map_or(row.does.clone(), |when| format!("{} when {when}", row.does));
        let status = row.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let beyond = if row.beyond { "beyond" } else { "" };
        lines.push([row.method, path, does, row.caller.to_owned(), status, beyond.to_owned(), row.summary]);
    }
    let mut text = format!("{} {} ({})\n\n", contract.title, contract.version, contract.name);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    for line in &lines {
        let mut row = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            // Writing to a string cannot fail.
            let _ = write!(row, "{cell:width$}  ");
        }
        row.push_str(&line[6]);
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
