//! The refresh token of a session: what it is signed from, and what follows it.

use daemun_model::{AccountUuid, AppId, Failure, Timestamp};
use uuid::Uuid;

use super::Joined;
use crate::accounts::account_columns;
use crate::{Db, DbError, Executor, FromRow, Row, Statement, sql};

/// The parts from which a refresh token is signed again, the same to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshParts {
    /// How often it was rotated: 1 for the first.
    pub generation: i64,
    /// The `jti`.
    pub jti: Uuid,
    /// The `iat`: whole seconds.
    pub iat: i64,
    /// The `exp`: whole seconds.
    pub exp: i64,
    /// The key that signs it.
    pub kid: String,
}

/// A session with its refresh token's state.
#[derive(Clone, Debug)]
pub struct Family {
    /// The session and its account.
    pub joined: Joined,
    /// The refresh token that is current.
    pub current: RefreshParts,
    /// When the current token replaced the one before it.
    pub rotated_at: Timestamp,
    /// When that one replaced its own predecessor.
    pub rotated_before_at: Timestamp,
}

/// The columns of a [`Family`], in the order in which it is read, of the tables or aliases `s` and `a`.
macro_rules! family_columns {
    () => {
        concat!(
            session_columns!(),
            ", ",
            account_columns!(),
            ", s.refresh_generation, s.refresh_jti, s.refresh_iat, s.refresh_exp, s.refresh_kid, s.rotated_at, \
               s.rotated_before_at"
        )
    };
}

impl FromRow for Family {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            joined: Joined::from_row(row)?,
            current: RefreshParts {
                generation: row.next()?,
                jti: row.next()?,
                iat: row.next()?,
                exp: row.next()?,
                kid: row.next()?,
            },
            rotated_at: row.next()?,
            rotated_before_at: row.next()?,
        })
    }
}

/// As [`super::find_joined`], with the state of the refresh token.
///
/// # Errors
/// When the database does not answer.
pub async fn find_family(
    on: &mut impl Executor,
    app: AppId,
    id: Uuid,
    kid: &str,
) -> Result<Option<Family>, DbError> {
    family(app, id, kid).optional(on).await
}

fn family(app: AppId, id: Uuid, kid: &str) -> Statement {
    let text = concat!(
        "SELECT ",
        family_columns!(),
        " FROM sessions s JOIN accounts a ON a.uuid = s.account \
           WHERE s.id = $1 AND s.app = $2 AND a.app = $2 AND a.deleted_at IS NULL AND s.refresh_jti IS NOT NULL \
           AND EXISTS (SELECT 1 FROM signing_keys k WHERE k.app = $2 AND k.kid = $3)"
    );
    sql(text).bind(id).bind(app).bind(kid).inline()
}

/// A refresh token that is shown, and the one that is to follow it.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The app.
    pub app: AppId,
    /// The session of the token.
    pub session: Uuid,
    /// Whose it is.
    pub account: AccountUuid,
    /// The key that signed the token that is shown.
    pub kid: String,
    /// What follows it. It ends with the session at the latest, whatever its `exp` says.
    pub next: RefreshParts,
    /// A session that was last used then, or before, is over.
    pub idle_since: Timestamp,
    /// When it happens.
    pub now: Timestamp,
}

/// The change of a [`Rotation`], whose values are bound by [`Rotation::change`].
macro_rules! rotation {
    ($($whose:tt)*) => {
        concat!(
            "UPDATE sessions AS s SET refresh_generation = $1, refresh_jti = $2, refresh_iat = $3, \
                 refresh_exp = CASE WHEN s.expires_at / 1000000 < $4 THEN s.expires_at / 1000000 ELSE $4 END, \
                 refresh_kid = $5, rotated_before_at = s.rotated_at, rotated_at = $6, last_used_at = $6 ",
            $($whose)*,
            " AND s.id = $7 AND s.app = $8 AND s.account = $9 AND s.refresh_generation = $1 - 1 \
                 AND s.ended_at IS NULL AND s.expires_at > $6 AND s.last_used_at > $10 \
                 AND EXISTS (SELECT 1 FROM signing_keys k WHERE k.app = $8 AND k.kid = $5) \
                 AND EXISTS (SELECT 1 FROM signing_keys k WHERE k.app = $8 AND k.kid = $11)"
        )
    };
}

/// Of the account `a`: that it may use a session.
macro_rules! live_account {
    () => {
        "a.app = $8 AND a.status IN ('approved', 'pending') AND a.deleted_at IS NULL"
    };
}

impl Rotation {
    fn change(&self) -> Statement {
        sql(rotation!(
            "WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.uuid = s.account AND ",
            live_account!(),
            ")"
        ))
        .bind(self.next.generation)
        .bind(self.next.jti)
        .bind(self.next.iat)
        .bind(self.next.exp)
        .bind(&self.next.kid)
        .bind(self.now)
        .bind(self.session)
        .bind(self.app)
        .bind(self.account)
        .bind(self.idle_since)
        .bind(&self.kid)
    }
}

/// Replaces the refresh token of generation `next.generation - 1`, if it is the current one of a live session of an
/// account that may use it and no key of either was taken out, and gives the family as it then is; `None` where this call
/// did not do it. It is a transaction of its own.
///
/// # Errors
/// When the database does not answer, or it is not known what became of it: see [`Db::write`].
pub async fn rotate_refresh(db: &Db, rotation: &Rotation) -> Result<Option<Family>, Failure> {
    let at_once = concat!(
        rotation!("FROM accounts a WHERE a.uuid = s.account AND ", live_account!()),
        " RETURNING ",
        family_columns!()
    );
    let read = family(rotation.app, rotation.session, &rotation.next.kid);
    db.change_and_read(rotation.change(), at_once, read).await
}
