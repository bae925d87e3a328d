//! `session.sign_out`: the end of a session.

use daemun_model::{Code, Failure, Session};
use daemun_store::sessions::{self, EndedWhy};
use schemars::JsonSchema;
use serde::Deserialize;

use super::family::{self, Shown, Standing};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

/// Which session.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// A refresh token of the session to end; left out, it is the caller's session.
    pub refresh_token: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.sign_out", "Sign out", sign_out)
        .caller(CallerRule::Optional)
        .pending_caller()
        .fails(&[Code::Invalid, Code::TokenInvalid, Code::TokenRevoked])
}

/// Sign out: the caller's session, that of the refresh token, or both. Where neither is there, nothing is to do.
///
/// # Errors
/// Those of [`operation`]; `token_invalid` also for a refresh token of somebody else.
pub async fn sign_out(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    call.faults.clone().finish()?;
    let mut sessions: Vec<Session> = call.caller.iter().map(|caller| caller.session.clone()).collect();
    if let Some(typed) = input.refresh_token {
        let session = session_of(&daemun, &call, &typed).await?;
        if sessions.iter().any(|other| other.account != session.account) {
            return Err(family::INVALID);
        }
        if sessions.iter().all(|other| other.id != session.id) {
            sessions.push(session);
        }
    }
    for session in sessions {
        end(&daemun, &call, session).await?;
    }
    Ok(Done {})
}

async fn session_of(daemun: &Daemun, call: &Call, typed: &str) -> Result<Session, Failure> {
    let token = family::read(daemun, &call.app, typed).await?;
    let Shown { family, standing } = family::find(daemun, &call.app, &token).await?;
    match standing {
        Standing::Current | Standing::JustReplaced => Ok(family.joined.kept.session),
        Standing::Ended => Err(family::REVOKED),
        Standing::Reused => {
            family::end_reused(daemun, call, &family).await?;
            Err(family::REVOKED)
        }
    }
}

async fn end(daemun: &Daemun, call: &Call, session: Session) -> Result<(), Failure> {
    let now = daemun.clock.now();
    let entry = audit::done(daemun, call, "session.sign_out", Some(session.account));
    daemun
        .db
        .write(async move |tx| {
            if sessions::end(tx, &session, EndedWhy::SignedOut, now).await? {
                daemun_store::audit::insert(tx, &entry).await?;
            }
            Ok(())
        })
        .await
}
