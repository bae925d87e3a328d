//! Sessions. One row is one sign-in: the family of all its tokens.

use daemun_model::{Account, AccountUuid, AppId, Session, Timestamp};
use uuid::Uuid;

use crate::accounts::{account_columns, read_account};
use crate::{DbError, Executor, FromRow, Row, Tx, sql};

pub use family::{Family, RefreshParts, Rotation, find_family, rotate_refresh};

/// The columns of a [`Kept`], in the order in which it is read, of the table or alias `s`.
macro_rules! session_columns {
    () => {
        "s.id, s.app, s.account, s.auth_time, s.expires_at, s.created_at, s.last_used_at, s.ended_at, \
         s.ended_why, s.user_agent, s.address"
    };
}

// After the columns, which it reads too.
mod family;

/// A session as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What the rest of Daemun knows of it.
    pub session: Session,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last refreshed or, for an opaque one, last seen (to the hour).
    pub last_used_at: Timestamp,
    /// When it was ended, and why.
    pub ended: Option<(Timestamp, String)>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// Where it was opened from.
    pub address: String,
}

fn read_kept(row: &mut Row<'_>) -> Result<Kept, DbError> {
    let session = Session {
        id: row.next()?,
        app: row.next()?,
        account: row.next()?,
        auth_time: row.next()?,
        expires_at: row.next()?,
    };
    let (created_at, last_used_at) = (row.next()?, row.next()?);
    let (ended_at, ended_why): (Option<Timestamp>, Option<String>) = (row.next()?, row.next()?);
    Ok(Kept {
        session,
        created_at,
        last_used_at,
        ended: ended_at.map(|at| (at, ended_why.unwrap_or_default())),
        user_agent: row.next()?,
        address: row.next()?,
    })
}

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        read_kept(row)
    }
}

/// A session and the account it belongs to, from one read.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The session, live or not.
    pub kept: Kept,
    /// Its account, of whatever status.
    pub account: Account,
}

impl FromRow for Joined {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { kept: read_kept(row)?, account: read_account(row)? })
    }
}

/// Which token a new session gets.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A refresh token.
    Refresh(RefreshParts),
    /// An opaque token, as its digest.
    Opaque(String),
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What the rest of Daemun knows of it; `auth_time` is now.
    pub session: Session,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where it is opened from.
    pub address: String,
    /// Its token.
    pub credential: Credential,
}

/// Opens a session.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewSession) -> Result<(), DbError> {
    let (parts, digest) = match &new.credential {
        Credential::Refresh(parts) => (Some(parts), None),
        Credential::Opaque(digest) => (None, Some(digest.as_str())),
    };
    sql("INSERT INTO sessions (id, app, account, created_at, auth_time, expires_at, last_used_at, user_agent, \
             address, refresh_generation, refresh_jti, refresh_iat, refresh_exp, refresh_kid, rotated_at, \
             rotated_before_at, opaque_digest) \
         VALUES ($1, $2, $3, $4, $4, $5, $4, $6, $7, $8, $9, $10, $11, $12, $4, $4, $13)")
    .bind(new.session.id)
    .bind(new.session.app)
    .bind(new.session.account)
    .bind(new.session.auth_time)
    .bind(new.session.expires_at)
    .bind(new.user_agent.as_deref())
    .bind(&new.address)
    .bind(parts.map_or(0, |parts| parts.generation))
    .bind(parts.map(|parts| parts.jti))
    .bind(parts.map(|parts| parts.iat))
    .bind(parts.map(|parts| parts.exp))
    .bind(parts.map(|parts| parts.kid.as_str()))
    .bind(digest)
    .execute(tx)
    .await?;
    Ok(())
}

/// The session of this identifier with its account, unless the account was deleted or the key that signed the
/// token was taken out. Whether both are live is for the caller to see.
///
/// # Errors
/// When the database does not answer.
pub async fn find_joined(
    on: &mut impl Executor,
    app: AppId,
    id: Uuid,
    kid: &str,
) -> Result<Option<Joined>, DbError> {
    sql(concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        account_columns!(),
        " FROM sessions s JOIN accounts a ON a.uuid = s.account \
          WHERE s.id = $1 AND s.app = $2 AND a.app = $2 AND a.deleted_at IS NULL \
          AND EXISTS (SELECT 1 FROM signing_keys k WHERE k.app = $2 AND k.kid = $3)"
    ))
    .bind(id)
    .bind(app)
    .bind(kid)
    .inline()
    .optional(on)
    .await
}

