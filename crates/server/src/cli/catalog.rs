//! `daemun catalog …`: what members choose from.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use daemun_model::Failure;
use daemun_operations::catalog::save::{self, Item, Saved};

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, refused};
use daemun_operations::csv;

#[derive(Debug, Subcommand)]
pub(super) enum CatalogCommand {
    /// Fill a catalogue from a file: each item takes the place of the one with its id, those that are not named stay.
    Import(Import),
    /// List a catalogue, with what is retired.
    List {
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, Args)]
pub(super) struct Whose {
    /// Which catalogue.
    #[arg(long, value_enum)]
    kind: Kind,
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// CSV whose first line names the columns id, name, emoji, image, position, retired (only name is needed), or, where
    /// it ends in .json, a list of objects with these members.
    file: PathBuf,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Interests,
    Professions,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Interests => "interests",
            Self::Professions => "professions",
        }
    }
}

pub(super) async fn run(place: &Located, command: CatalogCommand) -> Result<(), Failed> {
    let (whose, items, file) = match command {
        CatalogCommand::Import(Import { file, whose }) => (whose, read(&file)?, Some(file)),
        CatalogCommand::List { whose } => (whose, Vec::new(), None),
    };
    let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
    let kept = if file.is_some() {
        let input = save::Input { kind: Some(whose.kind.name().to_owned()), items: Some(items) };
        save::save(daemun, call, input).await.map_err(|failure| told(file.as_deref(), &failure))?.items
    } else {
        let kind = daemun_model::Catalog::from_name(whose.kind.name());
        let kind = kind.ok_or_else(|| Failed::Usage("there is no such catalogue".to_owned()))?;
        save::all(&daemun, &call.app, kind).await.map_err(|failure| refused(&failure))?
    };
    list(kept, Form::of(whose.json))
}

fn list(items: Vec<Saved>, form: Form) -> Result<(), Failed> {
    let mut rows = Rows::new(&["id", "emoji", "name", "image", "position", "retired"]);
    for item in items {
        rows.add(vec![
            item.id.into(),
            item.emoji.into(),
            item.name.into(),
            item.image.into(),
            item.position.into(),
            item.retired.into(),
        ]);
    }
    rows.print(form)
}

/// What was wrong with which item of the file, counted from 1 as people do.
fn told(file: Option<&Path>, failure: &Failure) -> Failed {
    let (Some(file), Failure::Invalid(faults)) = (file, failure) else { return refused(failure) };
    let lines = faults.iter().map(|fault| {
        let mut steps = fault.field.splitn(3, '.').skip(1);
        let number = steps.next().and_then(|index| index.parse::<usize>().ok()).map_or(0, |index| index + 1);
        let field = steps.next().unwrap_or(&fault.field);
        format!("{}: item {number}: {field}: {}", file.display(), fault.reason.as_str())
    });
    Failed::Told(lines.collect::<Vec<_>>().join("\n"))
}

fn read(file: &Path) -> Result<Vec<Item>, Failed> {
    let wrong = |fault: String| Failed::Told(format!("{}: {fault}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return serde_json::from_str(text).map_err(|error| wrong(error.to_string()));
    }
    let rows = csv::read(text).map_err(|(at, fault)| wrong(format!("{at}: {fault}")))?;
    let Some((head, rows)) = rows.split_first() else { return Ok(Vec::new()) };
    let columns: Vec<String> = head.iter().map(|cell| cell.text.trim().to_ascii_lowercase()).collect();
    const COLUMNS: [&str; 6] = ["id", "name", "emoji", "image", "position", "retired"];
    if let Some(unknown) = columns.iter().find(|column| !COLUMNS.contains(&column.as_str())) {
        return Err(wrong(format!("there is no column {unknown:?}; there are {}", COLUMNS.join(", "))));
    }
    let item = |row: &Vec<csv::Cell>| {
        let cells: HashMap<&str, &csv::Cell> = columns.iter().map(String::as_str).zip(row).collect();
        let text = |name: &str| {
            let text = cells.get(name).map(|cell| csv::unescaped(&cell.text).trim().to_owned());
            text.filter(|text| !text.is_empty())
        };
        let at = |name: &str| cells.get(name).map(|cell| cell.at.to_string()).unwrap_or_default();
        let position = text("position").map(|text| text.parse()).transpose();
        let retired = match text("retired").as_deref() {
            None => Ok(None),
            Some("true" | "1" | "yes") => Ok(Some(true)),
            Some("false" | "0" | "no") => Ok(Some(false)),
            Some(_) => Err(wrong(format!("{}: retired is true or false", at("retired")))),
        };
        Ok(Item {
            id: text("id"),
            name: text("name"),
            emoji: text("emoji"),
            image: text("image"),
            position: position
                .map_err(|_| wrong(format!("{}: position is a whole number", at("position"))))?,
            retired: retired?,
        })
    };
    rows.iter().map(item).collect()
}
