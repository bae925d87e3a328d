//! `account.show`: a profile.

use daemun_model::{Code, Failure, Status};
use daemun_store::accounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{Shown, cards};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};
use crate::relations;

/// Whose profile.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the account: left out, it is the caller's own.
    pub id: Option<i64>,
}

/// The whole account for its owner, what everybody may see for others.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Shown,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.show", "Show an account", show)
        .reads_only()
        .caller(CallerRule::Required)
        .pending_caller()
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Show an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    call.faults.clone().finish()?;
    let own = &call.caller()?.account;
    let account = match input.id {
        Some(id) if id != own.id => match own.status {
            Status::Approved => card(&daemun, &call, id).await?,
            // Who waits for approval sees nobody else.
            Status::Pending | Status::Rejected | Status::Suspended => {
                return Err(Code::AccountNotFound.on("id"));
            }
        },
        Some(_) | None => Shown::Whole(relations::of_shared(&daemun, &call, own).await?),
    };
    Ok(Output { account })
}

async fn card(daemun: &Daemun, call: &Call, id: i64) -> Result<Shown, Failure> {
    let found = accounts::find_by_number(&mut daemun.reader(), call.app.id, id).await?;
    // Others see members only, not who waits for approval or was shut out.
    let visible = found.filter(|account| account.status == Status::Approved);
    let visible = visible.ok_or(Code::AccountNotFound.on("id"))?;
    Ok(Shown::Card(Box::new(cards::of(daemun, call, visible).await?)))
}
