//! `session.revoke`: the end of another session of the caller.

use daemun_model::{Code, Failure, Session};
use daemun_store::sessions::{self, EndedWhy};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

const NOT_FOUND: Failure = Code::NotFound.on("id");

/// Which session.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The session's identifier, as `session.list` shows it.
    #[schemars(required)]
    pub id: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.revoke", "End one of the caller's sessions", revoke)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// End one of the caller's sessions.
///
/// # Errors
/// Those of [`operation`]; `not_found` also for a session of somebody else.
pub async fn revoke(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let caller = call.caller()?;
    let mut faults = call.faults.clone();
    faults.require("id", input.id.as_ref());
    faults.finish()?;
    let id = Uuid::try_parse(&input.id.unwrap_or_default()).map_err(|_| NOT_FOUND)?;
    let session = Session { id, ..caller.session.clone() };
    let now = daemun.clock.now();
    let entry = audit::done(&daemun, &call, "session.revoke", Some(session.account));
    let ended = daemun
        .db
        .write(async move |tx| {
            let ended = sessions::end(tx, &session, EndedWhy::Revoked, now).await?;
            if ended {
                daemun_store::audit::insert(tx, &entry).await?;
            }
            Ok(ended)
        })
        .await?;
    if ended { Ok(Done {}) } else { Err(NOT_FOUND) }
}
