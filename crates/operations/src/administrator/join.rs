//! Coming in by a link: the first owner, somebody who was invited, somebody whose sign-in was reset. All of them choose a
//! password, prove an authenticator app, and are signed in; what is typed wrong spends nothing.

use daemun_crypto::{Password, digest, password_rules};
use daemun_model::{
    AccountUuid, Administrator, Code, Email, Failure, Faults, Language, Reason, Role, Timestamp, text,
};
use daemun_store::administrators::{self, Equipment, Link, NewAdministrator, NewSession, Purpose, Stage};
use daemun_store::audit::Entry;
use daemun_store::{Tx, wrong_passwords};
use uuid::Uuid;

use super::done_by;
use super::links::{self, DEAD, find};
use super::second_factor::{self, Draft, RecoveryCodes, prove_draft};
use super::sign_in::Opening;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;

/// The most code points of a name.
pub(super) const LONGEST_NAME: usize = 100;

/// What the form of a link holds.
#[derive(Debug, Default)]
pub struct Input {
    /// The link's token.
    pub token: String,
    /// The address: only the first owner says it, others have that of their link.
    pub email: String,
    /// What they are called. Whose sign-in was reset keeps the name.
    pub name: String,
    /// The password: 8 to 256 characters.
    pub password: String,
    /// The password once more.
    pub password_again: String,
    /// The draft of the second factor: [`Draft::sealed`].
    pub draft: String,
    /// A code of the authenticator app that has the draft.
    pub code: String,
    /// The language of the page, which becomes theirs.
    pub language: Option<Language>,
}

/// Somebody is in.
#[derive(Clone, Debug)]
pub struct Joined {
    /// What the cookie holds from now on: a secret.
    pub cookie: String,
    /// The recovery codes, shown this once.
    pub recovery_codes: Vec<String>,
    /// What they may do.
    pub role: Role,
}

/// A new second factor to be shown with the form of a link; the same one again where the form carries it.
///
/// # Errors
/// When the cryptographic library fails.
pub fn draft(daemun: &Daemun, token: &str, (carried, email): (Option<&str>, &str)) -> Result<Draft, Failure> {
    let owner = digest(token);
    if let Some(sealed) = carried
        && let Ok(same) = second_factor::same_draft(daemun, &owner, (sealed, email))
    {
        return Ok(same);
    }
    second_factor::draft(daemun, &owner, email)
}

/// Comes in by a link.
///
/// # Errors
/// `token_invalid` on `token` for a dead link, or one that somebody else has used meanwhile; `invalid` with every fault;
/// `email_taken`; `code_invalid` on `code`.
pub async fn join(daemun: Daemun, call: Call, input: Input) -> Result<Joined, Failure> {
    let Some(link) = find(&daemun, &input.token).await? else { return Err(DEAD) };
    let act = act(link.purpose);
    let who = Who::find(&daemun, &link).await?;
    let read = read(&call, &link, who.as_ref(), &input)?;
    let proven = match prove_draft(&daemun, &digest(&input.token), (&input.draft, &input.code)) {
        Ok(proven) => proven,
        Err(failure) => return Err(audit::refused(&daemun, &call, act, None, failure).await),
    };
    let hash = daemun.hasher.hash(read.password).await?;

    let now = daemun.clock.now();
    let uuid = who.map_or_else(|| daemun.random.uuid_v7(now), |who| who.0.uuid);
    let equipment = proven.equip(&daemun, uuid, hash)?;
    let codes = RecoveryCodes::new(&daemun, uuid);
    let opening = Opening::new(&daemun, &call, uuid, Stage::Whole);
    let role = link.role;
    let work = Work {
        administrator: NewAdministrator {
            uuid,
            email: read.email,
            name: read.name,
            role,
            language: input.language,
            equipment: None,
            created_at: now,
            created_by: link.created_by.clone(),
        },
        equipment,
        digests: codes.digests,
        session: opening.row.clone(),
        digest: digest(&input.token),
        entry: Entry { detail: Some(role.as_str().to_owned()), ..done_by(&daemun, &call, act, uuid) },
        link,
        now,
    };
    daemun.db.write(async move |tx| work.write(tx).await).await?;
    Ok(Joined { cookie: opening.cookie, recovery_codes: codes.shown, role })
}

