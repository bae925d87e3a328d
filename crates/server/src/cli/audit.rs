//! `daemun audit …`: who did what.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use daemun_model::{Failure, Timestamp};
use daemun_operations::audit::{export, search};
use daemun_operations::export::Chunk;
use daemun_operations::{Call, Daemun};
use serde_json::json;

use super::Located;
use super::account::{moment, more, operator_call};
use super::admin::server_call;
use super::output::{Failed, Form, Rows, refused, value};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Search the audit, the latest line first.
    Search {
        #[command(flatten)]
        which: Which,
        /// The most lines: 1 to 100.
        #[arg(long, value_name = "COUNT")]
        limit: Option<i64>,
        /// Where the page before ended.
        #[arg(long, value_name = "CURSOR")]
        cursor: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the audit into a file, the latest line first.
    Export {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        target: Target,
    },
}

/// Which lines.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// That of the server: what administrators and the keys of the server did beyond the apps.
    #[arg(long, conflicts_with = "app")]
    server: bool,
    /// Only this act, as account.suspend.
    #[arg(long)]
    act: Option<String>,
    /// Only this outcome: done, or the code of a refusal.
    #[arg(long)]
    outcome: Option<String>,
    /// Only what this one did: cli, api-key:ID, administrator:UUID, or the UUID of a member.
    #[arg(long)]
    actor: Option<String>,
    /// Only what concerns this account.
    #[arg(long, value_name = "WHO")]
    account: Option<String>,
    /// Only from this moment on, as 2026-11-20T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Only before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
}

/// How a file is written, and where to.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// CSV without formulas, or a JSON object a line.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// The file; it is not written over. Without it the standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

pub(super) async fn run(place: &Located, command: AuditCommand) -> Result<(), Failed> {
    match command {
        AuditCommand::Search { which, limit, cursor, json } => {
            look(place, which, (cursor, limit), json).await
        }
        AuditCommand::Export { which, target } => {
            let (daemun, call) = which.call(place).await?;
            let part = async |cursor: Option<String>| {
                let input = export::Input {
                    format: Some(target.format()),
                    act: which.act.clone(),
                    outcome: which.outcome.clone(),
                    actor: which.actor.clone(),
                    account: which.account.clone(),
                    since: which.since,
                    until: which.until,
                    cursor,
                    limit: None,
                    of: None,
                };
                export::export(daemun.clone(), call.clone(), input).await
            };
            target.write(part).await
        }
    }
}

impl Which {
    /// The call of whoever sits at the command line, where the lines are.
    async fn call(&self, place: &Located) -> Result<(Daemun, Call), Failed> {
        if self.server { server_call(place).await } else { operator_call(place, self.app.as_deref()).await }
    }
}

impl Target {
    /// The name of the format.
    pub(super) fn format(&self) -> String {
        match self.format {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
        }
        .to_owned()
    }

    /// Writes a file, part by part: none is in memory with another.
    pub(super) async fn write(
        &self,
        part: impl AsyncFn(Option<String>) -> Result<Chunk, Failure>,
    ) -> Result<(), Failed> {
        let mut first = part(None).await.map_err(|failure| refused(&failure))?;
        let mut to: Box<dyn Write> = match &self.output {
            None => Box::new(io::stdout()),
            Some(path) => {
                let told = |error: io::Error| Failed::Told(format!("{}: {error}", path.display()));
                Box::new(File::create_new(path).map_err(told)?)
            }
        };
        loop {
            to.write_all(first.text.as_bytes())?;
            let Some(next) = first.page.next else { return Ok(to.flush()?) };
            first = part(Some(next)).await.map_err(|failure| refused(&failure))?;
        }
    }
}

async fn look(
    place: &Located,
    which: Which,
    (cursor, limit): (Option<String>, Option<i64>),
    json: bool,
) -> Result<(), Failed> {
    let (daemun, call) = which.call(place).await?;
    let input = search::Input {
        act: which.act,
        outcome: which.outcome,
        actor: which.actor,
        account: which.account,
        since: which.since,
        until: which.until,
        cursor,
        limit,
        of: None,
    };
    let found = search::search(daemun, call, input).await.map_err(|failure| refused(&failure))?;
    if json {
        return value(&json!(found));
    }
    let mut rows = Rows::new(&["at", "act", "outcome", "actor", "account", "address", "detail"]);
    for line in found.lines {
        rows.add(vec![
            json!(line.at),
            line.act.into(),
            line.outcome.into(),
            line.actor.into(),
            line.account.into(),
            line.address.into(),
            line.detail.into(),
        ]);
    }
    rows.print(Form::Table)?;
    more(found.page.next.as_deref())
}
