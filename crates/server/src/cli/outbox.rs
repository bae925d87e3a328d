//! `daemun outbox …`

use clap::Subcommand;
use daemun_model::message::DeliveryState;
use daemun_model::{Code, Failure};

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, object, refused, value};
use daemun_operations::outbox::search::Found;
use daemun_operations::outbox::{Listed, list, retry, show};

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    /// List the messages that wait and those that were sent, the oldest first.
    List {
        /// Only this app's.
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
        /// The most messages: the latest ones.
        #[arg(long, value_name = "COUNT", default_value_t = 1000)]
        limit: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a message.
    Show(Which),
    /// Send a message again that was given up, or now one that would be tried later.
    Retry(Which),
}

/// Which message.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Its identifier.
    id: String,
    /// The app it belongs to; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, command: &OutboxCommand) -> Result<(), Failed> {
    match command {
        OutboxCommand::List { app, limit, json } => list_all(place, app.as_ref(), *limit, *json).await,
        OutboxCommand::Show(which) => {
            let (daemun, call) = operator_call(place, which.app.as_deref()).await?;
            let done = show::show(daemun, call, show::Input { id: Some(which.id.clone()) }).await;
            told(done.map(|done| done.message), which.json)
        }
        OutboxCommand::Retry(which) => {
            let (daemun, call) = operator_call(place, which.app.as_deref()).await?;
            let done = retry::retry(daemun, call, show::Input { id: Some(which.id.clone()) }).await;
            told(done.map(|done| done.message), which.json)
        }
    }
}

fn told(done: Result<Found, Failure>, json: bool) -> Result<(), Failed> {
    let found = done.map_err(|failure| match failure {
        Failure::Refused { code: Code::NotFound, .. } => {
            Failed::Told("there is no such message in this app".to_owned())
        }
        other => refused(&other),
    })?;
    let message = serde_json::to_value(found).map_err(|error| Failed::Told(error.to_string()))?;
    object(&message, Form::of(json))
}

async fn list_all(place: &Located, app: Option<&String>, limit: u32, json: bool) -> Result<(), Failed> {
    let opened = place.open().await?;
    if let Some(name) = app {
        // A name that is misspelt must not look like an empty outbox.
        opened.app(Some(name))?;
    }
    let entries =
        list(&opened.daemun, app.map(String::as_str), limit).await.map_err(|failure| refused(&failure))?;
    match Form::of(json) {
        Form::Json => value(&serde_json::to_value(entries).map_err(|error| Failed::Told(error.to_string()))?),
        Form::Table => table(entries),
    }
}

/// The table leaves the text out: it would fill the screen.
fn table(entries: Vec<Listed>) -> Result<(), Failed> {
    let mut rows =
        Rows::new(&["created_at", "app", "channel", "to", "subject", "code or link", "sent_at", "state"]);
    for entry in entries {
        rows.add(vec![
            entry.created_at.to_rfc3339().into(),
            entry.app.into(),
            entry.channel.as_str().into(),
            entry.to.into(),
            entry.subject.into(),
            [entry.code, entry.link].into_iter().flatten().collect::<Vec<_>>().join("\n").into(),
            entry.sent_at.map(|at| at.to_rfc3339()).into(),
            state(entry.delivery_state, entry.error_code).into(),
        ]);
    }
    rows.print(Form::Table)
}

/// How far the provider says it is, and its code where something went wrong.
fn state(state: Option<DeliveryState>, error: Option<String>) -> String {
    let words = [state.map(|state| state.as_str().to_owned()), error];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
