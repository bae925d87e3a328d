//! `session.sign_in`: by identifier and password.

use daemun_crypto::{Verdict, password_rules};
use daemun_model::app::{Identifier as SignInWith, VerifyEmail};
use daemun_model::{Account, App, Code, Failure, Reason, Tokens};
use daemun_store::accounts::{self, Credentials, SignedIn};
use daemun_store::identifiers::Identifier;
use daemun_store::sessions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::open;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;
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
/// An unknown name costs the same work as a wrong password and reads the same. What keeps an account from signing
/// in is told only to who knows its password.
///
/// # Errors
/// Those of [`operation`].
pub async fn sign_in(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (name, password) = read(&daemun, &call, input)?;
    for _ in 0..ATTEMPTS {
        let found = accounts::find_by_identifier(&mut daemun.reader(), call.app.id, &name).await?;
        let account = found.as_ref().map(|found| found.account.uuid);
        let Some(proven) = prove(&daemun, found, &password).await? else {
            return Err(audit::refused(&daemun, &call, ACT, account, Code::WrongCredentials.into()).await);
        };
        if let Some(code) = refusal(&call.app, &proven.account) {
            return Err(audit::refused(&daemun, &call, ACT, account, code.into()).await);
        }
        if let Some(output) = open_session(&daemun, &call, proven).await? {
            return Ok(output);
        }
        // The password or the status was changed meanwhile: what holds now decides.
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

/// An account whose password was proven.
struct Proven {
    account: Account,
    /// The hash that proved it.
    hash: String,
    /// The hash to keep from now on.
    keep: String,
}

async fn prove(
    daemun: &Daemun,
    found: Option<Credentials>,
    password: &str,
) -> Result<Option<Proven>, Failure> {
    let stored = found.as_ref().and_then(|found| found.password_hash.as_deref());
    let verdict = daemun.hasher.verify(password, stored).await?;
    let Some(Credentials { account, password_hash: Some(hash) }) = found else { return Ok(None) };
    let keep = match verdict {
        Verdict::Wrong => return Ok(None),
        Verdict::Right => hash.clone(),
        Verdict::RightButWeak => stronger(daemun, password).await.unwrap_or_else(|| hash.clone()),
    };
    Ok(Some(Proven { account, hash, keep }))
}

/// Today's hash of a password that is kept in a weaker form. It is a convenience: where the rules refuse the
/// password or too much work waits, the old hash stays until the next sign-in.
async fn stronger(daemun: &Daemun, password: &str) -> Option<String> {
    let password = password_rules::check(password, &[]).ok()?;
    daemun.hasher.hash(password).await.ok()
}

/// What keeps the account from signing in although its password was right.
fn refusal(app: &App, account: &Account) -> Option<Code> {
    let unproven = app.policy.verify_email == VerifyEmail::Required && !account.email_verified;
    account.status.refusal().or(unproven.then_some(Code::EmailNotProven))
}

/// Opens the session, unless the account was changed since its password was proven.
async fn open_session(daemun: &Daemun, call: &Call, proven: Proven) -> Result<Option<Output>, Failure> {
    let Proven { mut account, hash, keep } = proven;
    let opening = open::prepare(daemun, call, account.uuid).await?;
    let at = opening.row.session.auth_time;
    let sign_in = SignedIn { app: call.app.id, account: account.uuid, proven: hash, keep, at };
    let entry = audit::done(daemun, call, ACT, Some(account.uuid));
    let row = opening.row.clone();
    let opened = daemun
        .db
        .write(async move |tx| {
            if !accounts::note_sign_in(tx, &sign_in).await? {
                return Ok(false);
            }
            sessions::insert(tx, &row).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(true)
        })
        .await?;
    if !opened {
        return Ok(None);
    }
    account = Account { last_sign_in_at: Some(at), ..complete(&call.app, account) };
    let tokens = open::tokens(daemun, call, &account, opening).await?;
    Ok(Some(Output { account, tokens }))
}
