//! `point.ledger`: what an account was given, and why.

use daemun_model::{Code, Failure, Permission, Reason};
use daemun_store::points;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::account::named;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The lines of a page where nobody says, and the most.
const PAGE_SIZES: (i64, i64) = (50, 100);

/// Whose lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
    /// Where the page before ended: its `next`.
    pub cursor: Option<String>,
    /// The lines of a page: 1 to 100, 50 where it is left out.
    #[schemars(extend("minimum" = 1, "maximum" = PAGE_SIZES.1))]
    pub limit: Option<i64>,
}

/// A page of the ledger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The lines, the latest first.
    pub entries: Vec<Entry>,
    /// All points of the account.
    pub balance: i64,
    /// Where the list goes on.
    pub page: Next,
}

/// Where a list goes on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Next {
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("point.ledger", "List what an account was given", ledger)
        .needs(Permission::PointsRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// List what an account was given.
///
/// # Errors
/// Those of [`operation`].
pub async fn ledger(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let (usual, most) = PAGE_SIZES;
    let limit = input.limit.unwrap_or(usual);
    if !(1..=most).contains(&limit) {
        faults.add("limit", Reason::OutOfRange);
    }
    let before = input.cursor.as_deref().map(str::parse::<i64>).transpose();
    if before.is_err() {
        faults.add("cursor", Reason::Malformed);
    }
    faults.require("account", input.account.as_ref());
    faults.finish()?;
    let account = named(&daemun, &call, input.account).await?;
    let mut reader = daemun.reader();
    let whose = (call.app.id, account.id);
    let mut entries = points::list_entries(&mut reader, whose, before.ok().flatten(), limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > size;
    entries.truncate(size);
    let next = entries.last().filter(|_| more).map(|entry| entry.line.to_string());
    let balance = points::find_total(&mut reader, call.app.id, account.id).await?;
    Ok(Output { entries: entries.into_iter().map(Entry::from).collect(), balance, page: Next { next } })
}
