//! What an operator does to an account: first a page that asks, then the act.

use daemun_model::{Account, Code, Failure, Permission};
use daemun_operations::account::{end_sessions, erase, open_sign_in, restore, send_reset, suspend};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::super::answer::Answer;
use super::super::page::Page;
use super::super::refused;
use super::super::visit::Visit;
use super::show::title_of;

/// One act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Suspend,
    Restore,
    EndSessions,
    SendReset,
    OpenSignIn,
    Delete,
}

impl Act {
    /// All of them, in the order of the page.
    pub(super) const ALL: [Self; 6] =
        [Self::SendReset, Self::OpenSignIn, Self::EndSessions, Self::Suspend, Self::Restore, Self::Delete];

    /// Its name in paths; its texts are `act-NAME`, `act-NAME-title` and `act-NAME-text`, its notice `done-NAME`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::EndSessions => "end-sessions",
            Self::SendReset => "send-reset",
            Self::OpenSignIn => "open-sign-in",
            Self::Delete => "delete",
        }
    }

    /// The act of a name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// What one needs for it. The operation asks, too; here it decides what is offered.
    pub(super) const fn needs(self) -> Permission {
        match self {
            Self::Suspend | Self::Restore | Self::EndSessions | Self::SendReset | Self::OpenSignIn => {
                Permission::AccountsWrite
            }
            Self::Delete => Permission::AccountsErase,
        }
    }

    /// The title of its page.
    const fn title(self) -> &'static str {
        match self {
            Self::Suspend => "act-suspend-title",
            Self::Restore => "act-restore-title",
            Self::EndSessions => "act-end-sessions-title",
            Self::SendReset => "act-send-reset-title",
            Self::OpenSignIn => "act-open-sign-in-title",
            Self::Delete => "act-delete-title",
        }
    }

    /// Whether one is asked why: the audit keeps it.
    const fn asks_why(self) -> bool {
        matches!(self, Self::Suspend | Self::Restore)
    }

    const fn mood(self) -> &'static str {
        match self {
            Self::Suspend | Self::Delete => "danger",
            Self::Restore | Self::EndSessions | Self::SendReset | Self::OpenSignIn => "primary",
        }
    }
}

/// What has to be typed before an account is deleted: its address, else its number.
fn typed_confirmation(account: &Account) -> String {
    account.email.clone().unwrap_or_else(|| account.id.to_string())
}

/// The page that asks.
pub(super) async fn ask(visit: &Visit<'_>, account: &str, act: Act) -> Result<Answer, Failure> {
    if let Some(answer) = admit(visit, account, act) {
        return Ok(answer);
    }
    let account = super::read(visit, account).await?;
    Ok(form(visit, &account, act, (StatusCode::OK, Value::UNDEFINED)))
}

/// Refuses whoever may not, and sends away who must prove first that they are still themselves.
fn admit(visit: &Visit<'_>, account: &str, act: Act) -> Option<Answer> {
    if !visit.may(act.needs()) {
        return Some(refused::forbidden(&visit.frame(), act.needs()));
    }
    match act {
        Act::Delete => visit.confirm(&format!("/accounts/{account}/{}", act.name())),
        Act::Suspend | Act::Restore | Act::EndSessions | Act::SendReset | Act::OpenSignIn => None,
    }
}

fn form(visit: &Visit<'_>, account: &Account, act: Act, (status, faults): (StatusCode, Value)) -> Answer {
    let name = title_of(account);
    let values = context! {
        account => Value::from(Serde(account)),
        who => &name,
        act => act.name(),
        mood => act.mood(),
        asks_why => act.asks_why(),
        typed_confirmation => (act == Act::Delete).then(|| typed_confirmation(account)),
        faults,
        typed => visit.typed(),
        path => visit.path(&format!("/accounts/{}", account.uuid)),
        base => visit.path("/accounts"),
    };
    visit.page(Page::new("console/account-act.html", act.title(), values).status(status))
}

/// The act itself.
pub(super) async fn run(visit: &Visit<'_>, account: &str, act: Act) -> Result<Answer, Failure> {
    if let Some(answer) = admit(visit, account, act) {
        return Ok(answer);
    }
    let found = super::read(visit, account).await?;
    let uuid = found.uuid.to_string();
    let (daemun, call) = (visit.daemun(), visit.call(act.needs())?);
    let (named, reason) = (Some(uuid.clone()), visit.given_line("reason"));
    let done = match act {
        Act::Suspend => {
            suspend::suspend(daemun, call, suspend::Input { account: named, reason }).await.map(drop)
        }
        Act::Restore => {
            restore::restore(daemun, call, restore::Input { account: named, reason }).await.map(drop)
        }
        Act::EndSessions => {
            let input = end_sessions::Input { account: named, session: visit.given("session") };
            end_sessions::end_sessions(daemun, call, input).await.map(drop)
        }
        Act::SendReset => {
            send_reset::send_reset(daemun, call, send_reset::Input { account: named }).await.map(drop)
        }
        Act::OpenSignIn => {
            let input = open_sign_in::Input { account: named };
            open_sign_in::open_sign_in(daemun, call, input).await.map(drop)
        }
        Act::Delete => {
            if visit.given("confirmation").as_deref() != Some(&typed_confirmation(&found)) {
                let failure = Failure::invalid("confirmation", daemun_model::Reason::Mismatch);
                return Ok(again(visit, &found, act, &failure));
            }
            erase::erase(daemun, call, erase::Input { account: named }).await.map(drop)
        }
    };
    match done {
        Ok(()) if act == Act::Delete => Ok(visit.done("/accounts", act.name())),
        Ok(()) if visit.given("session").is_some() => {
            Ok(visit.done(&format!("/accounts/{uuid}"), "end-session"))
        }
        Ok(()) => Ok(visit.done(&format!("/accounts/{uuid}"), act.name())),
        Err(failure @ Failure::Invalid(_)) => Ok(again(visit, &found, act, &failure)),
        Err(failure @ Failure::Refused { code: Code::AccountPending | Code::AccountRejected, .. }) => {
            Ok(refused::failed(&visit.frame(), &failure))
        }
        Err(failure) => Err(failure),
    }
}

fn again(visit: &Visit<'_>, account: &Account, act: Act, failure: &Failure) -> Answer {
    form(visit, account, act, (StatusCode::BAD_REQUEST, visit.faults(failure)))
}
