//! The retention job: forgets what is older than it may be. Every node may run it at any time.

use daemun_model::{AppId, Day, Failure, Period, Timestamp};
use daemun_store::{
    Tx, administrators, apps, audit, codes, idempotency_keys, limits, one_time_tokens, outbox, points,
    proofs, sessions, wrong_passwords,
};

use crate::daemun::Daemun;
use crate::keys;

/// Rows of one kind that go in one transaction: writers that wait behind it wait a few milliseconds.
const AT_ONCE: i64 = 500;

/// Seconds for which the totals of a period stay when it is over: longer than the clocks of nodes and time zones differ.
const TOTALS_STAY: i64 = 2 * 24 * 60 * 60;

/// How many rows were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Lines of the audit.
    pub audit: u64,
    /// Messages.
    pub outbox: u64,
    /// Codes, links and proofs.
    pub spent: u64,
    /// Sessions.
    pub sessions: u64,
    /// Totals of points in periods that are over.
    pub totals: u64,
    /// Signing keys.
    pub keys: u64,
    /// Requests that were remembered by their idempotency key.
    pub requests: u64,
    /// Counts of limits, and addresses that members signed in from.
    pub limits: u64,
}

/// Forgets what is older than the settings keep, and clears the secrets of messages that will not be sent any more.
///
/// # Errors
/// When the database does not answer; what was forgotten before that stays forgotten.
pub async fn purge(daemun: &Daemun) -> Result<Purged, Failure> {
    let now = daemun.clock.now();
    let settings = &daemun.settings;
    let before = |keep: i64| now.plus_seconds(-keep);
    let (spent, sent) = (before(settings.keep_spent), before(settings.keep_outbox));
    let mut purged = Purged::default();

    daemun.db.write(async move |tx| Ok(outbox::give_up_expired(tx, now).await?)).await?;
    purged.outbox = repeat(daemun, Old::Outbox, sent).await?;
    purged.spent += repeat(daemun, Old::Tokens, spent).await?;
    purged.spent += repeat(daemun, Old::Codes, spent).await?;
    purged.spent += repeat(daemun, Old::Proofs, spent).await?;
    purged.sessions = repeat(daemun, Old::Sessions, spent).await?;
    purged.sessions += repeat(daemun, Old::AdministratorSessions, spent).await?;
    purged.spent += repeat(daemun, Old::AdministratorLinks, spent).await?;
    purged.requests = repeat(daemun, Old::Requests, now).await?;
    purged.limits += repeat(daemun, Old::Limits, now).await?;
    purged.limits += repeat(daemun, Old::WrongPasswords, now).await?;
    for (app, _) in apps::list(&mut daemun.reader()).await? {
        purged.audit += repeat(daemun, Old::Audit(app), before(settings.keep_audit)).await?;
        for kind in Period::EVERY.into_iter().filter(|kind| *kind != Period::All) {
            purged.totals += repeat(daemun, Old::Totals(app, kind), now.plus_seconds(-TOTALS_STAY)).await?;
        }
        purged.keys += keys::retire(daemun, app).await?;
    }
    Ok(purged)
}

/// What grows old.
#[derive(Clone, Copy)]
enum Old {
    Outbox,
    Tokens,
    Codes,
    Proofs,
    Sessions,
    AdministratorSessions,
    AdministratorLinks,
    Requests,
    Limits,
    WrongPasswords,
    Audit(AppId),
    Totals(AppId, Period),
}

impl Old {
    async fn delete(self, tx: &mut Tx, before: Timestamp) -> Result<u64, Failure> {
        Ok(match self {
            Self::Outbox => outbox::delete_old(tx, before, AT_ONCE).await?,
            Self::Tokens => one_time_tokens::delete_old(tx, before, AT_ONCE).await?,
            Self::Codes => codes::delete_old(tx, before, AT_ONCE).await?,
            Self::Proofs => proofs::delete_old(tx, before, AT_ONCE).await?,
            Self::Sessions => sessions::delete_old(tx, before, AT_ONCE).await?,
            Self::AdministratorSessions => administrators::delete_old_sessions(tx, before, AT_ONCE).await?,
            Self::AdministratorLinks => administrators::delete_old_links(tx, before, AT_ONCE).await?,
            Self::Requests => idempotency_keys::delete_old(tx, before, AT_ONCE).await?,
            Self::Limits => limits::delete_old(tx, before, AT_ONCE).await?,
            Self::WrongPasswords => wrong_passwords::delete_old(tx, before, AT_ONCE).await?,
            Self::Audit(app) => audit::delete_old(tx, app, before, AT_ONCE).await?,
            Self::Totals(app, kind) => {
                let day = Day::in_utc(before);
                points::delete_totals(tx, app, (kind, day), AT_ONCE).await?
            }
        })
    }
}

/// In small transactions, until nothing is left.
async fn repeat(daemun: &Daemun, old: Old, before: Timestamp) -> Result<u64, Failure> {
    let mut total = 0;
    loop {
        let gone = daemun.db.write(async move |tx| old.delete(tx, before).await).await?;
        total += gone;
        if gone == 0 {
            return Ok(total);
        }
    }
}