/// As [`find_joined`], by the digest of an opaque token.
///
/// # Errors
/// When the database does not answer.
pub async fn find_joined_by_digest(
    on: &mut impl Executor,
    app: AppId,
    digest: &str,
) -> Result<Option<Joined>, DbError> {
    sql(concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        account_columns!(),
        " FROM sessions s JOIN accounts a ON a.uuid = s.account \
          WHERE s.opaque_digest = $1 AND s.app = $2 AND a.app = $2 AND a.deleted_at IS NULL"
    ))
    .bind(digest)
    .bind(app)
    .inline()
    .optional(on)
    .await
}

/// Notes that a live session is used now, and tells whether it is live. On PostgreSQL its row is then locked, so
/// that nobody ends it before the transaction is over.
///
/// # Errors
/// When the database does not answer.
pub async fn touch_live(tx: &mut Tx, app: AppId, id: Uuid, now: Timestamp) -> Result<bool, DbError> {
    let live = sql("UPDATE sessions SET last_used_at = $1 \
         WHERE id = $2 AND app = $3 AND ended_at IS NULL AND expires_at > $1")
    .bind(now)
    .bind(id)
    .bind(app)
    .execute(tx)
    .await?;
    Ok(live == 1)
}

/// Why a session was ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedWhy {
    /// Its member signed out.
    SignedOut,
    /// Its member ended it from another session.
    Revoked,
    /// The password was changed or reset.
    NewPassword,
    /// An old refresh token came back.
    TokenReused,
    /// An operator ended it.
    Operator,
    /// The account was suspended.
    Suspended,
    /// The account was not approved.
    Rejected,
    /// The account was deleted.
    Deleted,
    /// The key that signed its refresh token was taken out.
    KeyRevoked,
}

impl EndedWhy {
    /// The name that the database and the audit use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::NewPassword => "new_password",
            Self::TokenReused => "token_reused",
            Self::Operator => "operator",
            Self::Suspended => "suspended",
            Self::Rejected => "rejected",
            Self::Deleted => "deleted",
            Self::KeyRevoked => "key_revoked",
        }
    }
}

/// Ends a session of an account, and tells whether it was open.
///
/// # Errors
/// When the database does not answer.
pub async fn end(tx: &mut Tx, session: &Session, why: EndedWhy, now: Timestamp) -> Result<bool, DbError> {
    end_one(tx, (session.app, session.account, session.id), why, now).await
}

/// Ends one session of an account by its identifier, and tells whether it was open.
///
/// # Errors
/// When the database does not answer.
pub async fn end_one(
    tx: &mut Tx,
    (app, account, id): (AppId, AccountUuid, Uuid),
    why: EndedWhy,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE sessions SET ended_at = $1, ended_why = $2 \
         WHERE id = $3 AND app = $4 AND account = $5 AND ended_at IS NULL")
    .bind(now)
    .bind(why.as_str())
    .bind(id)
    .bind(app)
    .bind(account)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// Ends every open session of an account, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(
    tx: &mut Tx,
    app: AppId,
    account: AccountUuid,
    why: EndedWhy,
    now: Timestamp,
) -> Result<u64, DbError> {
    let ended = sql("UPDATE sessions SET ended_at = $1, ended_why = $2 \
         WHERE account = $3 AND app = $4 AND ended_at IS NULL")
    .bind(now)
    .bind(why.as_str())
    .bind(account)
    .bind(app)
    .execute(tx)
    .await?;
    end_outliving(tx, app, account, why).await?;
    Ok(ended)
}

