//! `daemun keys …`: the keys that sign an app's tokens.

use clap::{Args, Subcommand};
use daemun_operations::keys;
use serde::Serialize;
use serde_json::json;

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, count, line, note, object, refused};
use daemun_model::{Code, Failure};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the keys: which one signs, and how many sessions hang on each.
    List(Whose),
    /// Make a new key: it is published now and signs in ten minutes (`keys.publish_seconds`). Nobody notices.
    Rotate(Whose),
    /// Take a key out at once, as when it may have been stolen: whoever has a token by it signs in again.
    Revoke {
        /// Its `kid`, which may begin with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Whose keys.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, command: KeysCommand) -> Result<(), Failed> {
    match command {
        KeysCommand::List(whose) => {
            let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
            let listed = keys::list(&daemun, &call).await.map_err(|failure| told(&failure))?;
            list(listed, Form::of(whose.json))
        }
        KeysCommand::Rotate(whose) => {
            let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
            let done = keys::rotate(&daemun, &call).await.map_err(|failure| told(&failure))?;
            match Form::of(whose.json) {
                Form::Json => shown(&done),
                Form::Table => line(&format!(
                    "{} is published, and signs from {}",
                    done.kid,
                    done.signs_from.to_rfc3339()
                )),
            }
        }
        KeysCommand::Revoke { kid, whose } => {
            let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
            let done = keys::revoke(&daemun, &call, &kid).await.map_err(|failure| told(&failure))?;
            let form = Form::of(whose.json);
            if form == Form::Table {
                note("who verifies tokens by the JWK Set may believe the old key until it asks again")?;
                let ended = count(usize::try_from(done.sessions_ended).unwrap_or(usize::MAX), "session");
                return line(&format!("{} is gone; {} signs; {ended} ended", done.kid, done.signing));
            }
            shown(&done)
        }
    }
}

fn list(listed: Vec<keys::Listed>, form: Form) -> Result<(), Failed> {
    let mut rows = Rows::new(&["kid", "state", "created_at", "signs_from", "sessions"]);
    for key in listed {
        rows.add(vec![
            key.kid.into(),
            json!(key.state),
            key.created_at.to_rfc3339().into(),
            key.signs_from.to_rfc3339().into(),
            key.sessions.into(),
        ]);
    }
    rows.print(form)
}

fn shown(done: &impl Serialize) -> Result<(), Failed> {
    object(&serde_json::to_value(done).map_err(|error| Failed::Told(error.to_string()))?, Form::Json)
}

fn told(failure: &Failure) -> Failed {
    if keys::is_other_master(failure) {
        return Failed::Told(
            "the master key is not the one that sealed the keys of this database\n  hint: set DAEMUN__KEYS__MASTER, or put the right master.key into the data folder"
                .to_owned(),
        );
    }
    match failure {
        Failure::Refused { code: Code::AlreadyExists, .. } => Failed::Told(
            "a new key is published already and has not begun to sign\n  hint: `daemun keys list` shows it"
                .to_owned(),
        ),
        Failure::Refused { code: Code::NotFound, .. } => {
            Failed::Told("the app has no such key\n  hint: `daemun keys list` shows those it has".to_owned())
        }
        failure => refused(failure),
    }
}