const fn act(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::SetUp => "administrator.set_up",
        Purpose::Invitation => "administrator.join",
        Purpose::Reset => "administrator.set_up_again",
    }
}

/// The administrator whom a link to reset concerns.
struct Who(Administrator);

impl Who {
    async fn find(daemun: &Daemun, link: &Link) -> Result<Option<Self>, Failure> {
        match link.purpose {
            Purpose::SetUp | Purpose::Invitation => Ok(None),
            Purpose::Reset => {
                let uuid = Uuid::try_parse(&link.subject).map_err(Failure::broken)?;
                let found = administrators::find(&mut daemun.reader(), uuid).await?;
                found.map(|found| Some(Self(found))).ok_or(DEAD)
            }
        }
    }
}

struct Read {
    email: Email,
    name: String,
    password: Password,
}

fn read(call: &Call, link: &Link, who: Option<&Who>, input: &Input) -> Result<Read, Failure> {
    let mut faults: Faults = call.faults.clone();
    let email = Email::parse(link.email.as_deref().unwrap_or(&input.email));
    let email = faults.take("email", email);
    let name = match who {
        Some(Who(administrator)) => Ok(administrator.name.clone()),
        None => text::line(&input.name, 1, LONGEST_NAME),
    };
    let name = faults.take("name", name);
    let known = email.as_ref().map_or(("", ""), |email| (email.address(), email.local_part()));
    let known = [
        ("email", known.0),
        ("email", known.1),
        ("name", name.as_deref().unwrap_or_default()),
        ("service", "Daemun"),
    ];
    let password = new_password(&mut faults, (&input.password, &input.password_again), &known);
    if input.code.trim().is_empty() {
        faults.add("code", Reason::Required);
    }
    faults.finish()?;
    match (email, name, password) {
        (Some(email), Some(name), Some(password)) => Ok(Read { email, name, password }),
        _ => Err(Failure::broken("a form without faults lacks something")),
    }
}

/// Reads a password that is typed twice.
pub(super) fn new_password(
    faults: &mut Faults,
    (typed, again): (&str, &str),
    known: &[(&'static str, &str)],
) -> Option<Password> {
    if typed.is_empty() {
        faults.add("password", Reason::Required);
        return None;
    }
    if typed != again {
        faults.add("password_again", Reason::Mismatch);
    }
    match password_rules::check(typed, known) {
        Ok(password) => Some(password),
        Err(reasons) => {
            reasons.into_iter().for_each(|reason| faults.add("password", reason));
            None
        }
    }
}

/// What the transaction needs.
struct Work {
    link: Link,
    digest: String,
    administrator: NewAdministrator,
    equipment: Equipment,
    digests: Vec<String>,
    session: NewSession,
    entry: Entry,
    now: Timestamp,
}

impl Work {
    async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        // Of any number with one link the first to come here has the row; the others wait, and then there is none.
        if !administrators::spend_link(tx, &self.digest, self.now).await? {
            return Err(DEAD);
        }
        let uuid = self.administrator.uuid;
        match self.link.purpose {
            Purpose::SetUp => {
                administrators::lock_roles(tx).await?;
                if administrators::exist(tx).await? {
                    return Err(DEAD);
                }
                self.add(tx).await?;
            }
            Purpose::Invitation => self.add(tx).await?,
            Purpose::Reset => {
                if !administrators::equip(tx, uuid, &self.equipment).await? {
                    return Err(DEAD);
                }
                wrong_passwords::reopen(tx, self.entry.app, AccountUuid(uuid)).await?;
            }
        }
        administrators::replace_codes(tx, uuid, &self.digests).await?;
        administrators::insert_session(tx, &self.session).await?;
        administrators::note_first_sign_in(tx, uuid, self.now).await?;
        Ok(daemun_store::audit::insert(tx, &self.entry).await?)
    }

    async fn add(&self, tx: &mut Tx) -> Result<(), Failure> {
        let new = NewAdministrator { equipment: Some(self.equipment.clone()), ..self.administrator.clone() };
        match administrators::insert(tx, &new).await? {
            true => Ok(()),
            false => Err(Code::EmailTaken.on("email")),
        }
    }
}

/// What a link leads to, as [`links::look_at`].
pub use links::look_at;
