//! `account.sign_up`: a new account.

use daemun_model::{Account, Code, Failure, Tokens};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// A new member.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address.
    pub email: Option<String>,
    /// The user name: 1 to 150 characters.
    pub preferred_username: Option<String>,
    /// The phone number, in local or international form.
    pub phone_number: Option<String>,
    /// The password: 8 to 256 characters.
    pub password: Option<String>,
    /// The password once more.
    #[schemars(extend("x-required-if-taken" = true))]
    pub password_again: Option<String>,
    /// The full name: 1 to 150 characters.
    pub name: Option<String>,
    /// The given name: 1 to 150 characters.
    pub given_name: Option<String>,
    /// The family name: 1 to 150 characters.
    pub family_name: Option<String>,
    /// The nickname: 1 to 150 characters.
    pub nickname: Option<String>,
    /// The day of birth, `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// `male`, `female` or `other`.
    pub gender: Option<String>,
    /// The path or URL of a picture: at most 500 characters.
    pub picture: Option<String>,
    /// The language of messages to the member: `ko` or `en`.
    pub locale: Option<String>,
    /// The attributes that the contract declares.
    pub attributes: Option<Map<String, Value>>,
    /// Whether the member is signed in at once.
    pub open_session: Option<bool>,
}

/// The new account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The tokens of the session, when one was asked for and the account may have one.
    pub tokens: Option<Tokens>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.sign_up", "Open an account", sign_up).fails(&[
        Code::Invalid,
        Code::EmailTaken,
        Code::UsernameTaken,
        Code::PhoneTaken,
        Code::NicknameTaken,
        Code::EmailNotProven,
    ])
}

/// Open an account.
///
/// # Errors
/// Those of [`operation`].
pub async fn sign_up(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
