//! `outbox.search`: messages and what became of them, for operators.

use daemun_model::message::{Channel, Secret, Template};
use daemun_model::{Code, Failure, Permission, Reason, Timestamp};
use daemun_store::outbox::{self, Delivered, Filter, Kept};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::list::{subject_of, text_of};
use crate::account::named;
use crate::call::Call;
use crate::cursor::{CursorPage, MOST, Paging};
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which messages.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Only to this address or number, as it is kept.
    pub to: Option<String>,
    /// Only to this account: its number, its uuid (either form) or its e-mail address.
    pub account: Option<String>,
    /// Only those that are so far.
    #[schemars(extend("enum" = ["waiting", "sent", "failed", null]))]
    pub state: Option<String>,
    /// Where the page before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most messages: 1 to 100, 50 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = MOST))]
    pub limit: Option<i64>,
}

/// One message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Found {
    /// Its identifier: rising in time.
    pub id: String,
    /// How it travels: `email` or `sms`.
    pub channel: String,
    /// To whom.
    pub to: String,
    /// What it is: a template's name.
    pub template: String,
    /// What it is about.
    pub subject: Option<String>,
    /// What it says: only where messages go nowhere but into the dev outbox.
    pub text: Option<String>,
    /// How far it is: `waiting`, `sent` or `failed`.
    pub state: String,
    /// The account it goes to: its uuid.
    pub account: Option<String>,
    /// In which language it is written.
    pub language: String,
    /// Whether it can be sent again: `outbox.retry` takes it.
    pub can_retry: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it need not be sent any more.
    pub expires_at: Option<Timestamp>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was given up.
    pub failed_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The provider's code of what went wrong last.
    pub error_code: Option<String>,
    /// The provider's name for the message.
    pub provider_id: Option<String>,
    /// How far it has come on the provider's side, where that is told: `queued`, `sent`, `delivered`, `undelivered` or
    /// `failed`.
    pub delivery_state: Option<String>,
}

/// One page of messages.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The messages, the latest first.
    pub messages: Vec<Found>,
    /// How the listing goes on.
    pub page: CursorPage,
}

pub(crate) fn operation() -> Operation {
    Operation::new("outbox.search", "Search the messages", search)
        .needs(Permission::OutboxRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Search the messages.
///
/// # Errors
/// Those of [`operation`].
pub async fn search(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let state = input.state.as_deref().and_then(|typed| faults.take("state", read_state(typed)));
    let bound = format!("{:?}", (&input.to, &input.account, &input.state));
    let cursor = (input.cursor.as_deref(), input.limit);
    let paging = Paging::read(&daemun, &call, ("outbox.search", &bound), cursor, &mut faults);
    faults.finish()?;
    let account = match input.account {
        Some(typed) => Some(named(&daemun, &call, Some(typed)).await?.uuid),
        None => None,
    };
    let filter = Filter { recipient: input.to.map(|to| to.trim().to_owned()), account, state };
    let before = paging.after.as_deref().and_then(|place| Uuid::try_parse(place).ok());
    let place = (before.unwrap_or(Uuid::max()), paging.wanted());
    let mut found = outbox::search(&mut daemun.reader(), call.app.id, &filter, place).await?;
    let page = paging.cut(&daemun, &mut found, |kept| kept.id.to_string());
    Ok(Output { messages: found.into_iter().map(|kept| told(&daemun, kept)).collect(), page })
}

fn read_state(typed: &str) -> Result<Delivered, Reason> {
    match typed {
        "waiting" => Ok(Delivered::Waiting),
        "sent" => Ok(Delivered::Sent),
        "failed" => Ok(Delivered::Failed),
        _ => Err(Reason::NotAChoice),
    }
}

/// Codes and links are the members' own: their text is shown where no real message leaves.
pub(super) fn told(daemun: &Daemun, kept: Kept) -> Found {
    let channel: Channel = kept.message.channel;
    let text = daemun
        .delivery
        .keeps_secrets(channel)
        .then(|| text_of(&daemun.delivery, &kept.app, &kept.message))
        .flatten();
    Found {
        id: kept.id.to_string(),
        channel: channel.as_str().to_owned(),
        template: kept.message.template.as_str().to_owned(),
        subject: subject_of(&daemun.delivery, &kept.app, &kept.message),
        text,
        state: match (kept.sent_at, kept.failed_at) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "failed",
            (None, None) => "waiting",
        }
        .to_owned(),
        can_retry: can_retry(&kept, daemun.clock.now()),
        account: kept.account.map(|account| account.to_string()),
        language: kept.message.language.code().to_owned(),
        to: kept.message.to,
        expires_at: kept.expires_at,
        created_at: kept.created_at,
        sent_at: kept.sent_at,
        failed_at: kept.failed_at,
        attempts: kept.attempts,
        last_error: kept.last_error,
        error_code: kept.error_code,
        provider_id: kept.provider_id,
        delivery_state: kept.delivery_state.map(|state| state.as_str().to_owned()),
    }
}

/// Whether there is still something to send: what was given up has lost its code or link.
pub(super) fn can_retry(kept: &Kept, now: Timestamp) -> bool {
    let late = kept.expires_at.is_some_and(|expires_at| expires_at <= now);
    let whole = match kept.message.template {
        Template::PasswordChanged
        | Template::AccountApproved
        | Template::AccountRejected
        | Template::AdministratorPasswordChanged
        | Template::AdministratorSecondFactorChanged
        | Template::AdministratorRecoveryCodeUsed => true,
        Template::VerifyEmail
        | Template::ResetPassword
        | Template::EmailCode
        | Template::SignInCode
        | Template::AdministratorInvitation
        | Template::AdministratorReset => kept.message.secret != Secret::default(),
    };
    kept.sent_at.is_none() && !late && whole
}
