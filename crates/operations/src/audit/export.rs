//! `audit.export`: the audit as a file.

use daemun_model::{Code, Failure, Permission, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::search::{self, Line};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::export::{self, Chunk, Format, Part};
use crate::operation::Operation;
use crate::scope;

/// Which lines, and how they are written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `csv` (where it is left out) or `jsonl`: a JSON object a line.
    #[schemars(extend("enum" = ["csv", "jsonl", null]))]
    pub format: Option<String>,
    /// Only this act, as `account.suspend`.
    pub act: Option<String>,
    /// Only this outcome: `done`, or the code of a refusal.
    pub outcome: Option<String>,
    /// Only what this one did: `cli`, `api-key:ID`, `administrator:UUID`, or the uuid of a member.
    pub actor: Option<String>,
    /// Only what concerns this account: its number, its uuid (either form) or its e-mail address.
    pub account: Option<String>,
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
    /// Where the part before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most lines of a part: 1 to 1000, 1000 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = export::MOST))]
    pub limit: Option<i64>,
    /// `app` (where it is left out) or `server`: what administrators and the keys of the server did beyond the apps.
    #[schemars(extend("enum" = ["app", "server", null]))]
    pub of: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("audit.export", "Write the audit into a file", export)
        .needs(Permission::AuditRead)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Write the audit into a file, a part at a time, the latest line first. It has a line for every file that is begun.
///
/// # Errors
/// Those of [`operation`].
pub async fn export(daemun: Daemun, call: Call, input: Input) -> Result<Chunk, Failure> {
    let call = scope::of(&daemun, call, input.of.as_deref())?;
    let mut faults = call.faults.clone();
    let format = Format::read(input.format.as_deref(), &mut faults);
    let part = if input.cursor.is_none() { Part::First } else { Part::Later };
    let wanted = search::Input {
        act: input.act,
        outcome: input.outcome,
        actor: input.actor,
        account: input.account,
        since: input.since,
        until: input.until,
        cursor: input.cursor,
        limit: Some(input.limit.unwrap_or(export::MOST)),
        of: None,
    };
    let call = Call { faults, ..call };
    let (lines, page) = search::page(&daemun, &call, wanted, ("audit.export", export::MOST)).await?;
    if part == Part::First {
        let mut entry = audit::done(&daemun, &call, "audit.export", None);
        entry.detail = Some(format.as_str().to_owned());
        daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &entry).await?)).await?;
    }
    let rows = lines.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let columns: Vec<String> = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    let text = export::text(format, part, &columns, &rows);
    Ok(Chunk { text, rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), page })
}

const COLUMNS: [&str; 9] =
    ["id", "at", "act", "outcome", "actor", "account", "address", "request_id", "detail"];

fn row(line: &Line) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(line).map_err(Failure::broken)? {
        Value::Object(row) => Ok(row),
        _ => Err(Failure::broken("a line is no object")),
    }
}
