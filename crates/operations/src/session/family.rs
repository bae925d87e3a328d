//! What a refresh token is worth when it is shown: the current one, one that was just replaced, or an old one.

use std::sync::Arc;

use daemun_model::{App, Code, Failure, Status, Timestamp};
use daemun_store::limits::CLOCK_TOLERANCE;
use daemun_store::sessions::{self, EndedWhy, Family};

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::rules::complete;
use crate::token::{self, Verified};

/// How a refresh token stands in its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the current one.
    Current,
    /// It was replaced a moment ago: whoever shows it has not got the answer, and gets the same successor.
    JustReplaced,
    /// It was replaced long ago: it was copied, or its client lost its mind.
    Reused,
    /// The session is over.
    Ended,
}

/// A refresh token with the family that it belongs to.
pub(crate) struct Shown {
    /// The family as it is now.
    pub family: Family,
    /// What the token is worth in it.
    pub standing: Standing,
}

/// The failure of a refresh token that is none of ours, or whose time is over.
pub(crate) const INVALID: Failure = Code::TokenInvalid.on("refresh_token");
/// The failure of a refresh token that was rotated or whose session was ended.
pub(crate) const REVOKED: Failure = Code::TokenRevoked.on("refresh_token");

/// Reads a refresh token of the app.
///
/// # Errors
/// `token_invalid`.
pub(crate) async fn read(daemun: &Daemun, app: &App, typed: &str) -> Result<Arc<Verified>, Failure> {
    token::read_refresh(daemun, app, typed).await?.ok_or(INVALID)
}

/// Finds the family of a refresh token.
///
/// # Errors
/// `token_invalid` when there is none or its time is over.
pub(crate) async fn find(daemun: &Daemun, app: &App, shown: &Verified) -> Result<Shown, Failure> {
    let family = sessions::find_family(&mut daemun.reader(), app.id, shown.session, &shown.kid).await?;
    let mut family = family.filter(|family| family.joined.account.uuid == shown.account).ok_or(INVALID)?;
    let now = daemun.clock.now();
    let (_, policy) = token::jwt_policy(app).ok_or(INVALID)?;
    let idle_since = family.joined.kept.last_used_at;
    let over = family.joined.kept.session.expires_at <= now || idle_since.plus_seconds(policy.idle) <= now;
    if over && family.joined.kept.ended.is_none() {
        return Err(INVALID);
    }
    family.joined.account = complete(app, family.joined.account);
    let standing = standing(&family, shown.generation, now, daemun.settings.rotation_grace);
    Ok(Shown { family, standing })
}

fn standing(family: &Family, generation: i64, now: Timestamp, grace: i64) -> Standing {
    let barred = match family.joined.account.status {
        Status::Approved | Status::Pending => false,
        Status::Rejected | Status::Suspended => true,
    };
    if barred || family.joined.kept.ended.is_some() {
        return Standing::Ended;
    }
    // A clock that was set back must not lengthen it.
    let within_grace = |replaced_at: Timestamp| {
        now <= replaced_at.plus_seconds(grace) && replaced_at <= now.plus_seconds(CLOCK_TOLERANCE)
    };
    match family.current.generation - generation {
        0 => Standing::Current,
        1 if within_grace(family.rotated_at) => Standing::JustReplaced,
        2 if within_grace(family.rotated_before_at) => Standing::JustReplaced,
        _ => Standing::Reused,
    }
}

/// Ends the family of a token that was used again after it was replaced.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn end_reused(daemun: &Daemun, call: &Call, family: &Family) -> Result<(), Failure> {
    let session = family.joined.kept.session.clone();
    let now = daemun.clock.now();
    let entry = audit::done(daemun, call, "session.token_reused", Some(session.account));
    daemun
        .db
        .write(async move |tx| {
            if sessions::end(tx, &session, EndedWhy::TokenReused, now).await? {
                daemun_store::audit::insert(tx, &entry).await?;
            }
            Ok(())
        })
        .await
}
