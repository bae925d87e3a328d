//! Points.

pub mod check;
pub mod grant;
pub mod ledger;

use daemun_model::Timestamp;
use daemun_store::points;
use schemars::JsonSchema;
use serde::Serialize;

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// The number of the account.
    pub account: i64,
    /// Which line of the account's it is, from 1.
    pub line: i64,
    /// The points given, or taken where negative.
    pub amount: i64,
    /// All points of the account after it.
    pub balance: i64,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The operator who gave them.
    pub by: Option<String>,
}

impl From<points::Entry> for Entry {
    fn from(entry: points::Entry) -> Self {
        Self {
            account: entry.account,
            line: entry.line,
            amount: entry.amount,
            balance: entry.balance,
            reason: entry.reason,
            at: entry.at,
            by: entry.granted_by,
        }
    }
}
