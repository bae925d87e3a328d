//! `daemun approval …`: who waits to be let in, and what is decided.

use clap::{Args, Subcommand, ValueEnum};
use daemun_model::Failure;
use daemun_operations::approval::decide::{Input, Output};
use daemun_operations::approval::{approve, list, reasons, reject, reopen};
use serde_json::{Value, json};

use super::Located;
use super::account::{Target, call, more, operator_call, show};
use super::output::{Failed, Form, Rows, line, refused, value};

#[derive(Debug, Subcommand)]
pub(super) enum ApprovalCommand {
    /// List the accounts that wait, those first that have waited longest.
    List(List),
    /// List reasons for turning somebody away, one a line.
    Reasons {
        /// The app; not needed where there is only one.
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
        /// `ko` or `en`; the app's language where it is left out.
        #[arg(long, value_name = "LANGUAGE")]
        language: Option<String>,
    },
    /// Let an account in. Its member is told.
    Approve(Decision),
    /// Turn an account away. Its member is told, with the reason.
    Reject(Decision),
    /// Take a decision back: the account waits again.
    Reopen(Decision),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// The app; not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Those of another status.
    #[arg(long, value_enum, default_value_t = Status::Pending)]
    status: Status,
    /// Where the page before ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// The most accounts: 1 to 100.
    #[arg(long, value_name = "COUNT")]
    limit: Option<i64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    Pending,
    Approved,
    Rejected,
    Suspended,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Suspended => "suspended",
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Decision {
    #[command(flatten)]
    target: Target,
    /// Why: for the audit log, and for who is rejected.
    #[arg(long)]
    reason: Option<String>,
}

pub(super) async fn run(place: &Located, command: ApprovalCommand) -> Result<(), Failed> {
    match command {
        ApprovalCommand::List(wanted) => list_waiting(place, wanted).await,
        ApprovalCommand::Reasons { app, language } => {
            let (daemun, call) = operator_call(place, app.as_deref()).await?;
            let found = reasons::reasons(daemun, call, reasons::Input { language }).await;
            let found = found.map_err(|failure| refused(&failure))?;
            found.reasons.iter().try_for_each(|reason| line(reason))
        }
        ApprovalCommand::Approve(decision) => {
            let (daemun, call) = call(place, &decision.target).await?;
            told(&decision, approve::approve(daemun, call, decision.input()).await)
        }
        ApprovalCommand::Reject(decision) => {
            let (daemun, call) = call(place, &decision.target).await?;
            told(&decision, reject::reject(daemun, call, decision.input()).await)
        }
        ApprovalCommand::Reopen(decision) => {
            let (daemun, call) = call(place, &decision.target).await?;
            told(&decision, reopen::reopen(daemun, call, decision.input()).await)
        }
    }
}

impl Decision {
    fn input(&self) -> Input {
        Input { account: self.target.account(), reason: self.reason.clone() }
    }
}

fn told(decision: &Decision, done: Result<Output, Failure>) -> Result<(), Failed> {
    show(&done.map_err(|failure| refused(&failure))?.account, decision.target.form())
}

async fn list_waiting(place: &Located, wanted: List) -> Result<(), Failed> {
    let (daemun, call) = operator_call(place, wanted.app.as_deref()).await?;
    let status = Some(wanted.status.name().to_owned());
    let input = list::Input { status, cursor: wanted.cursor, limit: wanted.limit };
    let found = list::list(daemun, call, input).await.map_err(|failure| refused(&failure))?;
    if Form::of(wanted.json) == Form::Json {
        return value(&json!(found));
    }
    let mut rows = Rows::new(&["id", "uuid", "name", "phone_number", "email", "created_at", "reason"]);
    for each in found.applications {
        let account = each.account;
        rows.add(vec![
            account.id.into(),
            account.uuid.to_string().into(),
            account.name.into(),
            account.phone_number.into(),
            account.email.into(),
            json!(account.created_at),
            each.reason.map_or(Value::Null, Value::from),
        ]);
    }
    rows.print(Form::Table)?;
    more(found.page.next.as_deref())
}
