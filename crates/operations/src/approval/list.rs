//! `approval.list`: who waits.

use daemun_model::{Account, Code, Failure, Permission, Reason, Status, Timestamp};
use daemun_store::approvals::{self, Application, Decision};
use daemun_store::directory;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cursor::{CursorPage, MOST, Paging};
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::relations;
use crate::rules::complete;

/// Which part of the list.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `pending` (the default), `approved`, `rejected` or `suspended`.
    #[schemars(extend("enum" = ["pending", "approved", "rejected", "suspended", null]))]
    pub status: Option<String>,
    /// Where the page before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most accounts: 1 to 100, 50 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = MOST))]
    pub limit: Option<i64>,
}

/// A page of the list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The accounts, those first that have waited longest.
    pub applications: Vec<Listed>,
    /// How many accounts have the status.
    pub total: i64,
    /// How the listing goes on.
    pub page: CursorPage,
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
    let status = status.unwrap_or(Status::Pending);
    let cursor = (input.cursor.as_deref(), input.limit);
    let paging = Paging::read(&daemun, &call, ("approval.list", status.as_str()), cursor, &mut faults);
    faults.finish()?;
    let app = call.app.id;
    let after = paging.after.as_deref().and_then(|place| place.parse().ok()).unwrap_or(0);
    let mut found = approvals::list(&mut daemun.reader(), app, status, after, paging.wanted()).await?;
    let page = paging.cut(&daemun, &mut found, |application| application.account.id.to_string());
    let total = directory::count(&mut daemun.reader(), app, status).await?;
    let mut applications = Vec::with_capacity(found.len());
    for Application { account, decision } in found {
        let account = relations::of(&daemun, &call, complete(&call.app, account)).await?;
        let Some(Decision { at, by, reason }) = decision else {
            applications.push(Listed { account, decided_at: None, decided_by: None, reason: None });
            continue;
        };
        applications.push(Listed { account, decided_at: Some(at), decided_by: Some(by), reason });
    }
    Ok(Output { applications, total, page })
}
