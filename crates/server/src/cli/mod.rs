//! The command line.

mod account;
mod admin;
mod api_key;
mod app;
mod approval;
mod audit;
mod backup;
mod catalog;
mod contract;
mod dev;
mod keys;
mod mail;
mod organization;
mod outbox;
mod output;
mod points;
mod product_key;
mod progress;
mod serve;
mod statistics;
mod system;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::apps;
use crate::config::{self, Loaded};
use crate::core::{self, StartError};
use crate::delivery;
pub use output::Failed;
use output::Rows;

/// Accounts for several apps, each with the API that its clients already call.
#[derive(Debug, Parser)]
#[command(name = "daemun", version, about, long_about = None, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where the settings and the accounts are.
#[derive(Clone, Debug, clap::Args)]
struct Place {
    /// The configuration file; without it ./daemun.toml where there is one, else the defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of what the server keeps.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The database: sqlite://PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the apps. Without a configuration file: all built-in contracts on 127.0.0.1:8080, as a demo.
    Serve {
        /// The address and port to listen on.
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
    },
    /// Tell what is wrong with the configuration and its contracts, without starting.
    CheckConfig,
    /// Bring the database's tables up to date. `serve` does it too.
    Migrate,
    /// The apps that are served.
    #[command(subcommand)]
    App(app::AppCommand),
    /// Contract files.
    #[command(subcommand)]
    Contract(contract::ContractCommand),
    /// Who may use the console.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// One account.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Accounts that wait to be let in.
    #[command(subcommand)]
    Approval(approval::ApprovalCommand),
    /// Who did what, on whom, from where.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// How the server does: its version, its database, what waits, its keys.
    System(system::System),
    /// What happens in an app.
    Statistics(statistics::Statistics),
    /// The files of members.
    #[command(subcommand)]
    Upload(upload::UploadCommand),
    /// What members choose from: interests, professions.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Keys of programs that act on an app's accounts.
    #[command(subcommand)]
    ApiKey(api_key::ApiKeyCommand),
    /// The keys that sign an app's tokens.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// The schools and other bodies that members belong to.
    #[command(subcommand)]
    Organization(organization::OrganizationCommand),
    /// The keys that come with a product.
    #[command(subcommand)]
    ProductKey(product_key::ProductKeyCommand),
    /// What messages look like.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Points of members.
    #[command(subcommand)]
    Points(points::PointsCommand),
    /// Messages to members.
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Write a checked copy of a SQLite database into a file, beside a running server.
    Backup(backup::Backup),
    /// Put a backup into the data folder. The server must not run.
    Restore(backup::Restore),
    /// For trying things out and for measuring.
    #[command(subcommand)]
    Dev(dev::DevCommand),
    /// Print a script that completes the command line.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Runs what the command line says. `environment` holds the variables that settings may stand in.
pub async fn run(cli: Cli, environment: Vec<(String, String)>) -> ExitCode {
    let place = Located { place: cli.place, environment };
    let done = match cli.command {
        Command::Serve { listen } => serve::run(&place, listen).await,
        Command::CheckConfig => check_config(&place),
        Command::Migrate => migrate(&place).await,
        Command::App(command) => app::run(&place, &command),
        Command::Contract(command) => contract::run(&command).await,
        Command::Admin(command) => admin::run(&place, command).await,
        Command::Account(command) => account::run(&place, command).await,
        Command::Approval(command) => approval::run(&place, command).await,
        Command::Audit(command) => audit::run(&place, command).await,
        Command::System(wanted) => system::run(&place, &wanted).await,
        Command::Statistics(wanted) => statistics::run(&place, wanted).await,
        Command::Upload(command) => upload::run(&place, command).await,
        Command::Catalog(command) => catalog::run(&place, command).await,
        Command::ApiKey(command) => api_key::run(&place, command).await,
        Command::Keys(command) => keys::run(&place, command).await,
        Command::Organization(command) => organization::run(&place, command).await,
        Command::ProductKey(command) => product_key::run(&place, command).await,
        Command::Mail(command) => mail::run(&place, &command),
        Command::Points(command) => points::run(&place, command).await,
        Command::Dev(command) => dev::run(&place, command).await,
        Command::Outbox(command) => outbox::run(&place, &command).await,
        Command::Backup(wanted) => backup::write(&place, wanted).await,
        Command::Restore(wanted) => backup::restore(&place, &wanted),
        Command::Completions { shell } => completions(shell),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => failed.tell(),
    }
}

/// The flags that say where things are, and the environment.
struct Located {
    place: Place,
    environment: Vec<(String, String)>,
}

impl Located {
    fn load(&self, listen: Option<String>) -> Result<Loaded, StartError> {
        let origins = config::Origins {
            file: self.place.config.clone(),
            environment: self.environment.clone(),
            listen,
            data: self.place.data.clone(),
            database: self.place.database.clone(),
        };
        Ok(config::load(&origins)?)
    }

    /// The core on a database that a server prepared, for a command that works beside it.
    async fn open(&self) -> Result<core::Opened, StartError> {
        let loaded = self.load(None)?;
        core::open(&loaded, None, core::Hands::real(), core::Migrations::Expected).await
    }
}

fn check_config(place: &Located) -> Result<(), Failed> {
    let loaded = place.load(None)?;
    let plans = core::plan(&loaded, None)?;
    delivery::of(&loaded, &core::Hands::real())?;
    for warning in plans.iter().flat_map(|plan| &plan.warnings) {
        output::note(&format!("warning: {warning}"))?;
    }
    if plans.is_empty() {
        output::note(&format!("warning: {}", apps::NONE))?;
    }
    let from = match &loaded.mode {
        config::Mode::Demo => "no file: demo mode".to_owned(),
        config::Mode::File(path) => path.display().to_string(),
    };
    output::line(&format!("{from}: nothing is wrong; {}", output::count(plans.len(), "app")))
}

async fn migrate(place: &Located) -> Result<(), Failed> {
    let loaded = place.load(None)?;
    let db = core::database(&loaded).await?;
    let applied = core::migrate(&db).await?;
    db.close().await;
    if applied.is_empty() {
        return output::line("nothing to do");
    }
    let mut rows = Rows::new(&["migration"]);
    for name in applied {
        rows.add(vec![name.into()]);
    }
    rows.print(output::Form::Table)
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failed> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "daemun", &mut script);
    output::bytes(&script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
