//! What a caller sees of an account.

use std::sync::Arc;

use daemun_model::{Account, Card};
use schemars::JsonSchema;
use serde::Serialize;

/// An account as the caller may see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Shown {
    /// The caller's own.
    Whole(Arc<Account>),
    /// Somebody else's.
    Card(Box<Card>),
}
