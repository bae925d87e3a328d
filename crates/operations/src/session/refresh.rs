//! `session.refresh`: a new access token, and a new refresh token where they rotate.

use daemun_model::{Account, Code, Failure, Tokens};
use daemun_store::sessions::{self, Family, Joined, Rotation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::family::{self, Shown, Standing};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
use crate::rules::complete;
use crate::token::Verified;
use crate::{keys, relations, token};

/// How often a token is looked at again after another request was faster: the second look decides, unless the
/// successor was itself replaced meanwhile.
const ATTEMPTS: u32 = 4;
/// The longest time between two notes of a session's use where tokens do not rotate, in seconds.
const NOTE_USE_EVERY: i64 = 3600;

/// What is exchanged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The refresh token.
    #[schemars(required)]
    pub refresh_token: Option<String>,
}

/// The tokens from now on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The new tokens. Where refresh tokens do not rotate, `refresh` is null.
    pub tokens: Tokens,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.refresh", "Exchange a refresh token for new tokens", refresh).fails(&[
        Code::Invalid,
        Code::TokenInvalid,
        Code::TokenRevoked,
    ])
}

/// Exchange a refresh token for new tokens.
///
/// A token that was replaced less than ten seconds ago gets the same successor again, to the byte; an older one
/// ends its whole family.
///
/// # Errors
/// Those of [`operation`].
pub async fn refresh(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("refresh_token", input.refresh_token.as_ref());
    faults.finish()?;
    let typed = input.refresh_token.unwrap_or_default();
    let token = family::read(&daemun, &call.app, &typed).await?;

    for _ in 0..ATTEMPTS {
        if let Some(Output { account, tokens }) = rotate(&daemun, &call, &token).await? {
            return Ok(Output { account: relations::of(&daemun, &call, account).await?, tokens });
        }
        let Shown { family, standing } = family::find(&daemun, &call.app, &token).await?;
        match standing {
            Standing::Current if !rotates(&call)? => return stay(&daemun, &call, family).await,
            // Nobody was faster: the key that was to sign has been taken out.
            Standing::Current => keys::load_now(&daemun, &call.app).await?,
            Standing::JustReplaced => {
                if keys::of_kid(&daemun, &call.app, &family.current.kid).await?.is_none() {
                    return Err(family::REVOKED);
                }
                let Joined { kept, account } = family.joined;
                let tokens = token::pair(&daemun, &call, &account, kept.session.id, &family.current).await?;
                return Ok(Output { account: relations::of(&daemun, &call, account).await?, tokens });
            }
            Standing::Reused => {
                family::end_reused(&daemun, &call, &family).await?;
                return Err(family::REVOKED);
            }
            Standing::Ended => return Err(family::REVOKED),
        }
    }
    Err(Failure::Unavailable { retry_after: 1 })
}

fn rotates(call: &Call) -> Result<bool, Failure> {
    let (_, policy) = token::jwt_policy(&call.app).ok_or(family::INVALID)?;
    Ok(policy.rotates)
}

/// Replaces the token if it is the current one, in one step: `None` when it is not, or where the app's tokens stay.
async fn rotate(daemun: &Daemun, call: &Call, shown: &Verified) -> Result<Option<Output>, Failure> {
    let (_, policy) = token::jwt_policy(&call.app).ok_or(family::INVALID)?;
    if !policy.rotates {
        return Ok(None);
    }
    let now = daemun.clock.now();
    let key = keys::signing(daemun, &call.app).await?;
    let rotation = Rotation {
        app: call.app.id,
        session: shown.session,
        account: shown.account,
        kid: shown.kid.to_string(),
        // The session may end before; the store knows.
        next: token::new_parts(
            daemun,
            policy,
            key.kid(),
            shown.generation + 1,
            now.plus_seconds(policy.idle),
        ),
        idle_since: now.plus_seconds(-policy.idle),
        now,
    };
    let Some(family) = sessions::rotate_refresh(&daemun.db, &rotation).await? else { return Ok(None) };
    let account = complete(&call.app, family.joined.account);
    let tokens = token::pair(daemun, call, &account, shown.session, &family.current).await?;
    Ok(Some(Output { account, tokens }))
}

/// A new access token alone.
async fn stay(daemun: &Daemun, call: &Call, family: Family) -> Result<Output, Failure> {
    let (_, policy) = token::jwt_policy(&call.app).ok_or(family::INVALID)?;
    let now = daemun.clock.now();
    let Joined { kept, account } = family.joined;
    let (app, id) = (kept.session.app, kept.session.id);
    if kept.last_used_at.plus_seconds(NOTE_USE_EVERY.min(policy.idle / 10)) <= now {
        daemun.db.write(async move |tx| Ok(sessions::touch_live(tx, app, id, now).await?)).await?;
    }
    let tokens = token::access_only(daemun, call, &account, id).await?;
    Ok(Output { account: relations::of(daemun, call, account).await?, tokens })
}
