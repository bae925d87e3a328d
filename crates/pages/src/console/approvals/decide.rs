//! Approving, rejecting, and taking either back.

use daemun_model::{Code, Failure, Permission, Status};
use daemun_operations::approval::{approve, reject, reopen};

use super::super::answer::Answer;
use super::super::refused;
use super::super::visit::Visit;
use super::{onward, read, reasons_for};

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Approve,
    Reject,
    Reopen,
}

impl Verdict {
    /// Its name in paths.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Reopen => "reopen",
        }
    }

    /// The verdict of a name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Approve, Self::Reject, Self::Reopen].into_iter().find(|verdict| verdict.name() == name)
    }

    /// What the applicant is then.
    pub(super) const fn to(self) -> Status {
        match self {
            Self::Approve => Status::Approved,
            Self::Reject => Status::Rejected,
            Self::Reopen => Status::Pending,
        }
    }
}

/// Decides, and goes on with the next; whoever came too late is told there what the other decided.
pub(super) async fn run(visit: &Visit<'_>, account: &str, verdict: Verdict) -> Result<Answer, Failure> {
    if !visit.may(Permission::ApprovalsWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::ApprovalsWrite));
    }
    let found = read(visit, account).await?.account;
    let uuid = found.uuid.to_string();
    let (daemun, call) = (visit.daemun(), visit.call(Permission::ApprovalsWrite)?);
    let named = Some(uuid.clone());
    let done = match verdict {
        Verdict::Approve => {
            approve::approve(daemun, call, approve::Input { account: named, reason: None }).await.map(drop)
        }
        Verdict::Reject => {
            let number = visit.given("template").and_then(|number| number.parse::<usize>().ok());
            let offered = reasons_for(visit, &found).await?;
            let chosen = number.and_then(|number| offered.get(number.checked_sub(1)?).cloned());
            // What was written oneself comes after what was chosen.
            let parts: Vec<_> = chosen.into_iter().chain(visit.given_line("reason")).collect();
            let reason = (!parts.is_empty()).then(|| parts.join(" "));
            reject::reject(daemun, call, reject::Input { account: named, reason }).await.map(drop)
        }
        Verdict::Reopen => {
            reopen::reopen(daemun, call, reopen::Input { account: named, reason: None }).await.map(drop)
        }
    };
    let done = match done {
        Err(Failure::Refused { code: Code::AlreadyDecided, .. }) => {
            let now = read(visit, &uuid).await?;
            let own = visit.signed.operator().name;
            let mine = now.approval.as_ref().is_none_or(|decided| decided.by == own);
            if !mine || now.account.status != verdict.to() {
                return Ok(late(visit, &uuid, verdict));
            }
            // A page that was gone back to, or a button that was pressed twice: it is as it was wanted.
            Ok(())
        }
        other => other,
    };
    match (done, verdict) {
        // With the next who waits, or with the one who waits again.
        (Ok(()), Verdict::Approve | Verdict::Reject) => {
            let then = visit.given("then");
            let decided = [("decided", uuid.as_str()), ("verdict", verdict.name())];
            Ok(next(onward(visit, then.as_deref(), &decided)))
        }
        (Ok(()), Verdict::Reopen) => Ok(next(visit.path(&format!("/approvals/{uuid}?done=reopen")))),
        (Err(failure), _) => Err(failure),
    }
}

/// Goes on with the next one, and tells who was faster on this one.
fn late(visit: &Visit<'_>, uuid: &str, verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Approve | Verdict::Reject => {
            next(onward(visit, visit.given("then").as_deref(), &[("late", uuid)]))
        }
        // What holds now is on its page.
        Verdict::Reopen => next(visit.path(&format!("/approvals/{uuid}"))),
    }
}

/// Goes on where the keyboard is before the buttons at once: who has no scripts needs one Tab for the next decision.
fn next(path: String) -> Answer {
    Answer::Go(path + "#next")
}
