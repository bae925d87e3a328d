//! `account.update`: changes of a profile.

use daemun_model::{Account, Code, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::change::Change;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// The fields that change: what is left out stays, `null` clears what may be empty.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the account: anybody's but the caller's own is forbidden.
    pub id: Option<i64>,
    /// The user name: 1 to 150 characters.
    #[serde(default)]
    pub preferred_username: Change<String>,
    /// The phone number, in local or international form. Where members sign in with it, it cannot be changed here.
    #[serde(default)]
    pub phone_number: Change<String>,
    /// The full name: 1 to 150 characters.
    #[serde(default)]
    pub name: Change<String>,
    /// The given name: 1 to 150 characters.
    #[serde(default)]
    pub given_name: Change<String>,
    /// The family name: 1 to 150 characters.
    #[serde(default)]
    pub family_name: Change<String>,
    /// The nickname: 1 to 150 characters.
    #[serde(default)]
    pub nickname: Change<String>,
    /// The day of birth, `YYYY-MM-DD`.
    #[serde(default)]
    pub birthdate: Change<String>,
    /// `male`, `female` or `other`.
    #[serde(default)]
    pub gender: Change<String>,
    /// The path or URL of a picture: at most 500 characters.
    #[serde(default)]
    pub picture: Change<String>,
    /// The language of messages to the member: `ko` or `en`.
    #[serde(default)]
    pub locale: Change<String>,
    /// The attributes that the contract declares: those named are changed, those that are `null` fall back to their default.
    #[serde(default)]
    pub attributes: Change<Map<String, Value>>,
}

/// The changed account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.update", "Change the caller's profile", update)
        .caller(CallerRule::Required)
        .pending_caller()
        .fails(&[
            Code::Invalid,
            Code::UsernameTaken,
            Code::PhoneTaken,
            Code::NicknameTaken,
            Code::Forbidden,
            Code::TooSoon,
        ])
}

/// Change the caller's profile.
///
/// # Errors
/// Those of [`operation`].
pub async fn update(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
