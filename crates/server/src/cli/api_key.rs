//! `daemun api-key …`: keys of programs that act on an app's accounts.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use daemun_model::{Code, Failure, Permission};
use daemun_operations::api_key::{Listed, create, list, revoke};
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
        /// Days until it expires.
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        expires_in_days: i64,
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a key can be given.
fn permissions() -> Vec<&'static str> {
    let suitable = Permission::ALL.into_iter().filter(|permission| permission.suits_api_keys());
    suitable.map(Permission::as_str).collect()
}

pub(super) async fn run(place: &Located, command: ApiKeyCommand) -> Result<(), Failed> {
    match command {
        ApiKeyCommand::Create { name, may, expires_in_days, whose } => {
            let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
            let input = create::Input {
                name: Some(name),
                permissions: Some(may),
                expires_in_days: Some(expires_in_days),
            };
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
            let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
            let found = list::list(daemun, call, list::Input {}).await.map_err(|failure| told(&failure))?;
            table(found.api_keys, Form::of(whose.json))
        }
        ApiKeyCommand::Revoke { id, whose } => {
            let (daemun, call) = operator_call(place, whose.app.as_deref()).await?;
            let input = revoke::Input { id: Some(id) };
            let done = revoke::revoke(daemun, call, input).await.map_err(|failure| told(&failure))?;
            object(&json!(done.api_key), Form::of(whose.json))
        }
    }
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
        Failure::Refused { code: Code::NotFound, .. } => Failed::Told(
            "the app has no such key\n  hint: `daemun api-key list` shows those it has".to_owned(),
        ),
        failure => refused(failure),
    }
}
