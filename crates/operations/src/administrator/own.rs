//! What administrators change about themselves.

use daemun_model::message::Template;
use daemun_model::{AccountUuid, Code, Failure, Faults, Language, Reason, text};
use daemun_store::administrators;
use daemun_store::outbox;
use daemun_store::wrong_passwords::Standing;

use super::join::{LONGEST_NAME, new_password};
use super::notice::notice;
use super::proof::is_password;
use super::second_factor::{self, Draft, RecoveryCodes, prove_draft};
use super::{Signed, done};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{Attempt, Remember, Whose};

/// The old password and the new one, which is typed twice.
#[derive(Debug, Default)]
pub struct NewPassword {
    /// The password until now.
    pub current: String,
    /// The password from now on: 8 to 256 characters.
    pub password: String,
    /// The same once more.
    pub password_again: String,
}

/// Changes one's password. Other browsers are signed out, this one stays, and a mail tells of it.
///
/// # Errors
/// `invalid`; `wrong_password` on `current_password`, counted as at a sign-in; `too_many_requests`.
pub async fn change_password(
    daemun: Daemun,
    call: Call,
    signed: &Signed,
    input: NewPassword,
) -> Result<(), Failure> {
    const ACT: &str = "administrator.change_password";
    let (uuid, session) = (signed.administrator.uuid, signed.session);
    let wrong = || Code::WrongPassword.on("current_password");
    let password = read_password(&call, signed, &input)?;
    let attempt = Attempt::begin(&daemun, &call, Whose::Account(AccountUuid(uuid))).await?;
    let who = administrators::find_credentials(&mut daemun.reader(), uuid).await?;
    let right = is_password(&daemun, who.as_ref(), &input.current).await?;
    let proven = who.and_then(|who| who.password_hash).filter(|_| right);
    let hash = daemun.hasher.hash(password).await?;
    let entry = done(&daemun, &call, ACT, Some(uuid));
    let notice = notice(&daemun, &call, &signed.administrator, Template::AdministratorPasswordChanged);
    let now = daemun.clock.now();
    let changed = daemun
        .db
        .write(async move |tx| {
            let standing = attempt.count(tx).await?;
            let Some(proven) = proven.as_deref().filter(|_| standing == Standing::Open) else {
                let entry = daemun_store::audit::Entry {
                    outcome: Code::WrongPassword.as_str().to_owned(),
                    ..entry.clone()
                };
                daemun_store::audit::insert(tx, &entry).await?;
                return Ok(false);
            };
            attempt.forgive(tx, Remember::Nothing).await?;
            if !administrators::replace_password(tx, uuid, (proven, &hash)).await? {
                return Err(wrong());
            }
            administrators::end_other_sessions(tx, uuid, session, now).await?;
            outbox::insert(tx, &notice).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(true)
        })
        .await?;
    daemun.bell.notify_one();
    if changed { Ok(()) } else { Err(wrong()) }
}

fn read_password(
    call: &Call,
    signed: &Signed,
    input: &NewPassword,
) -> Result<daemun_crypto::Password, Failure> {
    let mut faults: Faults = call.faults.clone();
    if input.current.is_empty() {
        faults.add("current_password", Reason::Required);
    }
    let administrator = &signed.administrator;
    let local = administrator.email.rsplit_once('@').map_or("", |(local, _)| local);
    let known = [
        ("email", administrator.email.as_str()),
        ("email", local),
        ("name", &administrator.name),
        ("service", "Daemun"),
    ];
    let password = new_password(&mut faults, (&input.password, &input.password_again), &known);
    faults.finish()?;
    password.ok_or_else(|| Failure::invalid("password", Reason::Required))
}

