//! What a caller sees of an account.

use std::sync::Arc;

use daemun_model::{Account, Card};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

/// An account as the caller may see it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// The caller's own.
    Whole(Arc<Account>),
    /// Somebody else's.
    Card(Box<Card>),
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
