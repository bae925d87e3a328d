//! What others see of an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{Account, uuid_text};
use crate::ids::AccountUuid;

/// What everybody who may see an account at all sees of it. What is left out is undefined to a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    /// The number of the account.
    pub id: i64,
    /// The identifier of the account.
    #[serde(with = "uuid_text")]
    #[schemars(with = "String")]
    pub uuid: AccountUuid,
    /// The e-mail address: only for friends, people in the same room and the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user name.
    pub preferred_username: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// `male`, `female` or `other`.
    pub gender: Option<String>,
    /// The path or URL of the picture.
    pub picture: Option<String>,
    /// The points that the member has, or, in a list by points, has in its period: 0 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub points: Option<i64>,
}

/// Whether somebody may see how an account is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// The owner, a friend, somebody in the same room.
    Shown,
    /// Anybody else.
    Hidden,
}

impl Card {
    /// The card of an account, with its points where they were loaded.
    pub fn of(account: Account, contact: Contact) -> Self {
        Self {
            id: account.id,
            uuid: account.uuid,
            email: account.email.filter(|_| contact == Contact::Shown),
            preferred_username: account.preferred_username,
            name: account.name,
            given_name: account.given_name,
            family_name: account.family_name,
            nickname: account.nickname,
            gender: account.gender,
            picture: account.picture,
            points: account.points,
        }
    }
}
