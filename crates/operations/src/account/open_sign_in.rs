//! `account.open_sign_in`: an operator lets a member type the password again who typed too many wrong ones.

use daemun_model::{Account, Code, Failure, Permission};
use daemun_store::audit::Entry;
use daemun_store::wrong_passwords;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whose sign-in.
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
    /// How many wrong passwords in a row were forgotten.
    pub forgotten: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.open_sign_in", "Forget the wrong passwords of an account", open_sign_in)
        .needs(Permission::AccountsWrite)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Forget the wrong passwords of an account: it is open again to every address, and no address waits. Its password and
/// its sessions stay as they are.
///
/// # Errors
/// Those of [`operation`].
pub async fn open_sign_in(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    let entry = audit::done(&daemun, &call, "account.open_sign_in", Some(account.uuid));
    let (app, uuid) = (call.app.id, account.uuid);
    let forgotten = daemun
        .db
        .write(async move |tx| {
            let forgotten = wrong_passwords::reopen(tx, app, uuid).await?;
            let entry = Entry { detail: Some(forgotten.to_string()), ..entry.clone() };
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(forgotten)
        })
        .await?;
    Ok(Output { account, forgotten })
}
