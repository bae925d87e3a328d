//! `account.export`: accounts as a file.

use daemun_model::{Account, App, Code, Failure, Permission, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::list;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::export::{self, Chunk, Format, Part};
use crate::operation::Operation;

/// Which accounts, and how they are written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `csv` (where it is left out) or `jsonl`: a JSON object a line.
    #[schemars(extend("enum" = ["csv", "jsonl", null]))]
    pub format: Option<String>,
    /// Only those of this status.
    #[schemars(extend("enum" = ["pending", "approved", "rejected", "suspended", null]))]
    pub status: Option<String>,
    /// Only those that have this in a name, or are called so.
    pub search: Option<String>,
    /// Only those that belong to the organisation of this id.
    pub organization: Option<String>,
    /// Only those that were opened from this moment on.
    pub created_since: Option<Timestamp>,
    /// Only those that were opened before this moment.
    pub created_until: Option<Timestamp>,
    /// Where the part before ended: its `page.next`.
    pub cursor: Option<String>,
    /// The most accounts of a part: 1 to 1000, 1000 if nothing is said.
    #[schemars(extend("minimum" = 1, "maximum" = export::MOST))]
    pub limit: Option<i64>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.export", "Write accounts into a file", export)
        .needs(Permission::AccountsExport)
        .fails(&[Code::Invalid])
}

/// Write accounts into a file, a part at a time. The audit has a line for every file that is begun.
///
/// # Errors
/// Those of [`operation`].
pub async fn export(daemun: Daemun, call: Call, input: Input) -> Result<Chunk, Failure> {
    let mut faults = call.faults.clone();
    let format = Format::read(input.format.as_deref(), &mut faults);
    let part = if input.cursor.is_none() { Part::First } else { Part::Later };
    let wanted = list::Input {
        status: input.status,
        search: input.search,
        organization: input.organization,
        created_since: input.created_since,
        created_until: input.created_until,
        cursor: input.cursor,
        limit: Some(input.limit.unwrap_or(export::MOST)),
        ..list::Input::default()
    };
    let call = Call { faults, ..call };
    let (accounts, page) = list::page(&daemun, &call, &wanted, ("account.export", export::MOST)).await?;
    if part == Part::First {
        let mut entry = audit::done(&daemun, &call, "account.export", None);
        entry.detail = Some(format.as_str().to_owned());
        daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &entry).await?)).await?;
    }
    let rows = accounts.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let text = export::text(format, part, &columns(&call.app), &rows);
    Ok(Chunk { text, rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), page })
}

/// The columns of every app; those of its attributes come after them.
const COLUMNS: [&str; 18] = [
    "id",
    "uuid",
    "status",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "preferred_username",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "birthdate",
    "gender",
    "picture",
    "locale",
    "created_at",
    "last_sign_in_at",
];

fn columns(app: &App) -> Vec<String> {
    let attributes = app.attributes.keys().map(|name| format!("attributes.{name}"));
    COLUMNS.iter().map(|name| (*name).to_owned()).chain(attributes).collect()
}

fn row(account: &Account) -> Result<Map<String, Value>, Failure> {
    let Value::Object(mut members) = serde_json::to_value(account).map_err(Failure::broken)? else {
        return Err(Failure::broken("an account is no object"));
    };
    let mut row: Map<String, Value> = COLUMNS
        .iter()
        .map(|name| ((*name).to_owned(), members.remove(*name).unwrap_or(Value::Null)))
        .collect();
    row.extend(members.remove_entry("attributes"));
    Ok(row)
}
