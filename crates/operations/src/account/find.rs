//! `account.find`: one account, by what an operator knows of it.

use daemun_model::{Account, Code, Failure, Permission, Timestamp};
use daemun_store::accounts;
use daemun_store::approvals::{self, Decision};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::relations;

/// Whom to find.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// The account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// Whether it has a password.
    pub has_password: bool,
    /// What an operator decided about it, unless that was taken back.
    pub approval: Option<Decided>,
}

/// What was decided about an account that asked to be let in.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// Who decided it.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.find", "Find an account", find)
        .reads_only()
        .needs(Permission::AccountsRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Find an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn find(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    let (app, uuid) = (call.app.id, account.uuid);
    let mut reader = daemun.reader();
    let password = accounts::find_password_hash(&mut reader, app, uuid).await?;
    let approval = approvals::find(&mut reader, app, uuid).await?;
    Ok(Output {
        account: relations::of(&daemun, &call, account).await?,
        has_password: password.is_some(),
        approval: approval.map(|Decision { at, by, reason }| Decided { at, by, reason }),
    })
}