/// A new second factor to be shown; the same one again where the form carries it.
///
/// # Errors
/// When the cryptographic library fails.
pub fn draft(daemun: &Daemun, signed: &Signed, carried: Option<&str>) -> Result<Draft, Failure> {
    let (owner, email) = (signed.session.to_string(), &signed.administrator.email);
    if let Some(sealed) = carried
        && let Ok(same) = second_factor::same_draft(daemun, &owner, (sealed, email))
    {
        return Ok(same);
    }
    second_factor::draft(daemun, &owner, email)
}

/// Puts a new authenticator app in the place of the old one. Other browsers are signed out, a mail tells of it, and there
/// are new recovery codes, shown this once.
///
/// # Errors
/// `reauthentication_required`; `code_invalid` on `code`.
pub async fn change_second_factor(
    daemun: Daemun,
    call: Call,
    signed: &Signed,
    (draft, code): (&str, &str),
) -> Result<Vec<String>, Failure> {
    const ACT: &str = "administrator.change_second_factor";
    let (uuid, session) = (signed.administrator.uuid, signed.session);
    require_confirmed(&daemun, signed)?;
    let proven = match prove_draft(&daemun, &session.to_string(), (draft, code)) {
        Ok(proven) => proven,
        Err(failure) => {
            return Err(audit::refused(&daemun, &call, ACT, Some(AccountUuid(uuid)), failure).await);
        }
    };
    let sealed = proven.seal(&daemun, uuid)?;
    let step = proven.step;
    let codes = RecoveryCodes::new(&daemun, uuid);
    let digests = codes.digests;
    let entry = done(&daemun, &call, ACT, Some(uuid));
    let told = notice(&daemun, &call, &signed.administrator, Template::AdministratorSecondFactorChanged);
    let now = daemun.clock.now();
    daemun
        .db
        .write(async move |tx| {
            if !administrators::replace_second_factor(tx, uuid, (&sealed, step)).await? {
                return Err(Code::Unauthenticated.into());
            }
            administrators::replace_codes(tx, uuid, &digests).await?;
            administrators::end_other_sessions(tx, uuid, session, now).await?;
            outbox::insert(tx, &told).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    daemun.bell.notify_one();
    Ok(codes.shown)
}

/// How many recovery codes are left.
///
/// # Errors
/// When the database does not answer.
pub async fn count_recovery_codes(daemun: &Daemun, signed: &Signed) -> Result<i64, Failure> {
    Ok(administrators::count_unspent_codes(&mut daemun.reader(), signed.administrator.uuid).await?)
}

/// New recovery codes in place of all there were, shown this once.
///
/// # Errors
/// `reauthentication_required`.
pub async fn renew_recovery_codes(
    daemun: Daemun,
    call: Call,
    signed: &Signed,
) -> Result<Vec<String>, Failure> {
    require_confirmed(&daemun, signed)?;
    let uuid = signed.administrator.uuid;
    let codes = RecoveryCodes::new(&daemun, uuid);
    let digests = codes.digests;
    let entry = done(&daemun, &call, "administrator.renew_recovery_codes", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            administrators::replace_codes(tx, uuid, &digests).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    Ok(codes.shown)
}

/// Changes one's name and language.
///
/// # Errors
/// `invalid`.
pub async fn update_profile(
    daemun: Daemun,
    call: Call,
    signed: &Signed,
    (name, language): (&str, Option<Language>),
) -> Result<(), Failure> {
    let mut faults: Faults = call.faults.clone();
    let name = faults.take("name", text::line(name, 1, LONGEST_NAME));
    faults.finish()?;
    let name = name.unwrap_or_default();
    let uuid = signed.administrator.uuid;
    let entry = done(&daemun, &call, "administrator.update", Some(uuid));
    daemun
        .db
        .write(async move |tx| {
            administrators::update_profile(tx, uuid, &name, language).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await
}

fn require_confirmed(daemun: &Daemun, signed: &Signed) -> Result<(), Failure> {
    if signed.confirmed_recently(daemun.clock.now()) {
        Ok(())
    } else {
        Err(Code::ReauthenticationRequired.into())
    }
}
