//! `daemun organization …`: the schools and other bodies that members belong to.

mod read;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use daemun_model::{Failure, Fault, Reason};
use daemun_operations::csv::{self, At};
use daemun_operations::organization::import::{self, Imported, Output};
use daemun_operations::organization::{Detailed, Outcome, export};
use serde_json::json;

use self::read::{COLUMNS, Format, Read};
use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, bytes, count, line, note, refused, value};

#[derive(Debug, Subcommand)]
pub(super) enum OrganizationCommand {
    /// List the organisations.
    List {
        #[command(flatten)]
        whose: Whose,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Keep the organisations of a file: all, or none where a row is wrong. To import a file again changes nothing.
    Import(Import),
    /// Print the organisations as `import` takes them.
    Export {
        #[command(flatten)]
        whose: Whose,
        /// What to print.
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
        /// The file to write instead.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Whose organisations.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file: CSV whose first line names the columns id, name, region, domains (only name is needed), or JSON. `-` is
    /// what is typed or piped in.
    file: PathBuf,
    #[command(flatten)]
    whose: Whose,
    /// What the file is; without it, by its ending.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leave wrong rows out instead of keeping nothing.
    #[arg(long)]
    skip_invalid: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, command: OrganizationCommand) -> Result<(), Failed> {
    match command {
        OrganizationCommand::List { whose, json } => list(all(place, &whose).await?, Form::of(json)),
        OrganizationCommand::Import(wanted) => import(place, wanted).await,
        OrganizationCommand::Export { whose, format, output } => {
            let text = written(&all(place, &whose).await?, format);
            match output {
                None => bytes(text.as_bytes()),
                Some(path) => fs::write(&path, text)
                    .map_err(|error| Failed::Told(format!("{}: {error}", path.display()))),
            }
        }
    }
}

async fn all(place: &Located, whose: &Whose) -> Result<Vec<Detailed>, Failed> {
    let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
    let done = export::export(daemun, call, export::Input {}).await.map_err(|failure| refused(&failure))?;
    Ok(done.organizations)
}

fn list(organizations: Vec<Detailed>, form: Form) -> Result<(), Failed> {
    let mut rows = Rows::new(&COLUMNS);
    for each in organizations {
        rows.add(vec![each.id.into(), each.name.into(), each.region.into(), each.domains.into()]);
    }
    rows.print(form)
}

fn written(organizations: &[Detailed], format: Format) -> String {
    match format {
        Format::Json => format!("{:#}\n", json!({ "organizations": organizations })),
        Format::Csv => {
            let rows = organizations
                .iter()
                .map(|each| csv::line(&[&each.id, &each.name, &each.region, &each.domains.join(" ")]));
            csv::line(&COLUMNS) + &rows.collect::<String>()
        }
    }
}

async fn import(place: &Located, wanted: Import) -> Result<(), Failed> {
    let name = wanted.file.display().to_string();
    let format = format_of(&wanted)?;
    let text = text_of(&wanted.file)?;
    let read = read::read(&text, format).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(|(at, fault)| format!("{name}:{at}: {fault}")).collect();
        Failed::Told(told.join("\n"))
    })?;
    let (daemun, call) = operator_call(place, wanted.whose.app.as_deref()).await?;
    let input = import::Input {
        organizations: Some(read.rows.clone()),
        dry_run: Some(wanted.dry_run),
        skip_invalid: Some(wanted.skip_invalid),
    };
    let done = import::import(daemun, call, input).await.map_err(|failure| told(&name, &read, &failure))?;
    for fault in &done.faults {
        note(&format!("{name}:{}: left out: {}", read.at(fault.field()), fault.told()))?;
    }
    match Form::of(wanted.json) {
        Form::Json => value(&serde_json::to_value(&done).map_err(|error| Failed::Told(error.to_string()))?),
        Form::Table => table(&done, wanted.dry_run),
    }
}

/// A field of a row and what is wrong with it.
trait Told {
    fn field(&self) -> &str;
    fn told(&self) -> String;
}

impl Told for Fault {
    fn field(&self) -> &str {
        self.field.strip_prefix("organizations.").unwrap_or(&self.field)
    }

