//! Accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::app::AppId;
use crate::card::Card;
use crate::catalog::CatalogItem;
use crate::clock::Timestamp;
use crate::failure::Code;
use crate::ids::AccountUuid;
use crate::organization::Organization;
use crate::room::Room;
use crate::time_setting::TimeSetting;

/// What an account may do at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for approval.
    Pending,
    /// May sign in.
    Approved,
    /// Approval was refused.
    Rejected,
    /// Was closed by an operator, until it is restored.
    Suspended,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Rejected, Self::Suspended];

    /// The name that the database and expressions use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Suspended => "suspended",
        }
    }

    /// The status of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// The refusal of an account of this status where an approved one is needed.
    pub const fn refusal(self) -> Option<Code> {
        match self {
            Self::Approved => None,
            Self::Pending => Some(Code::AccountPending),
            Self::Rejected => Some(Code::AccountRejected),
            Self::Suspended => Some(Code::AccountSuspended),
        }
    }
}

/// One member of one app. Fields have their OIDC claim names (OIDC Core section 5.1) where there is one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The app it belongs to.
    #[serde(skip, default)]
    pub app: AppId,
    /// The number that some contracts show: rising, never used again.
    pub id: i64,
    /// The identifier everywhere inside, and the `sub` of tokens.
    #[serde(with = "uuid_text")]
    #[schemars(with = "String")]
    pub uuid: AccountUuid,
    /// The e-mail address as typed.
    pub email: Option<String>,
    /// Whether the address was proven to be the member's.
    pub email_verified: bool,
    /// E.164.
    pub phone_number: Option<String>,
    /// Whether the number was proven to be the member's.
    pub phone_number_verified: bool,
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
    /// `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// `male`, `female` or `other`.
    pub gender: Option<String>,
    /// The stored path or the URL of the picture.
    pub picture: Option<String>,
    /// The language of messages to the member: `ko` or `en`.
    pub locale: Option<String>,
    /// What the account may do.
    pub status: Status,
    /// What the contract keeps beyond the fields above, typed by its `attributes`.
    pub attributes: Map<String, Value>,
    /// When it signed up.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    // What follows belongs to it and lies elsewhere: each part is there only when its `Relation` was loaded.
    /// What the member chose of the app's interests, in the member's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<CatalogItem>")]
    pub interests: Option<Vec<CatalogItem>>,
    /// What the member chose of the app's professions, or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<CatalogItem>")]
    pub profession: Option<Option<CatalogItem>>,
    /// The member's friends, the earliest account first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Card>")]
    pub friends: Option<Vec<Card>>,
    /// The room that the member is in, or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Room>")]
    pub room: Option<Option<Room>>,
    /// How the member divides the time of work, or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TimeSetting>")]
    pub time_setting: Option<Option<TimeSetting>>,
    /// The product key that the member registered, or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub product_key: Option<Option<String>>,
    /// The points that the member has: 0 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub points: Option<i64>,
    /// The organisation that the member belongs to, or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Organization>")]
    pub organization: Option<Option<Organization>>,
}

impl Account {
    /// An account of which nothing else is known.
    pub fn blank(app: AppId, uuid: AccountUuid, status: Status, created_at: Timestamp) -> Self {
        Self {
            app,
            id: 0,
            uuid,
            email: None,
            email_verified: false,
            phone_number: None,
            phone_number_verified: false,
            preferred_username: None,
            name: None,
            given_name: None,
            family_name: None,
            nickname: None,
            birthdate: None,
            gender: None,
            picture: None,
            locale: None,
            status,
            attributes: Map::new(),
            created_at,
            last_sign_in_at: None,
            interests: None,
            profession: None,
            friends: None,
            room: None,
            time_setting: None,
            product_key: None,
            points: None,
            organization: None,
        }
    }
}

pub(crate) mod uuid_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::AccountUuid;

    pub(crate) fn serialize<S: Serializer>(uuid: &AccountUuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(uuid)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountUuid, D::Error> {
        let text = String::deserialize(deserializer)?;
        AccountUuid::parse(&text).ok_or_else(|| serde::de::Error::custom("not an account's uuid"))
    }
}
