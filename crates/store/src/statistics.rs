//! How often things happen, an hour at a time, counted from the audit.

use daemun_model::{AppId, Timestamp};
use uuid::Uuid;

use crate::{DbError, Executor, Tx, sql};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Accounts that were opened by their members.
    SignUps,
    /// Sign-ins, by password or code.
    SignIns,
    /// Attempts to sign in that were refused.
    RefusedSignIns,
    /// Codes and links that were asked for.
    CodesSent,
    /// Applicants who were let in.
    Approvals,
    /// Applicants who were turned away.
    Rejections,
    /// Accounts that were deleted.
    Deletions,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SignUps,
        Self::SignIns,
        Self::RefusedSignIns,
        Self::CodesSent,
        Self::Approvals,
        Self::Rejections,
        Self::Deletions,
    ];

    /// The name that the database uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUps => "sign_ups",
            Self::SignIns => "sign_ins",
            Self::RefusedSignIns => "refused_sign_ins",
            Self::CodesSent => "codes_sent",
            Self::Approvals => "approvals",
            Self::Rejections => "rejections",
            Self::Deletions => "deletions",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The lines of one act in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those of what was done.
    pub done: i64,
    /// Those of what was refused.
    pub refused: i64,
}

/// How many lines of the audit an act has with identifiers from `from` on and below `to`.
///
/// # Errors
/// When the database does not answer.
pub async fn tally(
    on: &mut impl Executor,
    app: AppId,
    act: &str,
    (from, to): (Uuid, Uuid),
) -> Result<Tally, DbError> {
    let (done, all): (i64, i64) = sql(
        "SELECT CAST(COALESCE(SUM(CASE WHEN outcome = 'done' THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*) \
         FROM audit WHERE app = $1 AND act = $2 AND id >= $3 AND id < $4",
    )
    .bind(app)
    .bind(act)
    .bind(from)
    .bind(to)
    .heavy()
    .one(on)
    .await?;
    Ok(Tally { done, refused: all - done })
}

/// The moment of the first line of the audit that is not before `from`.
///
/// # Errors
/// When the database does not answer.
pub async fn find_first_line(
    on: &mut impl Executor,
    app: AppId,
    from: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    sql("SELECT at FROM audit WHERE app = $1 AND at >= $2 ORDER BY at LIMIT 1")
        .bind(app)
        .bind(from)
        .optional(on)
        .await
}

/// Up to when the audit of an app is counted; `None` where nobody began.
///
/// # Errors
/// When the database does not answer.
pub async fn find_mark(on: &mut impl Executor, app: AppId) -> Result<Option<Timestamp>, DbError> {
    sql("SELECT counted_to FROM statistics_marks WHERE app = $1").bind(app).inline().optional(on).await
}

/// Moves the mark from where it was, and tells whether it was there. What is added in the same transaction is counted
/// once, whoever counts at the same time.
///
/// # Errors
/// When the database does not answer.
pub async fn move_mark(
    tx: &mut Tx,
    app: AppId,
    (from, to): (Option<Timestamp>, Timestamp),
) -> Result<bool, DbError> {
    let statement = match from {
        None => sql("INSERT INTO statistics_marks (app, counted_to) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(app)
            .bind(to),
        Some(from) => sql("UPDATE statistics_marks SET counted_to = $2 WHERE app = $1 AND counted_to = $3")
            .bind(app)
            .bind(to)
            .bind(from),
    };
    Ok(statement.execute(tx).await? == 1)
}

/// Adds to what happened in an hour.
///
/// # Errors
/// When the database does not answer.
pub async fn add(tx: &mut Tx, app: AppId, (hour, kind): (i64, Kind), happened: i64) -> Result<(), DbError> {
    sql("INSERT INTO statistics (app, hour, kind, happened) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (app, hour, kind) DO UPDATE SET happened = statistics.happened + excluded.happened")
    .bind(app)
    .bind(hour)
    .bind(kind.as_str())
    .bind(happened)
    .execute(tx)
    .await?;
    Ok(())
}

/// What happened: the number of an hour or day, what, and how often.
pub type Happened = (i64, Kind, i64);

/// What happened in the hours from `from` on and below `to`, summed up in stretches of so many hours that are numbered
/// from 1970, and up to when everything is counted. Both are of one moment.
///
/// # Errors
/// When the database does not answer.
pub async fn sum(
    on: &mut impl Executor,
    app: AppId,
    (from, to): (i64, i64),
    hours: i64,
) -> Result<(Vec<Happened>, Option<Timestamp>), DbError> {
    let rows: Vec<(i64, String, i64)> =
        sql("SELECT hour / $4, kind, CAST(SUM(happened) AS BIGINT) FROM statistics \
         WHERE app = $1 AND hour >= $2 AND hour < $3 GROUP BY hour / $4, kind \
         UNION ALL SELECT counted_to, 'mark', CAST(0 AS BIGINT) FROM statistics_marks WHERE app = $1")
        .bind(app)
        .bind(from)
        .bind(to)
        .bind(hours)
        .heavy()
        .all(on)
        .await?;
    let (mut happened, mut mark) = (Vec::with_capacity(rows.len()), None);
    for (number, name, count) in rows {
        match Kind::from_name(&name) {
            Some(kind) => happened.push((number, kind, count)),
            None if name == "mark" => mark = Some(Timestamp(number)),
            // Of a later version.
            None => {}
        }
    }
    Ok((happened, mark))
}
