//! The step that `approval.approve`, `approval.reject` and `approval.reopen` share.

use daemun_model::message::{Secret, Template};
use daemun_model::{Account, AppId, Code, Failure, Status, Timestamp};
use daemun_store::approvals::{self, Decision};
use daemun_store::audit::Entry;
use daemun_store::outbox::{self, NewMessage};
use daemun_store::sessions::{self, EndedWhy};
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{named, read_reason};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::{mail, relations};

/// Whom, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// Why: at most 500 characters. Who is rejected reads it.
    pub reason: Option<String>,
}

/// The account as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

/// What the acts can end in.
pub(super) const FAILURES: [Code; 4] =
    [Code::Invalid, Code::AccountNotFound, Code::AlreadyDecided, Code::AccountSuspended];

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Approve,
    Reject,
    /// Back to pending, from either.
    Reopen,
}

impl Verdict {
    const fn act(self) -> &'static str {
        match self {
            Self::Approve => "approval.approve",
            Self::Reject => "approval.reject",
            Self::Reopen => "approval.reopen",
        }
    }

    const fn to(self) -> Status {
        match self {
            Self::Approve => Status::Approved,
            Self::Reject => Status::Rejected,
            Self::Reopen => Status::Pending,
        }
    }

    const fn from(self) -> &'static [Status] {
        match self {
            Self::Approve | Self::Reject => &[Status::Pending],
            Self::Reopen => &[Status::Approved, Status::Rejected],
        }
    }

    const fn template(self) -> Option<Template> {
        match self {
            Self::Approve => Some(Template::AccountApproved),
            Self::Reject => Some(Template::AccountRejected),
            Self::Reopen => None,
        }
    }
}

/// Decides, tells the applicant, and notes it in the audit. Of two operators at the same time one is the first.
pub(super) async fn decide(
    daemun: &Daemun,
    call: &Call,
    verdict: Verdict,
    input: Input,
) -> Result<Output, Failure> {
    let reason = read_reason(input.reason)?;
    let account = named(daemun, call, input.account).await?;
    let uuid = account.uuid;
    let work = Work::prepare(daemun, call, verdict, &account, reason);
    match daemun.db.write(async move |tx| work.write(tx).await).await {
        Ok(()) => {}
        Err(failure) => {
            return Err(audit::refused(daemun, call, verdict.act(), Some(uuid), failure).await);
        }
    }
    daemun.bell.notify_one();
    let account = Account { status: verdict.to(), ..account };
    Ok(Output { account: relations::of(daemun, call, account).await? })
}

struct Work {
    app: AppId,
    account: Account,
    verdict: Verdict,
    decision: Decision,
    message: Option<NewMessage>,
    entry: Entry,
    now: Timestamp,
}

impl Work {
    fn prepare(
        daemun: &Daemun,
        call: &Call,
        verdict: Verdict,
        account: &Account,
        reason: Option<String>,
    ) -> Self {
        let now = daemun.clock.now();
        let told = match verdict {
            Verdict::Reject => reason.clone(),
            // It is the operators' own.
            Verdict::Approve | Verdict::Reopen => None,
        };
        let secret = Secret { reason: told, ..Secret::default() };
        let notice = |template| mail::notice_with(daemun, call, account, (template, secret));
        let mut entry = audit::done(daemun, call, verdict.act(), Some(account.uuid));
        entry.detail.clone_from(&reason);
        Self {
            app: call.app.id,
            account: account.clone(),
            verdict,
            decision: Decision {
                at: now,
                by: call.operator.as_ref().map(|operator| operator.name.clone()).unwrap_or_default(),
                reason,
            },
            message: verdict.template().and_then(notice),
            entry,
            now,
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        let (app, uuid, to) = (self.app, self.account.uuid, self.verdict.to());
        let mut moved = false;
        for from in self.verdict.from() {
            moved = moved || accounts::move_status(tx, app, uuid, *from, to).await?;
        }
        if !moved {
            return Err(self.too_late(tx).await?.into());
        }
        match self.verdict {
            Verdict::Approve => approvals::save(tx, app, uuid, &self.decision).await?,
            Verdict::Reject => {
                approvals::save(tx, app, uuid, &self.decision).await?;
                sessions::end_all(tx, app, uuid, EndedWhy::Rejected, self.now).await?;
            }
            Verdict::Reopen => approvals::forget(tx, app, uuid).await?,
        }
        if let Some(message) = &self.message {
            outbox::insert(tx, message).await?;
        }
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(())
    }

    /// Why the account is not in the state that it must be in.
    async fn too_late(&self, tx: &mut Tx) -> Result<Code, Failure> {
        let now = accounts::find_by_uuid(tx, self.app, self.account.uuid).await?;
        Ok(match now.map(|account| account.status) {
            None => Code::AccountNotFound,
            Some(Status::Suspended) => Code::AccountSuspended,
            Some(Status::Pending | Status::Approved | Status::Rejected) => Code::AlreadyDecided,
        })
    }
}
