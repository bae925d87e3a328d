//! `account.find`: one account, by what an operator knows of it.

use daemun_model::{Account, AccountUuid, Code, Failure, Permission, Timestamp};
use daemun_store::accounts;
use daemun_store::approvals::{self, Decision};
use daemun_store::wrong_passwords;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::relations;

/// The most addresses that wait which are told.
const MOST_WAITS: i64 = 10;

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
    /// Wrong passwords that were typed for it.
    pub wrong_passwords: WrongPasswords,
}

/// Wrong passwords since the last right one, and what they lead to. A new password and `account.open_sign_in` end both.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrongPasswords {
    /// How many in a row, from all addresses together.
    pub in_a_row: i64,
    /// Whether they are so many that no password is looked at from an address that never signed in to the account.
    pub closed: bool,
    /// Addresses from which the next password is not looked at yet: the ten that wait longest.
    pub waits: Vec<Wait>,
}

/// An address that waits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Wait {
    /// The address, or its IPv6 /64.
    pub address: String,
    /// When it is over.
    pub until: Timestamp,
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
    let wrong_passwords = wrong_passwords(&daemun, &call, uuid).await?;
    Ok(Output {
        account: relations::of(&daemun, &call, account).await?,
        has_password: password.is_some(),
        approval: approval.map(|Decision { at, by, reason }| Decided { at, by, reason }),
        wrong_passwords,
    })
}

async fn wrong_passwords(
    daemun: &Daemun,
    call: &Call,
    account: AccountUuid,
) -> Result<WrongPasswords, Failure> {
    let (reader, app) = (&mut daemun.reader(), call.app.id);
    let rules = &daemun.settings.limits.passwords;
    let in_a_row = wrong_passwords::find_failures(reader, app, account).await?;
    let now = daemun.clock.now();
    let waits = wrong_passwords::list_waits(reader, (app, account), rules, (now, MOST_WAITS)).await?;
    let waits = waits.into_iter().map(|one| Wait { address: one.address, until: one.until });
    Ok(WrongPasswords { in_a_row, closed: in_a_row >= rules.most, waits: waits.collect() })
}
