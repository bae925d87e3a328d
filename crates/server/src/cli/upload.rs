//! `daemun upload …`: the files of a member, as who reviews an application sees them.

use clap::{Args, Subcommand};
use daemun_model::{Code, Failure};
use daemun_operations::upload::{link, list};
use serde_json::json;

use super::Located;
use super::account::{Target, call, operator_call};
use super::output::{Failed, Form, Rows, object, refused, value};

#[derive(Debug, Subcommand)]
pub(super) enum UploadCommand {
    /// List the files of an account, and which of them have arrived.
    List(Target),
    /// Make a link to a file that works for a few minutes. The audit log says that it was made.
    Link(Link),
}

#[derive(Debug, Args)]
pub(super) struct Link {
    /// Its path, as `upload list` shows it.
    path: String,
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, command: UploadCommand) -> Result<(), Failed> {
    match command {
        UploadCommand::List(target) => list_of(place, &target).await,
        UploadCommand::Link(wanted) => {
            let (daemun, call) = operator_call(place, wanted.app.as_deref()).await?;
            let input = link::Input { path: Some(wanted.path) };
            let made = link::link(daemun, call, input).await.map_err(|failure| told(&failure))?;
            object(&json!(made), Form::of(wanted.json))
        }
    }
}

fn told(failure: &Failure) -> Failed {
    match failure {
        Failure::Refused { code: Code::NotFound, .. } => {
            Failed::Told("no file has arrived for this path in this app".to_owned())
        }
        Failure::Unavailable { retry_after } => Failed::Told(format!(
            "the database or the file storage cannot be used now; try again in {retry_after} s"
        )),
        Failure::Invalid(_)
        | Failure::Refused { .. }
        | Failure::TooManyRequests { .. }
        | Failure::Broken(_) => refused(failure),
    }
}

async fn list_of(place: &Located, target: &Target) -> Result<(), Failed> {
    let (daemun, call) = call(place, target).await?;
    let input = list::Input { account: target.account() };
    let found = list::list(daemun, call, input).await.map_err(|failure| told(&failure))?;
    if target.form() == Form::Json {
        return value(&json!(found.uploads));
    }
    let mut rows = Rows::new(&["kind", "order", "path", "arrived", "content_type", "size", "claimed_at"]);
    for upload in found.uploads {
        rows.add(vec![
            upload.kind.into(),
            upload.order.into(),
            upload.path.into(),
            upload.arrived.into(),
            upload.content_type.into(),
            upload.size.into(),
            json!(upload.claimed_at),
        ]);
    }
    rows.print(Form::Table)
}
