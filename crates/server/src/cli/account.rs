//! `daemun account …`: what an operator does to one account.

use std::io::{self, BufRead, IsTerminal};
use std::net::Ipv4Addr;

use clap::{Args, Subcommand};
use daemun_model::{Account, Timestamp};
use daemun_operations::account::{
    edit, end_sessions, erase, export, find, list, list_sessions, open_sign_in, restore, send_reset, suspend,
};
use daemun_operations::{Call, Client, Daemun, Operator};
use serde_json::{Map, Value, json};

use super::Located;
use super::audit;
use super::output::{Failed, Form, Rows, count, line, note, object, refused, value};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Show an account.
    Find(Target),
    /// Close an account: it is signed out everywhere and cannot sign in until it is restored.
    Suspend {
        #[command(flatten)]
        target: Target,
        /// Why, for the audit log.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Open a suspended account again.
    Restore {
        #[command(flatten)]
        target: Target,
        /// Why, for the audit log.
        #[arg(long)]
        reason: Option<String>,
    },
    /// List accounts, the latest first.
    List(Box<List>),
    /// Write accounts into a file: CSV without formulas, or a JSON object a line.
    Export(Box<Export>),
    /// Change an account: FIELD=VALUE sets a field, FIELD= clears it.
    Edit {
        #[command(flatten)]
        target: Target,
        /// What changes: `name=Kim`, `email_verified=true`, `attributes.floor=3`, `nickname=`.
        #[arg(required = true, value_name = "FIELD=VALUE")]
        changes: Vec<String>,
    },
    /// Send the mail with which a new password can be chosen.
    SendReset(Target),
    /// List the places where an account is signed in.
    Sessions(Target),
    /// Sign an account out everywhere.
    EndSessions {
        #[command(flatten)]
        target: Target,
        /// Only the session of this identifier.
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
    /// Forget the wrong passwords of an account: whoever typed too many may try again.
    OpenSignIn(Target),
    /// Delete an account for good.
    Delete {
        #[command(flatten)]
        target: Target,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Which accounts.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Those of a status: pending, approved, rejected, suspended.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Those that have this in a name, or are called so.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Those of an organisation.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Those opened from this moment on, as 2026-11-20T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Those opened before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// The most accounts: 1 to 100.
    #[arg(long, value_name = "COUNT")]
    limit: Option<i64>,
    /// Where the page before ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Which accounts are written, and how.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Those of a status: pending, approved, rejected, suspended.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Those of an organisation.
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Those opened from this moment on, as 2026-11-20T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Those opened before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    #[command(flatten)]
    target: audit::Target,
}

/// A moment in RFC 3339.
pub(super) fn moment(typed: &str) -> Result<Timestamp, String> {
    Timestamp::from_rfc3339(typed).ok_or_else(|| "write it as 2026-11-20T00:00:00Z".to_owned())
}

/// Which account.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Its number, its UUID (canonical or 22 characters) or its e-mail address.
    account: String,
    /// The app it belongs to; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Located, command: AccountCommand) -> Result<(), Failed> {
    match command {
        AccountCommand::Find(target) => {
            let (daemun, call) = call(place, &target).await?;
            show(&find_account(daemun, call, &target).await?, target.form())
        }
        AccountCommand::Suspend { target, reason } => {
            let (daemun, call) = call(place, &target).await?;
            let input = suspend::Input { account: target.account(), reason };
            let done = suspend::suspend(daemun, call, input).await.map_err(|failure| refused(&failure))?;
            show(&done.account, target.form())
        }
        AccountCommand::Restore { target, reason } => {
            let (daemun, call) = call(place, &target).await?;
            let input = restore::Input { account: target.account(), reason };
            let done = restore::restore(daemun, call, input).await.map_err(|failure| refused(&failure))?;
            show(&done.account, target.form())
        }
        AccountCommand::Export(wanted) => write_accounts(place, *wanted).await,
        AccountCommand::List(wanted) => list_accounts(place, *wanted).await,
        AccountCommand::Edit { target, changes } => {
            let (daemun, call) = call(place, &target).await?;
            let input = edited(target.account(), &changes)?;
            let done = edit::edit(daemun, call, input).await.map_err(|failure| refused(&failure))?;
            show(&done.account, target.form())
        }
        AccountCommand::SendReset(target) => send_reset_mail(place, &target).await,
        AccountCommand::Sessions(target) => sessions_of(place, &target).await,
        AccountCommand::EndSessions { target, session } => {
            let (daemun, call) = call(place, &target).await?;
            let input = end_sessions::Input { account: target.account(), session };
            let done =
                end_sessions::end_sessions(daemun, call, input).await.map_err(|failure| refused(&failure))?;
            match target.form() {
                Form::Json => object(&json!({ "account": done.account, "ended": done.ended }), Form::Json),
                Form::Table => {
                    line(&format!("{} ended", count(usize::try_from(done.ended).unwrap_or(0), "session")))
                }
            }
        }
        AccountCommand::OpenSignIn(target) => open(place, &target).await,
        AccountCommand::Delete { target, yes } => {
            let (daemun, call) = call(place, &target).await?;
            if !yes {
                let account = find_account(daemun.clone(), call.clone(), &target).await?;
                confirm(&account, &call.app.name)?;
            }
            let input = erase::Input { account: target.account() };
            let done = erase::erase(daemun, call, input).await.map_err(|failure| refused(&failure))?;
            show(&done.account, target.form())
        }
    }
}

impl Target {
    pub(super) fn account(&self) -> Option<String> {
        Some(self.account.clone())
    }

    pub(super) const fn form(&self) -> Form {
        Form::of(self.json)
    }
}

pub(super) async fn call(place: &Located, target: &Target) -> Result<(Daemun, Call), Failed> {
    operator_call(place, target.app.as_deref()).await
}

/// The core and a call by the operator at the command line, in an app.
pub(super) async fn operator_call(place: &Located, app: Option<&str>) -> Result<(Daemun, Call), Failed> {
    let opened = place.open().await?;
    let app = opened.app(app)?;
    let client = Client { address: Ipv4Addr::LOCALHOST.into(), user_agent: None };
    let request_id = opened.daemun.random.uuid_v4().simple().to_string();
    let mut call = Call::new(app, client, request_id);
    call.operator = Some(Operator::cli());
    Ok((opened.daemun, call))
}

async fn find_account(daemun: Daemun, call: Call, target: &Target) -> Result<Account, Failed> {
    let input = find::Input { account: target.account() };
    Ok(find::find(daemun, call, input).await.map_err(|failure| refused(&failure))?.account)
}

/// The input that changes of the form `FIELD=VALUE` make.
fn edited(account: Option<String>, changes: &[String]) -> Result<edit::Input, Failed> {
    let mut input = Map::new();
    for change in changes {
        let Some((field, text)) = change.split_once('=') else {
            return Err(Failed::Usage(format!("`{change}` is not of the form FIELD=VALUE")));
        };
        let typed = match text {
            "" => Value::Null,
            "true" | "false" if field.ends_with("_verified") => Value::Bool(text == "true"),
            _ => Value::String(text.to_owned()),
        };
        match field.split_once('.') {
            Some(("attributes", name)) => {
                let typed = match typed {
                    Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
                    other => other,
                };
                let attributes = input.entry("attributes").or_insert_with(|| json!({}));
                attributes[name] = typed;
            }
            _ if field == "interests" => {
                let ids: Vec<&str> = text.split(',').filter(|id| !id.is_empty()).collect();
                input.insert(field.to_owned(), json!(ids));
            }
            _ if FIELDS.contains(&field) => {
                input.insert(field.to_owned(), typed);
            }
            _ => {
                return Err(Failed::Usage(format!("there is no field `{field}`: {}", FIELDS.join(", "))));
            }
        }
    }
    input.insert("account".to_owned(), json!(account));
    serde_json::from_value(Value::Object(input)).map_err(|error| Failed::Usage(error.to_string()))
}

/// What `edit` changes beside `attributes.NAME` and `interests`, which are ids with commas between them.
const FIELDS: [&str; 16] = [
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "preferred_username",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "birthdate",
    "gender",
    "picture",
    "locale",
    "profession",
    "organization",
    "interests",
];

async fn list_accounts(place: &Located, wanted: List) -> Result<(), Failed> {
    let (daemun, call) = operator_call(place, wanted.app.as_deref()).await?;
    let input = list::Input {
        status: wanted.status,
        search: wanted.search,
        organization: wanted.organization,
        created_since: wanted.since,
        created_until: wanted.until,
        limit: wanted.limit,
        cursor: wanted.cursor,
        ..list::Input::default()
    };
    let found = list::list(daemun, call, input).await.map_err(|failure| refused(&failure))?;
    if wanted.json {
        return value(&json!(found));
    }
    let mut rows = Rows::new(&["id", "uuid", "status", "name", "email", "phone_number", "created_at"]);
    for account in found.accounts {
        let name = account.name.or(account.nickname).or(account.preferred_username);
        rows.add(vec![
            account.id.into(),
            account.uuid.to_string().into(),
            account.status.as_str().into(),
            name.into(),
            account.email.into(),
            account.phone_number.into(),
            json!(account.created_at),
        ]);
    }
    rows.print(Form::Table)?;
    more(found.page.next.as_deref())
}

async fn send_reset_mail(place: &Located, target: &Target) -> Result<(), Failed> {
    let (daemun, call) = call(place, target).await?;
    let input = send_reset::Input { account: target.account() };
    let done = send_reset::send_reset(daemun, call, input).await.map_err(|failure| refused(&failure))?;
    match target.form() {
        Form::Json => value(&json!(done)),
        Form::Table => line(&format!("queued; the link works for {} s", done.expires_in)),
    }
}

async fn open(place: &Located, target: &Target) -> Result<(), Failed> {
    let (daemun, call) = call(place, target).await?;
    let input = open_sign_in::Input { account: target.account() };
    let done = open_sign_in::open_sign_in(daemun, call, input).await.map_err(|failure| refused(&failure))?;
    match target.form() {
        Form::Json => value(&json!(done)),
        Form::Table => {
            let forgotten = usize::try_from(done.forgotten).unwrap_or(0);
            line(&format!("{} forgotten", count(forgotten, "wrong password")))
        }
    }
}

async fn write_accounts(place: &Located, wanted: Export) -> Result<(), Failed> {
    let (daemun, call) = operator_call(place, wanted.app.as_deref()).await?;
    let part = async |cursor: Option<String>| {
        let input = export::Input {
            format: Some(wanted.target.format()),
            status: wanted.status.clone(),
            organization: wanted.organization.clone(),
            created_since: wanted.since,
            created_until: wanted.until,
            cursor,
            ..export::Input::default()
        };
        export::export(daemun.clone(), call.clone(), input).await
    };
    wanted.target.write(part).await
}

/// Tells how a list goes on.
pub(super) fn more(next: Option<&str>) -> Result<(), Failed> {
    next.map_or(Ok(()), |next| note(&format!("there are more: --cursor {next}")))
}

async fn sessions_of(place: &Located, target: &Target) -> Result<(), Failed> {
    let (daemun, call) = call(place, target).await?;
    let input = list_sessions::Input { account: target.account() };
    let found = list_sessions::list_sessions(daemun, call, input).await;
    let found = found.map_err(|failure| refused(&failure))?;
    let mut rows = Rows::new(&["id", "created_at", "last_used_at", "expires_at", "address", "user_agent"]);
    for session in found.sessions {
        rows.add(vec![
            session.id.into(),
            json!(session.created_at),
            json!(session.last_used_at),
            json!(session.expires_at),
            session.address.into(),
            session.user_agent.into(),
        ]);
    }
    rows.print(target.form())
}

pub(super) fn show(account: &Account, form: Form) -> Result<(), Failed> {
    let mut value = serde_json::to_value(account).map_err(|error| Failed::Told(error.to_string()))?;
    if let (Form::Table, Value::Object(members)) = (form, &mut value) {
        members.retain(|_, member| !member.is_null());
    }
    object(&value, form)
}

/// Asks before an account is gone for good. Where nobody can answer, `--yes` must have been said.
fn confirm(account: &Account, app: &str) -> Result<(), Failed> {
    if !io::stdin().is_terminal() {
        return Err(Failed::Usage(
            "deleting cannot be undone: say --yes where nobody can be asked".to_owned(),
        ));
    }
    let whom =
        account.email.as_deref().or(account.preferred_username.as_deref()).unwrap_or("no e-mail address");
    note(&format!("Delete account {} ({whom}) of {app} for good? Type yes:", account.id))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        Err(Failed::Told("not deleted".to_owned()))
    }
}
