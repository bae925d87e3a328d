//! Who calls? Every use of an access token asks the database once whether its session and account are live.

use std::sync::Arc;

use daemun_crypto::digest;
use daemun_model::app::OpaquePolicy;
use daemun_model::{App, Code, Failure, Status, Timestamp, TokenPolicy};
use daemun_store::limits::CLOCK_TOLERANCE;
use daemun_store::sessions::{self, EndedWhy, Joined, Kept};

use crate::call::Caller;
use crate::daemun::Daemun;
use crate::rules::complete;
use crate::{keys, token};

/// The longest time between two notes of an opaque session's use, in seconds.
const NOTE_USE_EVERY: i64 = 3600;

/// The caller that an access token stands for: of an approved account or of one that waits for approval.
///
/// # Errors
/// `unauthenticated` when the token is malformed, expired, of another app, signed out, or its account is
/// suspended, rejected or deleted.
pub async fn authenticate(daemun: &Daemun, app: &App, token: &str) -> Result<Caller, Failure> {
    match &app.tokens {
        TokenPolicy::Jwt { access, .. } => {
            let verified = token::read_access(daemun, app, token).await?;
            let reader = &mut daemun.reader();
            let joined = sessions::find_joined(reader, app.id, verified.session, &verified.kid).await?;
            if joined.is_none() {
                // Its key may have been taken out on another node, and this one may still be signing with it.
                Box::pin(keys::reload(daemun, app)).await?;
            }
            let joined = joined.filter(|joined| joined.account.uuid == verified.account);
            live(app, joined, daemun.clock.now(), access.outlives_sign_out)
        }
        TokenPolicy::Opaque(policy) => opaque(daemun, app, policy, token).await,
    }
}

async fn opaque(daemun: &Daemun, app: &App, policy: &OpaquePolicy, token: &str) -> Result<Caller, Failure> {
    if token.len() != policy.hex || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Code::Unauthenticated.into());
    }
    let found = sessions::find_joined_by_digest(&mut daemun.reader(), app.id, &digest(token)).await?;
    let now = daemun.clock.now();
    let used = found.as_ref().map(|joined| joined.kept.last_used_at);
    let caller = live(app, found, now, false)?;
    let used = used.unwrap_or(now);
    if used.plus_seconds(policy.idle) <= now {
        return Err(Code::Unauthenticated.into());
    }
    if used.plus_seconds(NOTE_USE_EVERY.min(policy.idle / 10)) <= now {
        Box::pin(note_use(daemun, &caller, now)).await;
    }
    Ok(caller)
}

/// Once an hour at most. That it was used is no reason to refuse the request when it cannot be noted.
async fn note_use(daemun: &Daemun, caller: &Caller, now: Timestamp) {
    let (app, id) = (caller.session.app, caller.session.id);
    let noted = daemun.db.write(async move |tx| Ok(sessions::touch_live(tx, app, id, now).await?)).await;
    if let Err(failure) = noted {
        tracing::warn!(%failure, "the use of a session was not noted");
    }
}

fn live(
    app: &App,
    found: Option<Joined>,
    now: Timestamp,
    outlives_sign_out: bool,
) -> Result<Caller, Failure> {
    let Some(Joined { kept, account }) = found else { return Err(Code::Unauthenticated.into()) };
    // One from the future was opened while the clock was wrong, and would be open until long after its time.
    let begun = kept.created_at <= now.plus_seconds(CLOCK_TOLERANCE);
    let open = begun && is_open(&kept, outlives_sign_out) && kept.session.expires_at > now;
    match account.status {
        Status::Approved | Status::Pending if open => {
            Ok(Caller { account: Arc::new(complete(app, account)), session: kept.session })
        }
        Status::Approved | Status::Pending | Status::Rejected | Status::Suspended => {
            Err(Code::Unauthenticated.into())
        }
    }
}

fn is_open(kept: &Kept, outlives_sign_out: bool) -> bool {
    match &kept.ended {
        None => true,
        Some((_, why)) => outlives_sign_out && why == EndedWhy::SignedOut.as_str(),
    }
}
