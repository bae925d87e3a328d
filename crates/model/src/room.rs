//! Rooms: members who are together for a while.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::card::Card;
use crate::clock::Timestamp;

/// The most members of a room.
pub const MOST_MEMBERS: i64 = 100;

/// A room as it is shown. Its password never is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Room {
    /// The number of the room: rising, never used again.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is for, perhaps empty.
    pub description: String,
    /// Whether it has a password.
    pub is_private: bool,
    /// How many are in it.
    pub member_count: i64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Who is in it, the first to enter first: only for those who are in it themselves, and not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Card>")]
    pub members: Option<Vec<Card>>,
}