/// Ends what is left of sessions that were signed out: an access token that outlives a sign-out outlives nothing else.
async fn end_outliving(tx: &mut Tx, app: AppId, account: AccountUuid, why: EndedWhy) -> Result<(), DbError> {
    // The name stands in the statement as it stands in the index, which only so is used.
    sql("UPDATE sessions SET ended_why = $1 WHERE account = $2 AND app = $3 AND ended_why = 'signed_out'")
        .bind(why.as_str())
        .bind(account)
        .bind(app)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends every open session of an account but one, and tells how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_others(tx: &mut Tx, keep: &Session, why: EndedWhy, now: Timestamp) -> Result<u64, DbError> {
    let ended = sql("UPDATE sessions SET ended_at = $1, ended_why = $2 \
         WHERE account = $3 AND app = $4 AND id <> $5 AND ended_at IS NULL")
    .bind(now)
    .bind(why.as_str())
    .bind(keep.account)
    .bind(keep.app)
    .bind(keep.id)
    .execute(tx)
    .await?;
    end_outliving(tx, keep.app, keep.account, why).await?;
    Ok(ended)
}

/// How many live refresh tokens each key of an app has signed.
///
/// # Errors
/// When the database does not answer.
pub async fn count_by_key(
    on: &mut impl Executor,
    app: AppId,
    now: Timestamp,
) -> Result<Vec<(String, i64)>, DbError> {
    sql("SELECT refresh_kid, COUNT(*) FROM sessions WHERE app = $1 AND ended_at IS NULL AND expires_at > $2 \
         AND refresh_exp > $3 AND refresh_kid IS NOT NULL GROUP BY refresh_kid")
    .bind(app)
    .bind(now)
    .bind(now.seconds())
    .heavy()
    .all(on)
    .await
}

/// Whether a key has signed a refresh token that is still live.
///
/// # Errors
/// When the database does not answer.
pub async fn key_is_in_use(
    on: &mut impl Executor,
    app: AppId,
    kid: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let found = sql("SELECT app FROM sessions WHERE app = $1 AND refresh_kid = $2 AND ended_at IS NULL \
         AND expires_at > $3 AND refresh_exp > $4 LIMIT 1")
    .bind(app)
    .bind(kid)
    .bind(now)
    .bind(now.seconds())
    .heavy()
    .optional::<AppId>(on)
    .await?;
    Ok(found.is_some())
}

/// The next open sessions whose refresh token a key has signed, by identifier, after one of them.
///
/// # Errors
/// When the database does not answer.
pub async fn list_of_key(
    on: &mut impl Executor,
    app: AppId,
    kid: &str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, DbError> {
    sql("SELECT id FROM sessions WHERE app = $1 AND refresh_kid = $2 AND ended_at IS NULL AND id > $3 \
         ORDER BY id LIMIT $4")
    .bind(app)
    .bind(kid)
    .bind(after)
    .bind(limit)
    .heavy()
    .all(on)
    .await
}

/// Ends a session if this key has signed its refresh token, and tells whether it was open.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_key(
    tx: &mut Tx,
    app: AppId,
    id: Uuid,
    kid: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let won = sql("UPDATE sessions SET ended_at = $1, ended_why = $2 \
         WHERE id = $3 AND app = $4 AND refresh_kid = $5 AND ended_at IS NULL")
    .bind(now)
    .bind(EndedWhy::KeyRevoked.as_str())
    .bind(id)
    .bind(app)
    .bind(kid)
    .execute(tx)
    .await?;
    Ok(won == 1)
}

/// The open sessions of an account, the latest first, at most a hundred.
///
/// # Errors
/// When the database does not answer.
pub async fn list_open(
    on: &mut impl Executor,
    app: AppId,
    account: AccountUuid,
    now: Timestamp,
) -> Result<Vec<Kept>, DbError> {
    sql(concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions s WHERE s.account = $1 AND s.app = $2 AND s.ended_at IS NULL AND s.expires_at > $3 \
          AND (s.refresh_exp IS NULL OR s.refresh_exp > $4) ORDER BY s.created_at DESC, s.id DESC LIMIT 100"
    ))
    .bind(account)
    .bind(app)
    .bind(now)
    .bind(now.seconds())
    .all(on)
    .await
}

/// Forgets up to `limit` sessions that ended or expired before a moment, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    let expired = sql("DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await?;
    let ended = sql("DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await?;
    Ok(expired + ended)
}
