//! `session.list`: where the caller is signed in.

use daemun_model::{Failure, Timestamp};
use daemun_store::sessions::{self, Kept};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// One session of the caller.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listed {
    /// Its identifier, the `sid` of its tokens.
    pub id: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the member last proved who they are.
    pub auth_time: Timestamp,
    /// When its tokens were last refreshed or, for an opaque session, seen (to the hour).
    pub last_used_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// What the client called itself at sign-in.
    pub user_agent: Option<String>,
    /// The address it was opened from.
    pub address: String,
    /// Whether this call came through it.
    pub current: bool,
}

/// The caller's open sessions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The sessions, the latest first.
    pub sessions: Vec<Listed>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.list", "List the caller's sessions", list)
        .reads_only()
        .caller(CallerRule::Required)
}

/// List the caller's sessions.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let caller = call.caller()?;
    let now = daemun.clock.now();
    let open = sessions::list_open(&mut daemun.reader(), call.app.id, caller.account.uuid, now).await?;
    let sessions = open.into_iter().map(|kept| listed(kept, Some(caller.session.id))).collect();
    Ok(Output { sessions })
}

pub(crate) fn listed(kept: Kept, current: Option<Uuid>) -> Listed {
    Listed {
        id: kept.session.id.to_string(),
        created_at: kept.created_at,
        auth_time: kept.session.auth_time,
        last_used_at: kept.last_used_at,
        expires_at: kept.session.expires_at,
        user_agent: kept.user_agent,
        address: kept.address,
        current: current == Some(kept.session.id),
    }
}