    fn told(&self) -> String {
        let name = self.field().split('.').nth(1).unwrap_or("organizations");
        format!("{name} {}", words(&self.reason))
    }
}

fn words(reason: &Reason) -> String {
    match reason {
        Reason::Required => "is missing".to_owned(),
        Reason::Blank => "is empty".to_owned(),
        Reason::Malformed => "has not the form it must have".to_owned(),
        Reason::TooLong { max } => format!("is longer than {max}"),
        Reason::Taken => "stands in another row, or is another organisation's".to_owned(),
        Reason::TooShort { .. }
        | Reason::TooCommon
        | Reason::TooSimilar { .. }
        | Reason::Mismatch
        | Reason::NotAChoice
        | Reason::OutOfRange
        | Reason::Unknown => reason.as_str().to_owned(),
    }
}

fn told(name: &str, read: &Read, failure: &Failure) -> Failed {
    let Failure::Invalid(faults) = failure else { return refused(failure) };
    let mut told: Vec<(At, String)> =
        faults.iter().map(|fault| (read.at(fault.field()), fault.told())).collect();
    told.sort();
    let lines: Vec<String> = told.iter().map(|(at, fault)| format!("{name}:{at}: {fault}")).collect();
    Failed::Told(format!("{}\n  nothing was imported", lines.join("\n")))
}

fn format_of(wanted: &Import) -> Result<Format, Failed> {
    let ending = wanted.file.extension().map(|ending| ending.to_ascii_lowercase());
    match (wanted.format, ending.as_ref().and_then(|ending| ending.to_str())) {
        (Some(format), _) => Ok(format),
        (None, Some("csv")) => Ok(Format::Csv),
        (None, Some("json")) => Ok(Format::Json),
        (None, _) => Err(Failed::Usage("say --format csv or --format json".to_owned())),
    }
}

fn text_of(path: &Path) -> Result<String, Failed> {
    let mut all = Vec::new();
    let read = match path.to_str() {
        Some("-") => io::stdin().lock().read_to_end(&mut all).map(|_| ()),
        _ => fs::read(path).map(|read| all = read),
    };
    read.map_err(|error| Failed::Told(format!("{}: {error}", path.display())))?;
    String::from_utf8(all).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let at = At::of(&String::from_utf8_lossy(&error.as_bytes()[..good]), good);
        let hint = "hint: save the file as UTF-8 (in a spreadsheet: \"CSV UTF-8\")";
        Failed::Told(format!("{}:{at}: this is not UTF-8\n  {hint}", path.display()))
    })
}

/// What changed, and how much did not.
fn table(done: &Output, dry_run: bool) -> Result<(), Failed> {
    let mut rows = Rows::new(&["outcome", "id", "name", "region", "what"]);
    let moved = |row: &&Imported| row.outcome != Outcome::Unchanged;
    for row in done.rows.iter().filter(moved) {
        let Detailed { id, name, region, .. } = row.organization.clone();
        let outcome = if row.outcome == Outcome::Created { "created" } else { "changed" };
        rows.add(vec![outcome.into(), id.into(), name.into(), region.into(), what(row).into()]);
    }
    if done.created + done.changed > 0 {
        rows.print(Form::Table)?;
    }
    let told = format!(
        "{}{} created, {} changed, {} unchanged, {} left out",
        if dry_run { "dry run, nothing is kept: " } else { "" },
        done.created,
        done.changed,
        count(done.unchanged, "organisation"),
        count(done.skipped, "row"),
    );
    line(&told)
}

/// The domains of a new organisation; the differences of a changed one.
fn what(row: &Imported) -> String {
    let after = &row.organization;
    let Some(before) = &row.before else { return after.domains.join(" ") };
    let mut told = Vec::new();
    for (name, old, new) in [("name", &before.name, &after.name), ("region", &before.region, &after.region)] {
        if old != new {
            told.push(format!("{name} was {old:?}"));
        }
    }
    let gone = before.domains.iter().filter(|domain| !after.domains.contains(domain));
    let come = after.domains.iter().filter(|domain| !before.domains.contains(domain));
    told.extend(gone.map(|domain| format!("-{domain}")));
    told.extend(come.map(|domain| format!("+{domain}")));
    told.join(" ")
}
