//! `approval.list`: who waits.

use daemun_model::{Account, Code, Failure, Permission, Reason, Status, Timestamp};
use daemun_store::approvals::{self, Application, Decision};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::relations;
use crate::rules::complete;

/// The most accounts of a page, and how many there are unless the call says so.
const MOST: i64 = 100;
const USUAL: i64 = 50;

/// Which part of the list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `pending` (the default), `approved`, `rejected` or `suspended`.
    #[schemars(extend("enum" = ["pending", "approved", "rejected", "suspended", null]))]
    pub status: Option<String>,
    /// The number of an account: those with larger numbers are listed.
    pub after: Option<i64>,
    /// The most accounts: 1 to 100, 50 by default.
    pub limit: Option<i64>,
}

/// A part of the list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The accounts, those first that have waited longest.
    pub applications: Vec<Listed>,
    /// What to send as `after` for the next part, or null.
    pub next: Option<i64>,
}

/// An account, and what was decided about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// The account.
    pub account: Account,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Who decided it.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("approval.list", "List the accounts that wait for approval", list)
        .needs(Permission::ApprovalsRead)
        .reads_only()
        .fails(&[Code::Invalid])
}

/// List the accounts that wait for approval, or those of another status.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let status = input.status.as_deref().unwrap_or(Status::Pending.as_str());
    let status = faults.take("status", Status::from_name(status).ok_or(Reason::NotAChoice));
    let limit = input.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        faults.add("limit", Reason::OutOfRange);
    }
    faults.finish()?;
    let status = status.unwrap_or(Status::Pending);
    let (app, after) = (call.app.id, input.after.unwrap_or(0));
    let mut found = approvals::list(&mut daemun.reader(), app, status, after, limit + 1).await?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let next = found.last().map(|last| last.account.id).filter(|_| more);
    let mut applications = Vec::with_capacity(found.len());
    for Application { account, decision } in found {
        let account = relations::of(&daemun, &call, complete(&call.app, account)).await?;
        let Some(Decision { at, by, reason }) = decision else {
            applications.push(Listed { account, decided_at: None, decided_by: None, reason: None });
            continue;
        };
        applications.push(Listed { account, decided_at: Some(at), decided_by: Some(by), reason });
    }
    Ok(Output { applications, next })
}
