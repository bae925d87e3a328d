//! `account.list`: accounts for operators, page by page.

use daemun_model::{Account, Code, Email, Failure, Faults, Permission, PhoneNumber, Reason, Status};
use daemun_store::accounts;
use daemun_store::identifiers::Identifier;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cursor::{CursorPage, Paging};
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::rules::complete;

/// Which accounts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Only those of this status.
    #[schemars(extend("enum" = ["pending", "approved", "rejected", "suspended", null]))]
    pub status: Option<String>,
    /// Only the one with this e-mail address.
    pub email: Option<String>,
    /// Only the one with this phone number, in local or international form.
    pub phone_number: Option<String>,
    /// Only the one with this user name, where user names are unique.
    pub preferred_username: Option<String>,
    /// Only the one with this nickname, where nicknames are unique.
    pub nickname: Option<String>,
    /// Where the page before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most accounts: 1 to 100, 50 if nothing is said.
    pub limit: Option<i64>,
}

/// One page of accounts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The accounts, the latest first.
    pub accounts: Vec<Account>,
    /// How the listing goes on.
    pub page: CursorPage,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.list", "List accounts", list)
        .needs(Permission::AccountsRead)
        .fails(&[Code::Invalid])
}

/// List accounts: all of them or those of a status, the latest first; or the one that has a name.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let status = input.status.as_deref().and_then(|typed| {
        let known = Status::from_name(typed).ok_or(Reason::NotAChoice);
        faults.take("status", known)
    });
    let filter = status.map_or("", Status::as_str);
    let cursor = (input.cursor.as_deref(), input.limit);
    let paging = Paging::read(&daemun, &call, ("account.list", filter), cursor, &mut faults);
    let names = names(&call, &input, &mut faults);
    faults.finish()?;

    let reader = &mut daemun.reader();
    let mut found = if names.is_empty() {
        let before = paging.after.as_deref().and_then(|place| place.parse().ok()).unwrap_or(i64::MAX);
        accounts::list(reader, call.app.id, status, (before, paging.wanted())).await?
    } else {
        let mut found: Option<Account> = None;
        for name in &names {
            let one = accounts::find_by_identifier(reader, call.app.id, name).await?;
            // Several names are those of one account, or of none.
            match (one.map(|one| one.account), &found) {
                (Some(one), None) => found = Some(one),
                (Some(one), Some(other)) if one.uuid == other.uuid => {}
                (_, _) => {
                    found = None;
                    break;
                }
            }
        }
        found.into_iter().filter(|account| status.is_none_or(|status| account.status == status)).collect()
    };
    let page = paging.cut(&daemun, &mut found, |account| account.id.to_string());
    let accounts = found.into_iter().map(|account| complete(&call.app, account)).collect();
    Ok(Output { accounts, page })
}

/// The names that are looked for, in the form in which they are kept.
fn names(call: &Call, input: &Input, faults: &mut Faults) -> Vec<Identifier> {
    let mut names = Vec::new();
    if let Some(typed) = &input.email {
        let email = Email::parse(typed).map_err(|_| Reason::Malformed);
        names.extend(faults.take("email", email).map(|email| Identifier::email(&email)));
    }
    if let Some(typed) = &input.phone_number {
        let number = PhoneNumber::parse(typed, &call.app.policy.phone_region);
        names.extend(faults.take("phone_number", number).map(|number| Identifier::phone_number(&number)));
    }
    names.extend(input.preferred_username.as_deref().map(|name| Identifier::preferred_username(name.trim())));
    names.extend(input.nickname.as_deref().map(|name| Identifier::nickname(name.trim())));
    names
}
