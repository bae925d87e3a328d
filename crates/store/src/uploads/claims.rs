//! Whose an upload is.

use daemun_model::upload::Visibility;
use daemun_model::{AccountUuid, AppId, Timestamp};

use super::{Signed, signed_columns};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

/// A path that an account names as its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The kind.
    pub kind: String,
    /// The path.
    pub path: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Its place among the account's files of this kind.
    pub ordinal: i64,
}

/// Makes a path an account's, and tells whether it was free: signed in this app for this kind and nobody's, or never
/// seen anywhere. One that the account has already only gets its place.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    claim: &Claim,
    now: Timestamp,
) -> Result<bool, DbError> {
    let signed = sql("UPDATE uploads SET account = $1, claimed_at = $2, ordinal = $3, subject = NULL \
         WHERE app = $4 AND path = $5 AND kind = $6 AND delete_at IS NULL AND kept_at IS NULL \
             AND (account IS NULL OR account = $1)")
    .bind(account)
    .bind(now)
    .bind(claim.ordinal)
    .bind(app)
    .bind(&claim.path)
    .bind(&claim.kind)
    .execute(tx)
    .await?;
    if signed == 1 {
        return Ok(true);
    }
    let unseen = sql("INSERT INTO uploads (app, path, kind, visibility, account, claimed_at, ordinal) \
         SELECT $1, $2, $3, $4, $5, $6, $7 \
         WHERE NOT EXISTS (SELECT path FROM uploads WHERE path = $2 AND signed_at IS NOT NULL) \
         ON CONFLICT DO NOTHING")
    .bind(app)
    .bind(&claim.path)
    .bind(&claim.kind)
    .bind(claim.visibility.as_str())
    .bind(account)
    .bind(now)
    .bind(claim.ordinal)
    .execute(tx)
    .await?;
    Ok(unseen == 1)
}

/// Whether a path cannot be claimed now: it is another account's, was signed for another kind or in another app, or is
/// to be deleted.
///
/// # Errors
/// When the database does not answer.
pub async fn is_taken(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
    claim: &Claim,
) -> Result<bool, DbError> {
    let found = sql("SELECT path FROM uploads WHERE path = $1 AND (app = $2 OR signed_at IS NOT NULL) \
         AND NOT (app = $2 AND kind = $3 AND delete_at IS NULL AND kept_at IS NULL \
             AND (account IS NULL OR account = $4)) LIMIT 1")
    .bind(&claim.path)
    .bind(app)
    .bind(&claim.kind)
    .bind(account)
    .optional::<String>(on)
    .await?;
    Ok(found.is_some())
}

/// A file that an account has.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The kind.
    pub kind: String,
    /// The path.
    pub path: String,
    /// Who may see it.
    pub visibility: String,
    /// Its place among the account's files of this kind.
    pub ordinal: i64,
    /// When the account named it.
    pub claimed_at: Timestamp,
    /// Its type, where it was signed here.
    pub content_type: Option<String>,
    /// Its size in bytes, when it has arrived.
    pub size: Option<i64>,
}

impl FromRow for Claimed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            kind: row.next()?,
            path: row.next()?,
            visibility: row.next()?,
            ordinal: row.next()?,
            claimed_at: row.next()?,
            content_type: row.next()?,
            size: row.next()?,
        })
    }
}

/// The files of an account, by kind and place.
///
/// # Errors
/// When the database does not answer.
pub async fn list_of_account(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Vec<Claimed>, DbError> {
    sql("SELECT kind, path, visibility, ordinal, claimed_at, content_type, arrived_size FROM uploads \
         WHERE account = $1 AND app = $2 AND delete_at IS NULL ORDER BY kind, ordinal, path")
    .bind(account)
    .bind(app)
    .all(on)
    .await
}

/// The files of an account that were signed here and of which nobody knows whether they arrived.
///
/// # Errors
/// When the database does not answer.
pub async fn list_missing(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
) -> Result<Vec<Signed>, DbError> {
    sql(concat!(
        "SELECT ",
        signed_columns!(),
        " FROM uploads WHERE account = $1 AND app = $2 AND signed_at IS NOT NULL AND arrived_at IS NULL \
         AND delete_at IS NULL"
    ))
    .bind(account)
    .bind(app)
    .all(on)
    .await
}

/// Takes a file from its account: it is to be deleted. A path without a file is free again at once.
///
/// # Errors
/// When the database does not answer.
pub async fn release(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    path: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    sql("DELETE FROM uploads WHERE app = $1 AND path = $2 AND account = $3 AND signed_at IS NULL")
        .bind(app)
        .bind(path)
        .bind(account)
        .execute(tx)
        .await?;
    sql("UPDATE uploads SET delete_at = $1 WHERE app = $2 AND path = $3 AND account = $4 AND delete_at IS NULL")
        .bind(now)
        .bind(app)
        .bind(path)
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes all files from an account, as [`release`] does.
///
/// # Errors
/// When the database does not answer.
pub async fn release_all(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    now: Timestamp,
) -> Result<(), DbError> {
    sql("DELETE FROM uploads WHERE account = $1 AND app = $2 AND signed_at IS NULL")
        .bind(account)
        .bind(app)
        .execute(tx)
        .await?;
    sql("UPDATE uploads SET delete_at = $1 WHERE account = $2 AND app = $3 AND delete_at IS NULL")
        .bind(now)
        .bind(account)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(())
}
