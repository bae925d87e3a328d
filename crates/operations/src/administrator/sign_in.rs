//! Signing in: the password first, then the second factor. Between the two there is a session that opens nothing.

use daemun_crypto::digest;
use daemun_model::message::Template;
use daemun_model::{AccountUuid, Administrator, Code, Email, Failure, Reason};
use daemun_store::Tx;
use daemun_store::administrators::{self, Credentials, NewSession, Stage};
use daemun_store::audit::Entry;
use daemun_store::identifiers::Identifier;
use daemun_store::outbox::{self, NewMessage};
use daemun_store::wrong_passwords::Standing;
use uuid::Uuid;

use super::notice::notice;
use super::proof::{CodeAttempt, Factor, is_password};
use super::{authenticate, done, done_by};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{self, Attempt, KnownAddress, Remember, Whose};
use crate::secret::link_token;

const ACT: &str = "administrator.sign_in";

/// Who, and the first proof.
#[derive(Debug, Default)]
pub struct Input {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// A new value for the browser's cookie.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the cookie holds from now on: a secret.
    pub cookie: String,
    /// Who it is.
    pub administrator: Administrator,
}

/// A session about to be opened.
#[derive(Clone)]
pub(super) struct Opening {
    pub(super) cookie: String,
    pub(super) row: NewSession,
}

impl Opening {
    /// A session with an identifier and a secret that nobody knew before.
    pub(super) fn new(daemun: &Daemun, call: &Call, administrator: Uuid, stage: Stage) -> Self {
        let now = daemun.clock.now();
        let cookie = link_token(&*daemun.random);
        let settings = &daemun.settings.console;
        let lifetime = match stage {
            Stage::Password => settings.second_factor,
            Stage::Whole => settings.absolute,
        };
        let row = NewSession {
            id: daemun.random.uuid_v7(now),
            digest: digest(&cookie),
            administrator,
            stage,
            created_at: now,
            expires_at: now.plus_seconds(lifetime),
            address: call.client.address.to_canonical().to_string(),
            user_agent: call.client.user_agent.clone(),
        };
        Self { cookie, row }
    }
}

/// The first step. An unknown address costs the same work as a wrong password and reads the same, and so does an
/// administrator who is disabled or must use a link first.
///
/// # Errors
/// `invalid`; `wrong_credentials`; `too_many_requests`.
pub async fn sign_in(daemun: Daemun, call: Call, input: Input) -> Result<Opened, Failure> {
    let mut faults = call.faults.clone();
    let email = faults.take("email", Email::parse(&input.email));
    if input.password.is_empty() {
        faults.add("password", Reason::Required);
    }
    faults.finish()?;
    let email = email.ok_or(Code::WrongCredentials)?;

    let found = administrators::find_credentials_by_email(&mut daemun.reader(), &email).await?;
    let name = Identifier::email(&email);
    let uuid = found.as_ref().map(|found| found.administrator.uuid);
    let whose = uuid.map_or(Whose::Nobody(&name), |uuid| Whose::Account(AccountUuid(uuid)));
    let attempt = Attempt::begin(&daemun, &call, whose).await?;
    let right = is_password(&daemun, found.as_ref(), &input.password).await?;
    let opening = found.filter(|_| right).and_then(|found| {
        let hash = found.password_hash.clone()?;
        let opening = Opening::new(&daemun, &call, found.administrator.uuid, Stage::Password);
        Some((found.administrator, opening, hash))
    });
    let work = First {
        attempt,
        opening: opening.as_ref().map(|(_, opening, hash)| (opening.row.clone(), hash.clone())),
        refusal: done(&daemun, &call, ACT, uuid),
    };
    let opened = daemun.db.write(async move |tx| work.write(tx).await).await?;
    match opening.filter(|_| opened) {
        Some((administrator, opening, _)) => Ok(Opened { cookie: opening.cookie, administrator }),
        None => Err(Code::WrongCredentials.into()),
    }
}

struct First {
    attempt: Attempt,
    opening: Option<(NewSession, String)>,
    refusal: Entry,
}

