//! `daemun admin …`: who may use the console.

use std::net::Ipv4Addr;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use daemun_model::{Code, Failure, Language, Role};
use daemun_operations::administrator::links::{self, Made};
use daemun_operations::administrator::{self, invite, manage};
use daemun_operations::{Call, Client, Daemun, Operator};
use serde_json::json;

use super::Located;
use super::output::{Failed, Form, Rows, line, note, object, refused};

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Invite somebody: prints the link with which they choose a password and an authenticator app, and mails it.
    Create {
        /// Their e-mail address.
        email: String,
        /// What they are called.
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// What they may do: docs/operating.md has the table.
        #[arg(long, default_value = "owner", value_parser = PossibleValuesParser::new(roles()))]
        role: String,
        /// The language of the mail.
        #[arg(long, default_value = "en", value_parser = PossibleValuesParser::new(["ko", "en"]))]
        lang: String,
        #[command(flatten)]
        output: Output,
    },
    /// List the administrators and the invitations that wait.
    List(Output),
    /// Keep an administrator out, at once and on every node. `reset-second-factor` lets them in again.
    Disable {
        /// Their e-mail address or uuid.
        who: String,
        #[command(flatten)]
        output: Output,
    },
    /// Take away password, authenticator app and recovery codes, and print the link with which they choose all anew. This
    /// is the way back for the only owner, too.
    ResetSecondFactor {
        /// Their e-mail address or uuid.
        who: String,
        #[command(flatten)]
        output: Output,
    },
    /// Print a new link to become the first owner, in place of the last one. It works for 24 hours.
    SetUpLink(Output),
}

#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn roles() -> [&'static str; 4] {
    Role::ALL.map(Role::as_str)
}

pub(super) async fn run(place: &Located, command: AdminCommand) -> Result<(), Failed> {
    let daemun = place.open().await?.daemun;
    let call = call(&daemun);
    match command {
        AdminCommand::Create { email, name, role, lang, output } => {
            let role = Role::from_name(&role).unwrap_or(Role::Auditor);
            let input = invite::Input { email, name, role, language: Language::from_tag(&lang) };
            let made = invite::invite(daemun, call, input).await.map_err(|failure| told(&failure))?;
            link(&made, &output)
        }
        AdminCommand::List(output) => list(&daemun, &call, &output).await,
        AdminCommand::Disable { who, output } => {
            let found = manage::find(&daemun, &call, &who).await.map_err(|failure| told(&failure))?;
            manage::disable(daemun.clone(), call.clone(), found.uuid)
                .await
                .map_err(|failure| told(&failure))?;
            let now = manage::find(&daemun, &call, &who).await.map_err(|failure| told(&failure))?;
            object(&json!(now), Form::of(output.json))
        }
        AdminCommand::ResetSecondFactor { who, output } => {
            let found = manage::find(&daemun, &call, &who).await.map_err(|failure| told(&failure))?;
            let made = manage::reset(daemun, call, found.uuid).await.map_err(|failure| told(&failure))?;
            link(&made, &output)
        }
        AdminCommand::SetUpLink(output) => {
            let made = links::set_up_link(&daemun, &call).await.map_err(|failure| told(&failure))?;
            match made {
                Some(made) => link(&made, &output),
                None => Err(Failed::Told(
                    "there is an administrator already\n  hint: `daemun admin list` shows who; `daemun admin create` invites another, `daemun admin reset-second-factor` lets one in again".to_owned(),
                )),
            }
        }
    }
}

/// A call by whoever sits at the command line, where what administrators do is kept.
pub(super) async fn server_call(place: &Located) -> Result<(Daemun, Call), Failed> {
    let daemun = place.open().await?.daemun;
    let call = call(&daemun);
    Ok((daemun, call))
}

fn call(daemun: &Daemun) -> Call {
    let client = Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: None };
    let request_id = daemun.random.uuid_v4().simple().to_string();
    Call { operator: Some(Operator::cli()), ..administrator::call(daemun, client, request_id) }
}

fn link(made: &Made, output: &Output) -> Result<(), Failed> {
    match Form::of(output.json) {
        Form::Json => object(&json!({ "url": made.url, "expires_at": made.expires_at }), Form::Json),
        Form::Table => {
            let until = made.expires_at.to_rfc3339();
            note(&format!("whoever has this link can use it, once, until {until}"))?;
            line(&made.url)
        }
    }
}

async fn list(daemun: &Daemun, call: &Call, output: &Output) -> Result<(), Failed> {
    let administrators = manage::list(daemun, call).await.map_err(|failure| told(&failure))?;
    let invitations = invite::list(daemun, call).await.map_err(|failure| told(&failure))?;
    let mut rows = Rows::new(&["uuid", "email", "name", "role", "standing", "created_at", "last_sign_in_at"]);
    for one in administrators {
        rows.add(vec![
            json!(one.uuid),
            one.email.into(),
            one.name.into(),
            one.role.as_str().into(),
            one.standing.as_str().into(),
            json!(one.created_at),
            json!(one.last_sign_in_at),
        ]);
    }
    for one in invitations {
        rows.add(vec![
            json!(null),
            one.email.into(),
            one.name.into(),
            one.role.as_str().into(),
            "invited".into(),
            json!(one.created_at),
            json!(null),
        ]);
    }
    rows.print(Form::of(output.json))
}

fn told(failure: &Failure) -> Failed {
    match failure {
        Failure::Refused { code: Code::NotFound, .. } => Failed::Told(
            "there is no such administrator\n  hint: `daemun admin list` shows those there are".to_owned(),
        ),
        Failure::Refused { code: Code::EmailTaken, .. } => Failed::Told(
            "there is an administrator of this address\n  hint: `daemun admin reset-second-factor` lets them in again"
                .to_owned(),
        ),
        Failure::Refused { code: Code::Forbidden, .. } => Failed::Told(
            "there must be another owner who can sign in\n  hint: `daemun admin create` invites one".to_owned(),
        ),
        failure => refused(failure),
    }
}
