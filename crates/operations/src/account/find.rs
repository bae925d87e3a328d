//! `account.find`: one account, by what an operator knows of it.

use daemun_model::{Account, Code, Failure, Permission};
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
    Ok(Output { account: relations::of(&daemun, &call, account).await? })
}
