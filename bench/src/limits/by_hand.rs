//! The profile as one would write it by hand, without Daemun: axum, an HS256 token, one read with rusqlite on the
//! thread that serves the request.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Row};
use serde::{Deserialize, Serialize};

use crate::fault::Outcome;
use crate::scene::Member;

/// The read that the product does for each use of an access token: the session and its account, all columns.
const WHOLE: &str = "SELECT s.id, s.app, s.account, s.auth_time, s.expires_at, s.created_at, s.last_used_at, \
    s.ended_at, s.ended_why, s.user_agent, s.address, a.app, a.number, a.uuid, a.email, a.email_verified, \
    a.phone_number, a.phone_number_verified, a.preferred_username, a.name, a.given_name, a.family_name, \
    a.nickname, a.birthdate, a.gender, a.picture, a.locale, a.status, a.attributes, a.created_at, \
    a.last_sign_in_at FROM sessions s JOIN accounts a ON a.uuid = s.account \
    WHERE s.id = ?1 AND s.app = ?2 AND a.app = ?2 AND a.deleted_at IS NULL";

/// The same rows, and only the columns that this answer and the check need.
const NEEDED: &str = "SELECT s.account, s.expires_at, s.ended_at, a.status, a.number, a.email, a.name \
    FROM sessions s JOIN accounts a ON a.uuid = s.account \
    WHERE s.id = ?1 AND s.app = ?2 AND a.app = ?2 AND a.deleted_at IS NULL";

const SECRET: &[u8] = b"a secret that is shared by whoever wrote this by hand";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    exp: u64,
}

/// What the document's answer looks like.
#[derive(Debug, Serialize)]
pub struct Profile {
    id: i64,
    email: Option<String>,
    name: Option<String>,
}

/// What is read of a member.
struct Found {
    account: String,
    expires_at: i64,
    ended_at: Option<i64>,
    status: String,
    profile: Profile,
}

/// Everything that the handlers share.
pub struct ByHand {
    app: i64,
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    key: DecodingKey,
    validation: Validation,
}

impl ByHand {
    /// For the members of an app in a SQLite file.
    pub fn new(path: &Path, app: i64) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp"]);
        Self {
            app,
            path: path.to_owned(),
            idle: Mutex::default(),
            key: DecodingKey::from_secret(SECRET),
            validation,
        }
    }

    fn connection(&self) -> rusqlite::Result<Connection> {
        if let Some(connection) = self.idle().pop() {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        // Otherwise each use of the cached statement plans it anew, at ten times the cost of the read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(
        &self,
        session: &str,
        text: &str,
        read: fn(&Row<'_>) -> rusqlite::Result<Found>,
    ) -> rusqlite::Result<Found> {
        let connection = self.connection()?;
        let found = connection.prepare_cached(text)?.query_row((session, self.app), read);
        self.idle().push(connection);
        found
    }

    fn profile(
        &self,
        headers: &HeaderMap,
        text: &str,
        read: fn(&Row<'_>) -> rusqlite::Result<Found>,
    ) -> Result<Json<Profile>, StatusCode> {
        const REFUSED: StatusCode = StatusCode::UNAUTHORIZED;
        let header =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or(REFUSED)?;
        let token = header.strip_prefix("Bearer ").ok_or(REFUSED)?;
        let claims = decode::<Claims>(token, &self.key, &self.validation).map_err(|_| REFUSED)?.claims;
        let found = self.find(&claims.sid, text, read).map_err(|_| REFUSED)?;
        let live = found.ended_at.is_none()
            && found.expires_at / 1_000_000 > i64::try_from(claims.exp).unwrap_or(i64::MAX)
            && found.account == claims.sub
            && found.status == "approved";
        if live { Ok(Json(found.profile)) } else { Err(REFUSED) }
    }
}

/// With the product's own statement.
pub async fn whole(
    State(state): State<Arc<ByHand>>,
    headers: HeaderMap,
) -> Result<Json<Profile>, StatusCode> {
    state.profile(&headers, WHOLE, |row| {
        Ok(Found {
            account: row.get(2)?,
            expires_at: row.get(4)?,
            ended_at: row.get(7)?,
            status: row.get(27)?,
            profile: Profile { id: row.get(12)?, email: row.get(14)?, name: row.get(19)? },
        })
    })
}

/// With a statement made for this answer alone.
pub async fn needed(
    State(state): State<Arc<ByHand>>,
    headers: HeaderMap,
) -> Result<Json<Profile>, StatusCode> {
    state.profile(&headers, NEEDED, |row| {
        Ok(Found {
            account: row.get(0)?,
            expires_at: row.get(1)?,
            ended_at: row.get(2)?,
            status: row.get(3)?,
            profile: Profile { id: row.get(4)?, email: row.get(5)?, name: row.get(6)? },
        })
    })
}

/// An HS256 token of a member's session, valid as long as the session may be.
///
/// # Errors
/// When it cannot be signed.
pub fn token(member: &Member, exp: u64) -> Outcome<String> {
    let claims = Claims { sub: member.account.clone(), sid: member.session.clone(), exp };
    Ok(encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(SECRET))?)
}
