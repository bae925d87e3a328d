//! The step that `account.suspend` and `account.restore` share.

use daemun_model::{Account, Code, Failure, Status};
use daemun_store::sessions::{self, EndedWhy};
use daemun_store::{accounts, rooms};

use super::{named, read_reason};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;

/// Suspends an approved account or approves a suspended one; one that is there already stays as it is.
///
/// # Errors
/// `account_not_found`; `account_pending` and `account_rejected` for an account that was never approved.
pub(super) async fn set(
    daemun: &Daemun,
    call: &Call,
    (act, to): (&str, Status),
    account: Option<String>,
    reason: Option<String>,
) -> Result<Account, Failure> {
    let reason = read_reason(reason)?;
    let account = named(daemun, call, account).await?;
    let mut entry = audit::done(daemun, call, act, Some(account.uuid));
    entry.detail = reason;
    let from = if to == Status::Suspended { Status::Approved } else { Status::Suspended };
    let (app, uuid, now) = (call.app.id, account.uuid, daemun.clock.now());
    let moved = daemun
        .db
        .write(async move |tx| {
            if !accounts::move_status(tx, app, uuid, from, to).await? {
                return Ok(false);
            }
            if to == Status::Suspended {
                sessions::end_all(tx, app, uuid, EndedWhy::Suspended, now).await?;
                // Others should not wait for who cannot come, nor find the place taken.
                rooms::leave(tx, app, uuid).await?;
            }
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(true)
        })
        .await?;
    let status = if moved { to } else { account.status };
    match status {
        Status::Approved | Status::Suspended => Ok(Account { status, ..account }),
        Status::Pending => Err(Code::AccountPending.into()),
        Status::Rejected => Err(Code::AccountRejected.into()),
    }
}
