//! `point.ledger`: what an account was given, and why.

use daemun_model::{Code, Failure, Permission, Reason, Timestamp};
use daemun_store::points::{self, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::account::named;
use crate::call::Call;
use crate::cursor::{CursorPage, MOST, Paging};
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whose lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address. Left out, it is every account of the app.
    pub account: Option<String>,
    /// Only lines from this moment on.
    pub since: Option<Timestamp>,
    /// Only lines before this moment.
    pub until: Option<Timestamp>,
    /// Where the page before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The lines of a page: 1 to 100, 50 where it is left out.
    #[schemars(extend("minimum" = 1, "maximum" = MOST))]
    pub limit: Option<i64>,
}

/// A page of the ledger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The lines, the latest first.
    pub entries: Vec<Entry>,
    /// All points of the account; null where none is named.
    pub balance: Option<i64>,
    /// How the listing goes on.
    pub page: CursorPage,
}

pub(crate) fn operation() -> Operation {
    Operation::new("point.ledger", "List the points that were given", ledger)
        .needs(Permission::PointsRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// List the points that were given, to an account or in the whole app.
///
/// # Errors
/// Those of [`operation`].
pub async fn ledger(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let span = Span { since: input.since, until: input.until };
    if let (Some(since), Some(until)) = (span.since, span.until)
        && until <= since
    {
        faults.add("until", Reason::OutOfRange);
    }
    let place = (input.cursor.as_deref(), input.limit);
    let paging = Paging::read(&daemun, &call, ("point.ledger", &bound_to(&input)), place, &mut faults);
    faults.finish()?;
    let mut reader = daemun.reader();
    let (mut entries, balance) = match input.account {
        None => {
            let before = paging.after.as_deref().and_then(read_place);
            (points::list_latest(&mut reader, call.app.id, (span, before), paging.wanted()).await?, None)
        }
        Some(typed) => {
            let account = named(&daemun, &call, Some(typed)).await?;
            let before = paging.after.as_deref().and_then(read_place).map(|(_, _, line)| line);
            let whose = (call.app.id, account.id);
            let entries = points::list_entries(&mut reader, whose, (span, before), paging.wanted()).await?;
            (entries, Some(points::find_total(&mut reader, call.app.id, account.id).await?))
        }
    };
    let page =
        paging.cut(&daemun, &mut entries, |entry| format!("{} {} {}", entry.at.0, entry.account, entry.line));
    Ok(Output { entries: entries.into_iter().map(Entry::from).collect(), balance, page })
}

/// What a cursor is bound to.
fn bound_to(input: &Input) -> String {
    let whose = input.account.as_deref().unwrap_or_default().trim();
    if input.since.is_none() && input.until.is_none() {
        return whose.to_owned();
    }
    format!("{whose} {:?} {:?}", input.since, input.until)
}

fn read_place(place: &str) -> Option<(Timestamp, i64, i64)> {
    let mut numbers = place.splitn(3, ' ').map(str::parse::<i64>);
    let mut next = || numbers.next()?.ok();
    Some((Timestamp(next()?), next()?, next()?))
}
