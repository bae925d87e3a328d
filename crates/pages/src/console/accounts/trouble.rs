//! What keeps a member from signing in, for who is told that one cannot: the surest reason first.

use daemun_model::app::VerifyEmail;
use daemun_model::{Permission, Status, Timestamp};
use daemun_operations::account::find;
use daemun_operations::audit::search::Line;
use daemun_operations::outbox::search::Found;
use serde::Serialize;

use super::super::visit::Visit;

/// The most addresses that wait which are shown.
const WAITS: usize = 3;

/// One thing that keeps a member from signing in, or may: its words are `trouble-KEY`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Trouble {
    key: &'static str,
    mood: &'static str,
    /// How many, where the words count.
    count: i64,
    /// What the words name: an outcome of the audit.
    outcome: Option<String>,
    /// Since when, or when it was.
    at: Option<Timestamp>,
    /// Why somebody did it.
    reason: Option<String>,
    /// What a machine says about it.
    error: Option<String>,
    /// The address from which it was tried.
    address: Option<String>,
    /// Addresses that wait, and until when.
    waits: Vec<find::Wait>,
    /// Whether there is more to say: the words `trouble-KEY-text`.
    more: bool,
    /// The act that mends it, by its name in paths.
    act: Option<&'static str>,
    /// Where there is more about it, and the words of the link.
    link: Option<(String, &'static str)>,
}

impl Trouble {
    fn bad(key: &'static str) -> Self {
        Self { key, mood: "bad", ..Self::default() }
    }

    fn warn(key: &'static str) -> Self {
        Self { key, mood: "warn", ..Self::default() }
    }
}

/// What was read about the account. The messages and the audit are there for who may see them.
pub(super) struct Known<'a> {
    pub(super) found: &'a find::Output,
    pub(super) messages: Option<&'a [Found]>,
    pub(super) trail: Option<&'a [Line]>,
}

/// Everything that keeps the member of this account from signing in.
pub(super) fn of(visit: &Visit<'_>, known: &Known<'_>) -> Vec<Trouble> {
    let mut troubles: Vec<Trouble> = status(visit, known).into_iter().collect();
    troubles.extend(credentials(visit, known.found));
    troubles.extend(wrong_passwords(visit, known.found));
    troubles.extend(known.trail.and_then(refused));
    troubles.extend(known.messages.map(|messages| unsent(visit, messages)).unwrap_or_default());
    troubles
}

/// An act, where the administrator may do it.
fn act(visit: &Visit<'_>, name: &'static str) -> Option<&'static str> {
    visit.may(Permission::AccountsWrite).then_some(name)
}

fn status(visit: &Visit<'_>, known: &Known<'_>) -> Option<Trouble> {
    let account = &known.found.account;
    let queue = || {
        let decides = visit.may(Permission::ApprovalsRead);
        decides.then(|| (visit.path(&format!("/approvals/{}", account.uuid)), "trouble-decide"))
    };
    let decided = known.found.approval.as_ref();
    match account.status {
        Status::Approved => None,
        Status::Pending => {
            Some(Trouble { at: Some(account.created_at), link: queue(), ..Trouble::bad("pending") })
        }
        Status::Rejected => Some(Trouble {
            at: decided.map(|decided| decided.at),
            reason: decided.and_then(|decided| decided.reason.clone()),
            link: queue(),
            ..Trouble::bad("rejected")
        }),
        Status::Suspended => {
            let line = known.trail.and_then(|lines| {
                lines.iter().find(|line| line.act == "account.suspend" && line.outcome == "done")
            });
            Some(Trouble {
                at: line.map(|line| line.at),
                reason: line.and_then(|line| line.detail.clone()),
                act: act(visit, "restore"),
                ..Trouble::bad("suspended")
            })
        }
    }
}

/// What a sign-in asks for and the account does not have.
fn credentials(visit: &Visit<'_>, found: &find::Output) -> Vec<Trouble> {
    let Some(app) = &visit.app else { return Vec::new() };
    let mut troubles = Vec::new();
    if app.policy.verify_email == VerifyEmail::Required && !found.account.email_verified {
        troubles.push(Trouble { more: true, act: act(visit, "edit"), ..Trouble::bad("unverified") });
    }
    let serves = visit.asked.serves.iter().find(|serves| serves.app == app.name);
    let by_password = serves.is_some_and(|serves| serves.does("session.sign_in"));
    if by_password && !found.has_password {
        let mails = found.account.email.is_some();
        let mended = act(visit, "send-reset").filter(|_| mails);
        troubles.push(Trouble { act: mended, ..Trouble::bad("no-password") });
    }
    troubles
}

fn wrong_passwords(visit: &Visit<'_>, found: &find::Output) -> Option<Trouble> {
    let find::WrongPasswords { in_a_row, closed, waits } = &found.wrong_passwords;
    let waits: Vec<_> = waits.iter().take(WAITS).cloned().collect();
    let (count, act) = (*in_a_row, act(visit, "open-sign-in"));
    if *closed {
        return Some(Trouble { count, act, waits, more: true, ..Trouble::bad("closed") });
    }
    if !waits.is_empty() {
        return Some(Trouble { count, act, waits, ..Trouble::warn("waits") });
    }
    (count > 0).then(|| Trouble { count, ..Trouble::warn("wrong") })
}

/// The acts by which somebody comes in, or tries to.
const WAYS_IN: [&str; 6] = [
    "session.sign_in",
    "session.redeem_code",
    "session.token_reused",
    "password.reset",
    "password.check_reset_code",
    "email.verify",
];

/// The last attempt to come in, where it was refused.
fn refused(lines: &[Line]) -> Option<Trouble> {
    let last = lines.iter().find(|line| WAYS_IN.contains(&line.act.as_str()))?;
    (last.outcome != "done").then(|| Trouble {
        outcome: Some(last.outcome.clone()),
        at: Some(last.at),
        address: Some(last.address.clone()),
        ..Trouble::warn("refused")
    })
}

/// Messages that did not arrive: the member waits for a code or a link.
fn unsent(visit: &Visit<'_>, messages: &[Found]) -> Vec<Trouble> {
    let of = |key: &'static str, wanted: &[&Found]| {
        let last = wanted.first()?;
        Some(Trouble {
            count: i64::try_from(wanted.len()).unwrap_or(i64::MAX),
            at: Some(last.created_at),
            error: last.last_error.clone().or(last.delivery_state.clone().filter(|_| was_lost(last))),
            link: Some((visit.path(&format!("/messages/{}", last.id)), "trouble-show")),
            ..Trouble::warn(key)
        })
    };
    let (failed, others): (Vec<&Found>, Vec<&Found>) =
        messages.iter().partition(|message| message.state == "failed" || was_lost(message));
    let stuck: Vec<&Found> = others
        .into_iter()
        .filter(|message| message.state == "waiting" && message.last_error.is_some())
        .collect();
    [of("failed-messages", &failed), of("stuck-messages", &stuck)].into_iter().flatten().collect()
}

/// Whether the provider took it and could not bring it.
fn was_lost(message: &Found) -> bool {
    message.delivery_state.as_deref().is_some_and(|state| matches!(state, "undelivered" | "failed"))
}
