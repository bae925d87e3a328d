//! `account.list_sessions`: where an account is signed in, for operators.

use daemun_model::{Account, Code, Failure, Permission};
use daemun_store::sessions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::session::list::{Listed, listed};

/// Whose sessions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// Its open sessions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The sessions, the latest first.
    pub sessions: Vec<Listed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.list_sessions", "List the sessions of an account", list_sessions)
        .needs(Permission::AccountsRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// List the sessions of an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn list_sessions(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    let now = daemun.clock.now();
    let open = sessions::list_open(&mut daemun.reader(), call.app.id, account.uuid, now).await?;
    Ok(Output { account, sessions: open.into_iter().map(|kept| listed(kept, None)).collect() })
}
