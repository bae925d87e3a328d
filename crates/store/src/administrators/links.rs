//! Links that make an administrator, or give one a new password and second factor. Kept as digests; of one purpose and
//! subject there is one, and a new one replaces the old.

use daemun_model::{Role, Timestamp};

use crate::limits::CLOCK_TOLERANCE;
use crate::{Cell, Column, DbError, Executor, FromRow, Row, Tx, sql};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To become the first owner. Its subject is empty: there is one such link.
    SetUp,
    /// To join. Its subject is the key of the address that was invited.
    Invitation,
    /// To choose a new password and second factor. Its subject is the administrator.
    Reset,
}

impl Purpose {
    /// The name that the database and the audit use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

impl Column for Purpose {
    fn from_cell(cell: Cell<'_>) -> Result<Self, String> {
        match String::from_cell(cell)?.as_str() {
            "set_up" => Ok(Self::SetUp),
            "invitation" => Ok(Self::Invitation),
            "reset" => Ok(Self::Reset),
            _ => Err("a purpose that is not known".to_owned()),
        }
    }
}

/// A link to be kept.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The digest of its token.
    pub digest: String,
    /// What it says.
    pub link: Link,
}

/// A link as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it concerns; see [`Purpose`].
    pub subject: String,
    /// The address it was sent to.
    pub email: Option<String>,
    /// What they are called, as far as it is known.
    pub name: Option<String>,
    /// The role that it gives.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

macro_rules! link_columns {
    () => {
        "purpose, subject, email, name, role, created_at, created_by, expires_at"
    };
}

impl FromRow for Link {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            purpose: row.next()?,
            subject: row.next()?,
            email: row.next()?,
            name: row.next()?,
            role: row.next()?,
            created_at: row.next()?,
            created_by: row.next()?,
            expires_at: row.next()?,
        })
    }
}

/// Keeps a link in place of the last one of its purpose and subject.
///
/// # Errors
/// When the database does not answer.
pub async fn replace_link(tx: &mut Tx, new: &NewLink) -> Result<(), DbError> {
    let Link { purpose, subject, email, name, role, created_at, created_by, expires_at } = &new.link;
    sql("INSERT INTO administrator_links \
             (purpose, subject, digest, email, name, role, created_at, created_by, expires_at, spent_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL) \
         ON CONFLICT (purpose, subject) DO UPDATE SET digest = excluded.digest, email = excluded.email, \
             name = excluded.name, role = excluded.role, created_at = excluded.created_at, \
             created_by = excluded.created_by, expires_at = excluded.expires_at, spent_at = NULL")
    .bind(purpose.as_str())
    .bind(subject)
    .bind(&new.digest)
    .bind(email.as_deref())
    .bind(name.as_deref())
    .bind(role.as_str())
    .bind(*created_at)
    .bind(created_by)
    .bind(*expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The link of a digest, unspent and unexpired.
///
/// # Errors
/// When the database does not answer.
pub async fn find_live_link(
    on: &mut impl Executor,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Link>, DbError> {
    sql(concat!(
        "SELECT ",
        link_columns!(),
        " FROM administrator_links WHERE digest = $1 AND spent_at IS NULL AND expires_at > $2 AND created_at <= $3"
    ))
    .bind(digest)
    .bind(now)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .inline()
    .optional(on)
    .await
}

/// The link of a purpose and subject, unspent and unexpired.
///
/// # Errors
/// When the database does not answer.
pub async fn find_link_of(
    on: &mut impl Executor,
    (purpose, subject): (Purpose, &str),
    now: Timestamp,
) -> Result<Option<Link>, DbError> {
    sql(concat!(
        "SELECT ",
        link_columns!(),
        " FROM administrator_links WHERE purpose = $1 AND subject = $2 AND spent_at IS NULL AND expires_at > $3"
    ))
    .bind(purpose.as_str())
    .bind(subject)
    .bind(now)
    .optional(on)
    .await
}

/// Spends the link of a digest, and tells whether it was unspent and unexpired.
///
/// # Errors
/// When the database does not answer.
pub async fn spend_link(tx: &mut Tx, digest: &str, now: Timestamp) -> Result<bool, DbError> {
    let won = sql("UPDATE administrator_links SET spent_at = $1 \
         WHERE digest = $2 AND spent_at IS NULL AND expires_at > $1 AND created_at <= $3")
    .bind(now)
    .bind(digest)
    .bind(now.plus_seconds(CLOCK_TOLERANCE))
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Withdraws the link of a purpose and subject, and tells whether there was a live one.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_link(
    tx: &mut Tx,
    (purpose, subject): (Purpose, &str),
    now: Timestamp,
) -> Result<bool, DbError> {
    let gone = sql("DELETE FROM administrator_links \
         WHERE purpose = $1 AND subject = $2 AND spent_at IS NULL AND expires_at > $3")
    .bind(purpose.as_str())
    .bind(subject)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(gone == 1)
}

/// Withdraws every live link that somebody made, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_links_of(tx: &mut Tx, created_by: &str, now: Timestamp) -> Result<u64, DbError> {
    sql("DELETE FROM administrator_links WHERE created_by = $1 AND spent_at IS NULL AND expires_at > $2")
        .bind(created_by)
        .bind(now)
        .execute(tx)
        .await
}

/// Every link of a purpose that works, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_live_links(
    on: &mut impl Executor,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Vec<Link>, DbError> {
    sql(concat!(
        "SELECT ",
        link_columns!(),
        " FROM administrator_links WHERE purpose = $1 AND spent_at IS NULL AND expires_at > $2 \
          ORDER BY created_at DESC, subject"
    ))
    .bind(purpose.as_str())
    .bind(now)
    .all(on)
    .await
}

/// Forgets up to `limit` links that expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old_links(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    sql("DELETE FROM administrator_links WHERE digest IN (SELECT digest FROM administrator_links \
         WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
