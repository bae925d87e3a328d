//! The audit: who did what, on whom, from where, in which request, with what outcome. Never a secret.

use daemun_model::{AccountUuid, AppId, Timestamp};
use uuid::Uuid;

use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody who is known.
    Nobody,
    /// A signed-in member.
    Member(AccountUuid),
    /// An operator, by the name under which they act.
    Operator(String),
}

/// One line of the audit.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its identifier: rising in time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// In which app.
    pub app: AppId,
    /// What was done: an operation's name, or what happened in it.
    pub act: String,
    /// `done`, or the code of the refusal.
    pub outcome: String,
    /// Who did it.
    pub actor: Actor,
    /// To whom.
    pub account: Option<AccountUuid>,
    /// From which address.
    pub address: String,
    /// In which request.
    pub request_id: String,
    /// What else an operator wants to know.
    pub detail: Option<String>,
}

impl FromRow for Entry {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, at, app, act, outcome) = (row.next()?, row.next()?, row.next()?, row.next()?, row.next()?);
        let kind: String = row.next()?;
        let name: Option<String> = row.next()?;
        let actor = match (kind.as_str(), name) {
            ("member", Some(uuid)) => AccountUuid::parse(&uuid).map_or(Actor::Nobody, Actor::Member),
            ("operator", name) => Actor::Operator(name.unwrap_or_default()),
            _ => Actor::Nobody,
        };
        let (account, address, request_id, detail) = (row.next()?, row.next()?, row.next()?, row.next()?);
        Ok(Self { id, at, app, act, outcome, actor, account, address, request_id, detail })
    }
}

/// Adds a line.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<(), DbError> {
    let (kind, name) = match &entry.actor {
        Actor::Nobody => ("nobody", None),
        Actor::Member(uuid) => ("member", Some(uuid.to_string())),
        Actor::Operator(name) => ("operator", Some(name.clone())),
    };
    sql("INSERT INTO audit (id, at, app, act, outcome, actor_kind, actor, account, address, request_id, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .bind(entry.id)
    .bind(entry.at)
    .bind(entry.app)
    .bind(&entry.act)
    .bind(&entry.outcome)
    .bind(kind)
    .bind(name)
    .bind(entry.account)
    .bind(&entry.address)
    .bind(&entry.request_id)
    .bind(entry.detail.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

/// Which lines are looked for. What is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// What was done.
    pub act: Option<String>,
    /// `done`, or the code of the refusal.
    pub outcome: Option<String>,
    /// Who did it: an operator's name or a member's uuid.
    pub actor: Option<String>,
    /// To whom.
    pub account: Option<AccountUuid>,
}

macro_rules! audit_columns {
    () => {
        "id, at, app, act, outcome, actor_kind, actor, account, address, request_id, detail"
    };
}

/// The statement for lines under one condition with an index of its own; the others are looked at row by row.
macro_rules! audit_search {
    ($leading:literal) => {
        concat!(
            "SELECT ",
            audit_columns!(),
            " FROM audit WHERE app = $1 AND id < $2 AND id >= $3 ",
            $leading,
            " AND (CAST($5 AS TEXT) IS NULL OR act = $5) AND (CAST($6 AS TEXT) IS NULL OR outcome = $6) \
              AND (CAST($7 AS TEXT) IS NULL OR actor = $7) AND (CAST($8 AS TEXT) IS NULL OR account = $8) \
              ORDER BY id DESC LIMIT $4"
        )
    };
}

/// Lines of an app, the latest first: at most `limit`, with identifiers (which rise in time) below `before` and not
/// below `from`.
///
/// # Errors
/// When the database does not answer.
pub async fn search(
    on: &mut impl Executor,
    app: AppId,
    filter: &Filter,
    (before, from, limit): (Uuid, Uuid, i64),
) -> Result<Vec<Entry>, DbError> {
    let statement = match filter {
        Filter { account: Some(_), .. } => sql(audit_search!("AND account = $8")),
        Filter { actor: Some(_), .. } => sql(audit_search!("AND actor = $7")),
        Filter { act: Some(_), .. } => sql(audit_search!("AND act = $5")),
        Filter { .. } => sql(audit_search!("")),
    };
    statement
        .bind(app)
        .bind(before)
        .bind(from)
        .bind(limit)
        .bind(filter.act.as_deref())
        .bind(filter.outcome.as_deref())
        .bind(filter.actor.as_deref())
        .bind(filter.account)
        .heavy()
        .all(on)
        .await
}

/// The latest lines of an app, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_latest(on: &mut impl Executor, app: AppId, limit: i64) -> Result<Vec<Entry>, DbError> {
    sql("SELECT id, at, app, act, outcome, actor_kind, actor, account, address, request_id, detail \
         FROM audit WHERE app = $1 ORDER BY at DESC, id DESC LIMIT $2")
    .bind(app)
    .bind(limit)
    .all(on)
    .await
}

/// Forgets up to `limit` lines of an app from before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, app: AppId, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE app = $1 AND at < $2 ORDER BY at LIMIT $3)")
        .bind(app)
        .bind(before)
        .bind(limit)
        .execute(tx)
        .await
}
