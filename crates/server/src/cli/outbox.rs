//! `daemun outbox …`

use clap::Subcommand;
use daemun_model::message::DeliveryState;

use super::Located;
use super::output::{Failed, Form, Rows, refused, value};
use daemun_operations::outbox::{Listed, list};

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
}

pub(super) async fn run(place: &Located, command: &OutboxCommand) -> Result<(), Failed> {
    let OutboxCommand::List { app, limit, json } = command;
    let opened = place.open().await?;
    if let Some(name) = app {
        // A name that is misspelt must not look like an empty outbox.
        opened.app(Some(name))?;
    }
    let entries = list(&opened.daemun, app.as_deref(), *limit).await.map_err(|failure| refused(&failure))?;
    match Form::of(*json) {
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
