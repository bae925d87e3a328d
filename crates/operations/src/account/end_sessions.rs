//! `account.end_sessions`: an operator signs an account out everywhere.

use daemun_model::{Account, Code, Failure, Permission};
use daemun_store::sessions::{self, EndedWhy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whose sessions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// How many sessions were open.
    pub ended: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.end_sessions", "End every session of an account", end_sessions)
        .needs(Permission::AccountsWrite)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// End every session of an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn end_sessions(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    let entry = audit::done(&daemun, &call, "account.end_sessions", Some(account.uuid));
    let (app, uuid, now) = (call.app.id, account.uuid, daemun.clock.now());
    let ended = daemun
        .db
        .write(async move |tx| {
            let ended = sessions::end_all(tx, app, uuid, EndedWhy::Operator, now).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(ended)
        })
        .await?;
    Ok(Output { account, ended: i64::try_from(ended).unwrap_or(i64::MAX) })
}
