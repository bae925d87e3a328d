//! `audit.search`: who did what, on whom, from where.

use daemun_model::{AccountUuid, Code, Failure, Faults, Permission, Reason, Timestamp, first_uuid_v7};
use daemun_store::audit::{self, Actor, Entry, Filter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::account::named;
use crate::call::Call;
use crate::cursor::{CursorPage, MOST, Paging};
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::scope;

/// Which lines.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Only this act, as `account.suspend`.
    pub act: Option<String>,
    /// Only this outcome: `done`, or the code of a refusal.
    pub outcome: Option<String>,
    /// Only what this one did: `cli`, `api-key:ID`, `administrator:UUID`, or the uuid of a member.
    pub actor: Option<String>,
    /// Only what concerns this account: its number, its uuid (either form) or its e-mail address. The uuid finds the
    /// lines of a deleted account too.
    pub account: Option<String>,
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    /// Where the page before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most lines: 1 to 100, 50 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = MOST))]
    pub limit: Option<i64>,
    /// `app` (where it is left out) or `server`: what administrators and the keys of the server did beyond the apps.
    #[schemars(extend("enum" = ["app", "server", null]))]
    pub of: Option<String>,
}

/// One line.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Line {
    /// Its identifier: rising in time.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What was done: an operation's name, or what happened in it.
    pub act: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// Who did it: `cli`, `api-key:ID`, `administrator:UUID`, the uuid of a member; null for nobody who is known.
    pub actor: Option<String>,
    /// To whom: an account's uuid.
    pub account: Option<String>,
    /// From which address.
    pub address: String,
    /// In which request.
    pub request_id: String,
    /// What else there is to know.
    pub detail: Option<String>,
}

/// One page of the audit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The lines, the latest first.
    pub lines: Vec<Line>,
    /// How the listing goes on.
    pub page: CursorPage,
}

pub(crate) fn operation() -> Operation {
    Operation::new("audit.search", "Search the audit", search)
        .needs(Permission::AuditRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Search the audit.
///
/// # Errors
/// Those of [`operation`].
pub async fn search(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let call = scope::of(&daemun, call, input.of.as_deref())?;
    let (lines, page) = page(&daemun, &call, input, ("audit.search", MOST)).await?;
    Ok(Output { lines, page })
}

/// A page of at most so many lines, for a listing of this name.
pub(super) async fn page(
    daemun: &Daemun,
    call: &Call,
    input: Input,
    (listing, most): (&str, i64),
) -> Result<(Vec<Line>, CursorPage), Failure> {
    let mut faults: Faults = call.faults.clone();
    let trimmed = |text: &Option<String>| text.as_deref().map(str::trim).map(str::to_owned);
    if let (Some(since), Some(until)) = (input.since, input.until)
        && until <= since
    {
        faults.add("until", Reason::OutOfRange);
    }
    let bound =
        format!("{:?}", (&input.act, &input.outcome, &input.actor, &input.account, input.since, input.until));
    let asked = ((listing, bound.as_str()), (input.cursor.as_deref(), input.limit));
    let paging = Paging::read_up_to(most, daemun, call, asked, &mut faults);
    faults.finish()?;
    let filter = Filter {
        act: trimmed(&input.act),
        outcome: trimmed(&input.outcome),
        actor: trimmed(&input.actor),
        account: match input.account {
            Some(typed) => Some(account(daemun, call, typed).await?),
            None => None,
        },
    };
    let from = input.since.map_or(Uuid::nil(), first_uuid_v7);
    let before = paging.after.as_deref().and_then(|place| Uuid::try_parse(place).ok());
    let before = before.or(input.until.map(first_uuid_v7)).unwrap_or(Uuid::max());
    let reader = &mut daemun.reader();
    let mut found = audit::search(reader, call.app.id, &filter, (before, from, paging.wanted())).await?;
    let page = paging.cut(daemun, &mut found, |entry| entry.id.to_string());
    Ok((found.into_iter().map(line).collect(), page))
}

/// A uuid is taken as it is: a deleted account has lines too.
async fn account(daemun: &Daemun, call: &Call, typed: String) -> Result<AccountUuid, Failure> {
    match AccountUuid::parse(typed.trim()) {
        Some(uuid) => Ok(uuid),
        None => Ok(named(daemun, call, Some(typed)).await?.uuid),
    }
}

fn line(entry: Entry) -> Line {
    Line {
        id: entry.id.to_string(),
        at: entry.at,
        act: entry.act,
        outcome: entry.outcome,
        actor: match entry.actor {
            Actor::Nobody => None,
            Actor::Member(uuid) => Some(uuid.to_string()),
            Actor::Operator(name) => Some(name),
        },
        account: entry.account.map(|uuid| uuid.to_string()),
        address: entry.address,
        request_id: entry.request_id,
        detail: entry.detail,
    }
}
