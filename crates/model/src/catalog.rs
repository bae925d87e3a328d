//! Catalogues: what members of an app choose from, in the operator's words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catalog {
    /// Members choose any number, in their own order.
    Interests,
    /// Members choose one.
    Professions,
}

impl Catalog {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Interests, Self::Professions];

    /// The name that the database, operations and command lines use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interests => "interests",
            Self::Professions => "professions",
        }
    }

    /// The catalogue of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|catalog| catalog.as_str() == name)
    }
}

/// One thing that members can choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogItem {
    /// Its identifier: 1 to 64 letters, digits, `-` and `_`.
    pub id: String,
    /// One character of picture writing, where it has one.
    pub emoji: Option<String>,
    /// What members read.
    pub name: String,
    /// The stored path or the URL of its picture, where it has one.
    pub image: Option<String>,
}
