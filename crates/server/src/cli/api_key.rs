//! `daemun api-key …`: keys of programs that act on an app's accounts, and of those that run the server.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use daemun_model::{Code, Failure, Permission};
use daemun_operations::api_key::{Listed, create, list, revoke};
use daemun_operations::{Call, Daemun};
use serde_json::json;

use super::Located;
use super::account::operator_call;
use super::output::{Failed, Form, Rows, line, note, object, refused};

#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Make a key. It is printed this once: only a hash of it is kept.
    Create {
        /// What people call it.
        #[arg(long)]
        name: String,
        /// What it may do; several with commas, or say it several times.
        #[arg(long = "may", required = true, value_delimiter = ',', value_name = "PERMISSION",
              value_parser = PossibleValuesParser::new(permissions()))]
        may: Vec<String>,
        /// Days until it expires: 365 where nothing is said, 90 for a key of the server.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<i64>,
        #[command(flatten)]
        whose: Whose,
    },
    /// List the keys, those that work no more among them.
    List(Whose),
    /// End a key at once, on every node.
    Revoke {
        /// Its identifier: the 16 digits after `daemun_`.
        id: String,
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
    /// Those of the server: such a key opens every app, and may have the permissions that reach beyond one.
    #[arg(long, conflicts_with = "app")]
    server: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a key can be given; some of it only a key of the server.
fn permissions() -> Vec<&'static str> {
    Permission::ALL.map(Permission::as_str).to_vec()
}

/// The call of whoever sits at the command line, where the keys are.
async fn call_of(place: &Located, whose: &Whose) -> Result<(Daemun, Call), Failed> {
    if whose.server {
        return super::admin::server_call(place).await;
    }
    operator_call(place, whose.app.as_deref()).await
}

pub(super) async fn run(place: &Located, command: ApiKeyCommand) -> Result<(), Failed> {
    match command {
        ApiKeyCommand::Create { name, may, expires_in_days, whose } => {
            let (daemun, call) = call_of(place, &whose).await?;
            if !whose.server
                && let Some(beyond) = may.iter().find(|name| reaches_beyond(name))
            {
                return Err(Failed::Usage(format!(
                    "no key of an app can have `{beyond}`\n  hint: `--server` makes a key of the server"
                )));
            }
            let input = create::Input { name: Some(name), permissions: Some(may), expires_in_days, of: None };
            let made = create::create(daemun, call, input).await.map_err(|failure| told(&failure))?;
            match Form::of(whose.json) {
                Form::Json => object(&json!({ "api_key": made.api_key, "secret": made.secret }), Form::Json),
                Form::Table => {
                    note("keep it now: it is not shown again")?;
                    line(&made.secret)
                }
            }
        }
        ApiKeyCommand::List(whose) => {
            let (daemun, call) = call_of(place, &whose).await?;
            let found =
                list::list(daemun, call, list::Input { of: None }).await.map_err(|failure| told(&failure))?;
            table(found.api_keys, Form::of(whose.json))
        }
        ApiKeyCommand::Revoke { id, whose } => {
            let (daemun, call) = call_of(place, &whose).await?;
            let input = revoke::Input { id: Some(id), of: None };
            let done = revoke::revoke(daemun, call, input).await.map_err(|failure| told(&failure))?;
            object(&json!(done.api_key), Form::of(whose.json))
        }
    }
}

/// Whether only a key of the server can have the permission of this name.
fn reaches_beyond(name: &str) -> bool {
    Permission::from_name(name).is_some_and(|permission| !permission.suits_keys_of_apps())
}

fn table(keys: Vec<Listed>, form: Form) -> Result<(), Failed> {
    let mut rows =
        Rows::new(&["id", "name", "state", "permissions", "created_at", "expires_at", "last_used_at"]);
    for key in keys {
        rows.add(vec![
            key.id.into(),
            key.name.into(),
            json!(key.state),
            key.permissions.into(),
            json!(key.created_at),
            json!(key.expires_at),
            json!(key.last_used_at),
        ]);
    }
    rows.print(form)
}

fn told(failure: &Failure) -> Failed {
    match failure {
        Failure::Refused { code: Code::NotFound, .. } => {
            Failed::Told("there is no such key\n  hint: `daemun api-key list` shows those it has".to_owned())
        }
        failure => refused(failure),
    }
}
