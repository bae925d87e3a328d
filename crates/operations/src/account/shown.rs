//! What a caller sees of an account.

use daemun_model::Account;
use daemun_model::ids::AccountUuid;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

/// What everybody who may see an account at all sees of it. What is left out is undefined to a contract.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// The number of the account.
    pub id: i64,
    /// The identifier of the account.
    #[serde(serialize_with = "as_text")]
    pub uuid: AccountUuid,
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
}

fn as_text<S: serde::Serializer>(uuid: &AccountUuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(uuid)
}

impl From<Account> for Card {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            uuid: account.uuid,
            preferred_username: account.preferred_username,
            name: account.name,
            given_name: account.given_name,
            family_name: account.family_name,
            nickname: account.nickname,
            gender: account.gender,
            picture: account.picture,
        }
    }
}

/// An account as the caller may see it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// The caller's own.
    Whole(Box<Account>),
    /// Somebody else's.
    Card(Card),
}

impl JsonSchema for Shown {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Account::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Account::json_schema(generator)
    }
}
