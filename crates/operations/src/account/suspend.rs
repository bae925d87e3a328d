//! `account.suspend`: an operator closes an account.

use daemun_model::{Account, Code, Failure, Status};
use daemun_store::accounts;
use daemun_store::sessions::{self, EndedWhy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{named, read_reason};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Whom, and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// Why, for the audit: at most 500 characters.
    pub reason: Option<String>,
}

/// The account as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.suspend", "Suspend an account and end its sessions", suspend)
        .caller(CallerRule::Administrator)
        .fails(&[Code::Invalid, Code::AccountNotFound, Code::AccountPending, Code::AccountRejected])
}

/// Suspend an account and end its sessions. A second time changes nothing.
///
/// # Errors
/// Those of [`operation`]; `account_pending` and `account_rejected` for an account that was never approved.
pub async fn suspend(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let reason = read_reason(input.reason)?;
    let account = named(&daemun, &call, input.account).await?;
    let mut entry = audit::done(&daemun, &call, "account.suspend", Some(account.uuid));
    entry.detail = reason;
    let (app, uuid, now) = (call.app.id, account.uuid, daemun.clock.now());
    let moved = daemun
        .db
        .write(async move |tx| {
            let moved = accounts::move_status(tx, app, uuid, Status::Approved, Status::Suspended).await?;
            if moved {
                sessions::end_all(tx, app, uuid, EndedWhy::Suspended, now).await?;
                daemun_store::audit::insert(tx, &entry).await?;
            }
            Ok(moved)
        })
        .await?;
    let now_is = if moved { Status::Suspended } else { account.status };
    match now_is {
        Status::Approved | Status::Suspended => Ok(Output { account: Account { status: now_is, ..account } }),
        Status::Pending => Err(Code::AccountPending.into()),
        Status::Rejected => Err(Code::AccountRejected.into()),
    }
}
