//! Who sits at this browser? Every request reads the session's row: one that was ended, or whose administrator was
//! disabled, is refused at once, on every node.

use daemun_crypto::digest;
use daemun_model::{Failure, Timestamp};
use daemun_store::administrators::{self, Joined, Stage};
use uuid::Uuid;

use super::Signed;
use crate::daemun::Daemun;

/// The longest time between two notes of a session's use, in seconds.
const NOTE_USE_EVERY: i64 = 60;
/// Characters of what a cookie holds: 256 bits in base64url.
pub(super) const COOKIE_LENGTH: usize = 43;

/// The administrator of a cookie, or nobody: it is none, its session ended, expired or was not used for too long, or
/// only the password was proven so far.
///
/// # Errors
/// When the database does not answer.
pub async fn authenticate(daemun: &Daemun, cookie: &str) -> Result<Option<Signed>, Failure> {
    let Some(joined) = find(daemun, cookie, Stage::Whole).await? else { return Ok(None) };
    note_use(daemun, joined.session.id, joined.session.last_used_at).await;
    Ok(Some(signed(daemun, joined, digest(cookie))))
}

/// The live session of a cookie, if its sign-in has come so far.
pub(super) async fn find(daemun: &Daemun, cookie: &str, stage: Stage) -> Result<Option<Joined>, Failure> {
    if cookie.len() != COOKIE_LENGTH {
        return Ok(None);
    }
    let now = daemun.clock.now();
    let idle_since = now.plus_seconds(-daemun.settings.console.idle);
    let found = administrators::find_session(&mut daemun.reader(), &digest(cookie), now, idle_since).await?;
    Ok(found.filter(|joined| joined.session.stage == stage))
}

/// A session as doors know it.
pub(super) fn signed(daemun: &Daemun, joined: Joined, digest: String) -> Signed {
    let Joined { session, administrator } = joined;
    Signed {
        administrator,
        session: session.id,
        csrf: daemun.master.keyed_digest("form of an administrator", &session.id.to_string()),
        confirmed_at: session.confirmed_at,
        confirmed_until: session.confirmed_at.plus_seconds(daemun.settings.console.confirmed),
        expires_at: session.expires_at,
        digest,
    }
}

/// Once a minute at most. That it was used is no reason to refuse the request when it cannot be noted.
async fn note_use(daemun: &Daemun, session: Uuid, last: Timestamp) {
    let now = daemun.clock.now();
    if now < last.plus_seconds(NOTE_USE_EVERY) {
        return;
    }
    let noted =
        daemun.db.write(async move |tx| Ok(administrators::touch_session(tx, session, now).await?)).await;
    if let Err(failure) = noted {
        tracing::warn!(%failure, "the use of an administrator's session was not noted");
    }
}
