//! `account.end_sessions`: an operator signs an account out everywhere.

use daemun_model::{Account, Code, Failure, Permission, Reason};
use daemun_store::sessions::{self, EndedWhy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// Only the session of this identifier; every one where it is left out.
    pub session: Option<String>,
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

/// End every session of an account, or one of them. None that is open ends none.
///
/// # Errors
/// Those of [`operation`].
pub async fn end_sessions(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let only = input.session.as_deref().map(|typed| Uuid::try_parse(typed.trim())).transpose();
    let only = only.map_err(|_| Failure::invalid("session", Reason::Malformed))?;
    let account = named(&daemun, &call, input.account).await?;
    let mut entry = audit::done(&daemun, &call, "account.end_sessions", Some(account.uuid));
    entry.detail = only.map(|id| id.to_string());
    let (app, uuid, now) = (call.app.id, account.uuid, daemun.clock.now());
    let ended = daemun
        .db
        .write(async move |tx| {
            let ended = match only {
                Some(id) => sessions::end_one(tx, (app, uuid, id), EndedWhy::Operator, now).await?.into(),
                None => sessions::end_all(tx, app, uuid, EndedWhy::Operator, now).await?,
            };
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(ended)
        })
        .await?;
    Ok(Output { account, ended: i64::try_from(ended).unwrap_or(i64::MAX) })
}
