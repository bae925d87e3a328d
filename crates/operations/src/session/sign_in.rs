//! `session.sign_in`: by identifier and password.

use daemun_crypto::{Verdict, password_rules};
use daemun_model::app::{Identifier as SignInWith, VerifyEmail};
use daemun_model::{Account, AccountUuid, App, Code, Failure, Reason, Tokens};
use daemun_store::Tx;
use daemun_store::accounts::{self, Credentials, SignedIn};
use daemun_store::audit::Entry;
use daemun_store::identifiers::Identifier;
use daemun_store::sessions::{self, NewSession};
use daemun_store::wrong_passwords::Standing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::open::{self, Opening};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{self, Attempt, Remember, Whose};
use crate::operation::Operation;
use crate::relations;
use crate::rules::{Reading, complete};

const ACT: &str = "session.sign_in";
/// How often a sign-in is tried again after the account was changed under it.
const ATTEMPTS: u32 = 3;

/// Who, and the proof.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address, where members sign in with it.
    pub email: Option<String>,
    /// The user name, where members sign in with it.
    pub preferred_username: Option<String>,
    /// The phone number, where members sign in with it.
    pub phone_number: Option<String>,
    /// The password.
    #[schemars(required)]
    pub password: Option<String>,
}

/// The open session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The tokens of the session that was opened.
    pub tokens: Tokens,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.sign_in", "Sign in with a password", sign_in).fails(&[
        Code::Invalid,
        Code::WrongCredentials,
        Code::AccountPending,
        Code::AccountRejected,
        Code::AccountSuspended,
        Code::EmailNotProven,
    ])
}

/// Sign in with a password.
///
/// An unknown name costs the same work as a wrong password and reads the same; so does an attempt that comes too
/// soon after others. What keeps an account from signing in is told only to who knows its password.
///
/// # Errors
/// Those of [`operation`].
pub async fn sign_in(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (name, password) = read(&daemun, &call, input)?;
    for _ in 0..ATTEMPTS {
        let found = accounts::find_by_identifier(&mut daemun.reader(), call.app.id, &name).await?;
        let whose = found.as_ref().map_or(Whose::Nobody(&name), |found| Whose::Account(found.account.uuid));
        let attempt = Attempt::begin(&daemun, &call, whose).await?;
        let account = found.as_ref().map(|found| found.account.uuid);
        let proven = prove(&daemun, found, &password).await?;
        match enter(&daemun, &call, attempt, account, proven).await? {
            Entered::Refused(code) => return Err(code.into()),
            Entered::Opened(opened) => return opened.finish(&daemun, &call, &password).await,
            // The password or the status was changed meanwhile: what holds now decides.
            Entered::Overtaken => {}
        }
    }
    Err(Code::WrongCredentials.into())
}

/// The name to look for and the password. Of several names the first of the app's policy counts.
fn read(daemun: &Daemun, call: &Call, input: Input) -> Result<(Identifier, String), Failure> {
    let now = daemun.clock.now();
    let mut reading = Reading { app: &call.app, now, faults: call.faults.clone() };
    let typed = |with: &SignInWith| match with {
        SignInWith::Email => input.email.as_deref(),
        SignInWith::PreferredUsername => input.preferred_username.as_deref(),
        SignInWith::PhoneNumber => input.phone_number.as_deref(),
    };
    let ways = &call.app.policy.sign_in;
    let given = ways.iter().find_map(|with| Some((*with, typed(with)?)));
    let name = given.and_then(|(with, typed)| reading.sign_in_name(with, typed));
    if given.is_none() {
        reading.faults.add(ways.first().map_or("email", |with| with.field()), Reason::Required);
    }
    match input.password.as_deref() {
        None => reading.faults.add("password", Reason::Required),
        Some("") => reading.faults.add("password", Reason::Blank),
        Some(_) => {}
    }
    reading.faults.finish()?;
    let name = name.ok_or(Code::WrongCredentials)?;
    Ok((name, input.password.unwrap_or_default()))
}

/// An account whose password was right. Nothing may tell so before the attempt was counted.
struct Proven {
    account: Account,
    /// The hash that proved it.
    hash: String,
    strength: Strength,
}

/// Whether a hash is as today's are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Enough,
    Weak,
}

async fn prove(
    daemun: &Daemun,
    found: Option<Credentials>,
    password: &str,
) -> Result<Option<Proven>, Failure> {
    let stored = found.as_ref().and_then(|found| found.password_hash.as_deref());
    let verdict = daemun.hasher.verify(password, stored).await?;
    let Some(Credentials { account, password_hash: Some(hash) }) = found else { return Ok(None) };
    let strength = match verdict {
        Verdict::Wrong => return Ok(None),
        Verdict::Right => Strength::Enough,
        Verdict::RightButWeak => Strength::Weak,
    };
    Ok(Some(Proven { account, hash, strength }))
}

/// What keeps the account from signing in although its password was right.
fn refusal(app: &App, account: &Account) -> Option<Code> {
    let unproven = app.policy.verify_email == VerifyEmail::Required && !account.email_verified;
    account.status.refusal().or(unproven.then_some(Code::EmailNotProven))
}