impl First {
    async fn write(&self, tx: &mut Tx) -> Result<bool, Failure> {
        let standing = self.attempt.count(tx).await?;
        if let (Standing::Open, Some((row, hash))) = (standing, &self.opening)
            && administrators::hold(tx, row.administrator, hash).await?
        {
            self.attempt.forgive(tx, Remember::Nothing).await?;
            administrators::insert_session(tx, row).await?;
            return Ok(true);
        }
        let outcome = Code::WrongCredentials.as_str().to_owned();
        let detail = limits::detail(standing).map(str::to_owned);
        let entry = Entry { outcome, detail, ..self.refusal.clone() };
        daemun_store::audit::insert(tx, &entry).await?;
        Ok(false)
    }
}

/// Who has proven their password with this cookie and not yet their second factor.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(daemun: &Daemun, cookie: &str) -> Result<Option<Administrator>, Failure> {
    let found = authenticate::find(daemun, cookie, Stage::Password).await?;
    Ok(found.map(|joined| joined.administrator))
}

/// The second step: a code of the authenticator app, which works once, or a recovery code. `cookie` is what the first
/// step gave.
///
/// # Errors
/// `unauthenticated` when the first step was not done or was too long ago; `code_invalid`; `too_many_requests`.
pub async fn second_factor(
    daemun: Daemun,
    call: Call,
    (cookie, typed): (&str, &str),
) -> Result<Opened, Failure> {
    let half = authenticate::find(&daemun, cookie, Stage::Password).await?.ok_or(Code::Unauthenticated)?;
    let uuid = half.administrator.uuid;
    let who = administrators::find_credentials(&mut daemun.reader(), uuid).await?;
    let who = who.ok_or(Code::Unauthenticated)?;
    let attempt = CodeAttempt::begin(&daemun, &who, typed).await?;
    let opening = Opening::new(&daemun, &call, uuid, Stage::Whole);
    let work = Second {
        half: half.session.id,
        who,
        attempt,
        row: opening.row.clone(),
        known: KnownAddress::of(&daemun, &call, AccountUuid(uuid)),
        told: notice(&daemun, &call, &half.administrator, Template::AdministratorRecoveryCodeUsed),
        entry: done_by(&daemun, &call, ACT, uuid),
    };
    if daemun.db.write(async move |tx| work.write(tx).await).await? {
        daemun.bell.notify_one();
        Ok(Opened { cookie: opening.cookie, administrator: half.administrator })
    } else {
        Err(Code::CodeInvalid.on("code"))
    }
}

struct Second {
    half: Uuid,
    who: Credentials,
    attempt: CodeAttempt,
    row: NewSession,
    known: KnownAddress,
    /// What is sent where it was a recovery code.
    told: NewMessage,
    entry: Entry,
}

impl Second {
    async fn write(&self, tx: &mut Tx) -> Result<bool, Failure> {
        let uuid = self.row.administrator;
        let Some(factor) = self.attempt.claim(tx).await? else {
            let outcome = Code::CodeInvalid.as_str().to_owned();
            daemun_store::audit::insert(tx, &Entry { outcome, ..self.entry.clone() }).await?;
            return Ok(false);
        };
        // What was used up is not, where something else was overtaken: the transaction goes back.
        let now = self.row.created_at;
        let hash = self.who.password_hash.as_deref().unwrap_or_default();
        if !administrators::end_session(tx, uuid, self.half, now).await?
            || !administrators::note_sign_in(tx, uuid, (hash, self.attempt.sealed()), now).await?
        {
            return Err(Code::Unauthenticated.into());
        }
        administrators::insert_session(tx, &self.row).await?;
        self.known.write(tx).await?;
        if factor == Factor::RecoveryCode {
            outbox::insert(tx, &self.told).await?;
        }
        daemun_store::audit::insert(tx, &with_factor(&self.entry, factor)).await?;
        Ok(true)
    }
}

/// A line that tells which second factor it was.
pub(super) fn with_factor(entry: &Entry, factor: Factor) -> Entry {
    Entry { detail: Some(factor.as_str().to_owned()), ..entry.clone() }
}
