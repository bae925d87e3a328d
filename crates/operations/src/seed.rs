//! Invented members for trying things out and for measuring: always the same ones, with names as people have them.

mod applicants;
mod invented;
mod picture;

pub use applicants::apply;

use std::sync::Arc;

use daemun_crypto::Password;
use daemun_model::{AccountUuid, App, Code, Day, Email, Failure, Timestamp};
use daemun_store::bulk::{self, Member};
use daemun_store::identifiers::{self, Identifier};

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::names::unique_names;
use invented::Inventor;

/// The accounts of one transaction: others who write wait a few tenths of a second at most.
const AT_ONCE: i64 = 1_000;

/// How much is made.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The invented accounts that there are in the end.
    pub accounts: i64,
    /// The lines of their ledgers, spread over all of them.
    pub points: i64,
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Accounts that were there from before.
    pub found: i64,
    /// Accounts that were made now.
    pub made: i64,
}

/// Makes invented accounts, all with one password, and goes on where an earlier run stopped: the first is
/// `member1@seed.example`. `told` hears how many there are after every transaction.
///
/// # Errors
/// `forbidden` for whoever is no operator; `already_exists` where somebody else has one of the names; when the
/// database does not answer. What was made until then stays.
pub async fn seed(
    daemun: &Daemun,
    call: &Call,
    password: Password,
    wanted: Wanted,
    told: impl Fn(i64),
) -> Result<Seeded, Failure> {
    if call.operator.is_none() {
        return Err(Code::Forbidden.into());
    }
    let hash: Arc<str> = daemun.hasher.hash(password).await?.into();
    let found = count(daemun, &call.app).await?;
    let mut line = audit::done(daemun, call, "dev.seed", None);
    line.detail = Some(format!("{} accounts", wanted.accounts));
    daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &line).await?)).await?;
    let now = daemun.clock.now();
    let today = Day::of(now, call.app.timezone);
    let mut next = found;
    told(next);
    while next < wanted.accounts {
        let end = (next + AT_ONCE).min(wanted.accounts);
        let members = make(daemun, &call.app, wanted, (next, end), now);
        let (app, hash) = (call.app.id, Arc::clone(&hash));
        let written =
            daemun.db.write(async move |tx| Ok(bulk::insert(tx, app, &hash, (&members, today)).await?)).await;
        written?;
        next = end;
        told(next);
    }
    Ok(Seeded { found, made: next - found })
}

fn make(daemun: &Daemun, app: &App, wanted: Wanted, (from, to): (i64, i64), now: Timestamp) -> Vec<Member> {
    let inventor = Inventor { app, wanted, now };
    let member = |index| {
        let account = inventor.account(index, AccountUuid(daemun.random.uuid_v7(now)));
        let names = unique_names(app, &account);
        Member { lines: inventor.lines(index, account.created_at), account, names }
    };
    (from..to).map(member).collect()
}

/// How many invented accounts there are: they are made in order, a whole transaction at a time.
async fn count(daemun: &Daemun, app: &App) -> Result<i64, Failure> {
    let (mut there, mut beyond) = (0, 1);
    while exists(daemun, app, beyond - 1).await? {
        there = beyond;
        beyond *= 2;
    }
    // The last one that is there lies between the two.
    while there + 1 < beyond {
        let middle = there + (beyond - there) / 2;
        if exists(daemun, app, middle - 1).await? { there = middle } else { beyond = middle }
    }
    Ok(there)
}

async fn exists(daemun: &Daemun, app: &App, index: i64) -> Result<bool, Failure> {
    let Ok(email) = Email::parse(&invented::address(index)) else { return Ok(false) };
    let name = Identifier::email(&email);
    Ok(identifiers::find_owner(&mut daemun.reader(), app.id, &name).await?.is_some())
}