/// How an attempt ended.
enum Entered {
    /// A session is open.
    Opened(Box<Opened>),
    /// Not for this one, whatever the reason.
    Refused(Code),
    /// The account was changed since its password was proven.
    Overtaken,
}

/// A session that is open once the transaction says so; its tokens are not yet signed.
struct Opened {
    proven: Proven,
    opening: Opening,
}

/// Counts the attempt and opens the session, or notes why not.
async fn enter(
    daemun: &Daemun,
    call: &Call,
    attempt: Attempt,
    account: Option<AccountUuid>,
    proven: Option<Proven>,
) -> Result<Entered, Failure> {
    let opened = match proven {
        Some(proven) => {
            let opening = open::prepare(daemun, call, proven.account.uuid).await?;
            Some(Opened { proven, opening })
        }
        None => None,
    };
    let entry = audit::done(daemun, call, ACT, account);
    let work = Work { attempt, entry, right: opened.as_ref().map(|opened| opened.right(&call.app)) };
    let outcome = daemun.db.write(async move |tx| work.write(tx).await).await?;
    Ok(match (outcome, opened) {
        (Outcome::Refused(code), _) => Entered::Refused(code),
        (Outcome::Opened, Some(opened)) => Entered::Opened(Box::new(opened)),
        (Outcome::Opened | Outcome::Overtaken, _) => Entered::Overtaken,
    })
}

/// What the transaction needs.
struct Work {
    attempt: Attempt,
    entry: Entry,
    right: Option<Right>,
}

/// What a right password leads to.
struct Right {
    refusal: Option<Code>,
    sign_in: SignedIn,
    session: NewSession,
}

/// What the transaction decided.
enum Outcome {
    Opened,
    Refused(Code),
    Overtaken,
}

impl Work {
    async fn write(&self, tx: &mut Tx) -> Result<Outcome, Failure> {
        let standing = self.attempt.count(tx).await?;
        let Some(right) = self.right.as_ref().filter(|_| standing == Standing::Open) else {
            return self.refuse(tx, Code::WrongCredentials, limits::detail(standing)).await;
        };
        if let Some(code) = right.refusal {
            self.attempt.forgive(tx, Remember::Nothing).await?;
            return self.refuse(tx, code, None).await;
        }
        if !accounts::note_sign_in(tx, &right.sign_in).await? {
            // It was right when it was looked up: that it is tried again is nobody's failure.
            self.attempt.forgive(tx, Remember::Nothing).await?;
            return Ok(Outcome::Overtaken);
        }
        self.attempt.forgive(tx, Remember::Address).await?;
        sessions::insert(tx, &right.session).await?;
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(Outcome::Opened)
    }

    async fn refuse(&self, tx: &mut Tx, code: Code, detail: Option<&str>) -> Result<Outcome, Failure> {
        let outcome = code.as_str().to_owned();
        let entry = Entry { outcome, detail: detail.map(str::to_owned), ..self.entry.clone() };
        daemun_store::audit::insert(tx, &entry).await?;
        Ok(Outcome::Refused(code))
    }
}

impl Opened {
    /// What the transaction needs of it.
    fn right(&self, app: &App) -> Right {
        let Account { app: id, uuid: account, .. } = self.proven.account;
        let at = self.opening.row.session.auth_time;
        Right {
            refusal: refusal(app, &self.proven.account),
            sign_in: SignedIn { app: id, account, proven: self.proven.hash.clone(), at },
            session: self.opening.row.clone(),
        }
    }

    /// Signs the tokens, and keeps a weak hash no longer: only now, since the time that it takes would tell who
    /// was turned away that the password was right.
    async fn finish(self, daemun: &Daemun, call: &Call, password: &str) -> Result<Output, Failure> {
        let Proven { account, hash, strength } = self.proven;
        if strength == Strength::Weak {
            strengthen(daemun, &account, hash, password).await;
        }
        let at = self.opening.row.session.auth_time;
        let account = Account { last_sign_in_at: Some(at), ..complete(&call.app, account) };
        let tokens = open::tokens(daemun, call, &account, self.opening).await?;
        Ok(Output { account: relations::of(daemun, call, account).await?, tokens })
    }
}

/// Puts today's hash in the place of a weaker one. It is a convenience: where the rules refuse the password, too
/// much work waits, or the password was changed meanwhile, it is left to the next sign-in.
async fn strengthen(daemun: &Daemun, account: &Account, hash: String, password: &str) {
    let Ok(password) = password_rules::check(password, &[]) else { return };
    let Ok(strong) = daemun.hasher.hash(password).await else { return };
    let Account { app, uuid, .. } = *account;
    let replaced = daemun
        .db
        .write(async move |tx| Ok(accounts::replace_password(tx, app, uuid, &hash, &strong).await?))
        .await;
    if let Err(failure) = replaced {
        tracing::warn!(cause = %failure, "a weak password hash stays until the next sign-in");
    }
}
