//! The browsers that an administrator is signed in with.

use daemun_model::{Code, Failure, Timestamp};
use daemun_store::administrators;
use serde::Serialize;
use uuid::Uuid;

use super::{Signed, done};
use crate::call::Call;
use crate::daemun::Daemun;

/// One browser.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Names it.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it was signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// From which address it was signed in.
    pub address: String,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

/// One's own, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(daemun: &Daemun, signed: &Signed) -> Result<Vec<Listed>, Failure> {
    let now = daemun.clock.now();
    let idle_since = now.plus_seconds(-daemun.settings.console.idle);
    let uuid = signed.administrator.uuid;
    let found = administrators::list_live_sessions(&mut daemun.reader(), uuid, now, idle_since).await?;
    let listed = found.into_iter().map(|session| Listed {
        id: session.id,
        current: session.id == signed.session,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        address: session.address,
        user_agent: session.user_agent,
    });
    Ok(listed.collect())
}

/// Ends one of one's own, at once and on every node: also that which asks.
///
/// # Errors
/// `not_found` for one that is not open or another's.
pub async fn end(daemun: Daemun, call: Call, signed: &Signed, id: Uuid) -> Result<(), Failure> {
    let uuid = signed.administrator.uuid;
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.end_session", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            if !administrators::end_session(tx, uuid, id, now).await? {
                return Err(Code::NotFound.into());
            }
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await
}

/// Signs this browser out. That it was signed out already is nobody's failure.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(daemun: Daemun, call: Call, signed: &Signed) -> Result<(), Failure> {
    let (uuid, id) = (signed.administrator.uuid, signed.session);
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.sign_out", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            if administrators::end_session(tx, uuid, id, now).await? {
                daemun_store::audit::insert(tx, &entry).await?;
            }
            Ok(())
        })
        .await
}

/// Ends every other one of one's own, and tells how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_others(daemun: Daemun, call: Call, signed: &Signed) -> Result<u64, Failure> {
    let (uuid, id) = (signed.administrator.uuid, signed.session);
    let now = daemun.clock.now();
    let entry = done(&daemun, &call, "administrator.end_other_sessions", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            let ended = administrators::end_other_sessions(tx, uuid, id, now).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(ended)
        })
        .await
}
