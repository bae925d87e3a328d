//! `keys.revoke`: takes a key out at once, as when it may have been stolen.

use daemun_model::{App, Code, Failure, Permission};
use daemun_store::signing_keys::SealedKey;
use daemun_store::{Tx, audit as lines, sessions, signing_keys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{current, ensure, kept, load, make, operator_only};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Sessions that end in one transaction: writers that wait behind it wait a few milliseconds.
const AT_ONCE: i64 = 500;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Revoked {
    /// The key that is gone.
    pub kid: String,
    /// The key that signs now.
    pub signing: String,
    /// How many sessions ended: their members sign in again.
    pub sessions_ended: u64,
}

/// Which key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// What names it in tokens and in the JWK Set.
    #[schemars(required)]
    pub kid: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("keys.revoke", "Take a signing key out at once", run)
        .needs(Permission::SystemWrite)
        .fails(&[Code::Invalid, Code::NotFound])
}

async fn run(daemun: Daemun, call: Call, input: Input) -> Result<Revoked, Failure> {
    let mut faults = call.faults.clone();
    faults.require("kid", input.kid.as_ref());
    faults.finish()?;
    revoke(&daemun, &call, input.kid.unwrap_or_default().trim()).await
}

/// Takes a key out: from the commit on no token that it signed is worth anything on any node, and the sessions whose
/// refresh token it signed end. Where it was the one that signs, the published one takes its place, else a new one.
/// The key is forgotten, not kept: it cannot come back.
///
/// # Errors
/// `forbidden` for who is no operator; `not_found` where the app has no such key.
pub async fn revoke(daemun: &Daemun, call: &Call, kid: &str) -> Result<Revoked, Failure> {
    operator_only(call)?;
    ensure(daemun, &call.app).await?;
    let taken_out = take_out(daemun, call, kid).await?;
    load(daemun, &call.app).await?;
    daemun.verified.clear();
    daemun.signed.clear();
    let sessions_ended = end_sessions(daemun, &call.app, kid).await?;
    // An earlier call may have been cut off between the two.
    if !taken_out && sessions_ended == 0 {
        return Err(Code::NotFound.on("kid"));
    }
    let signing = super::signing(daemun, &call.app).await?.kid().to_owned();
    Ok(Revoked { kid: kid.to_owned(), signing, sessions_ended })
}

async fn take_out(daemun: &Daemun, call: &Call, kid: &str) -> Result<bool, Failure> {
    let now = daemun.clock.now();
    let next = make(daemun, &call.app, now)?;
    let entry =
        lines::Entry { detail: Some(kid.to_owned()), ..audit::done(daemun, call, "keys.revoke", None) };
    let (app, kid) = (call.app.clone(), kid.to_owned());
    daemun
        .db
        .write_serializable(async move |tx| {
            let keys = kept(tx, &app).await?;
            if !signing_keys::delete(tx, app.id, &kid).await? {
                return Ok(false);
            }
            if current(&keys, now).is_some_and(|signing| signing.kid == kid) {
                succeed(tx, &app, &keys, &next).await?;
            }
            lines::insert(tx, &entry).await?;
            Ok(true)
        })
        .await
}

/// Lets the key that is published already sign from now on; where there is none, the new one.
async fn succeed(tx: &mut Tx, app: &App, keys: &[SealedKey], new: &SealedKey) -> Result<(), Failure> {
    let now = new.signs_from;
    match keys.iter().find(|key| key.signs_from > now) {
        Some(published) => signing_keys::sign_from(tx, app.id, &published.kid, now).await?,
        None => signing_keys::insert(tx, app.id, new).await?,
    }
    Ok(())
}

/// Their tokens are dead already; this is for the lists and the retention. One walk through the sessions, in small
/// transactions.
async fn end_sessions(daemun: &Daemun, app: &App, kid: &str) -> Result<u64, Failure> {
    let (app, now) = (app.id, daemun.clock.now());
    let (mut ended, mut after) = (0, Uuid::nil());
    loop {
        let ids = sessions::list_of_key(&mut daemun.reader(), app, kid, after, AT_ONCE).await?;
        let Some(last) = ids.last() else { return Ok(ended) };
        after = *last;
        let kid = kid.to_owned();
        ended += daemun
            .db
            .write(async move |tx| {
                let mut ended = 0;
                for id in &ids {
                    ended += u64::from(sessions::end_of_key(tx, app, *id, &kid, now).await?);
                }
                Ok(ended)
            })
            .await?;
    }
}
