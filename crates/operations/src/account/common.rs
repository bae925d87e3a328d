//! What several verbs ask of an account.

use daemun_crypto::Verdict;
use daemun_model::{Account, AccountUuid, Code, Email, Failure, text};
use daemun_store::accounts;
use daemun_store::audit::Entry;
use daemun_store::identifiers::Identifier;
use daemun_store::wrong_passwords::Standing;

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{self, Attempt, Remember, Whose};
use crate::rules::complete;

/// The most code points of an operator's reason.
pub(crate) const LONGEST_REASON: usize = 500;

/// Whether an address is the account's own, in whatever case it is written.
pub(crate) fn is_own(email: &Email, account: &Account) -> bool {
    let own = account.email.as_deref().and_then(|address| Email::parse(address).ok());
    own.is_some_and(|own| own.key() == email.key())
}

/// As [`is_own`], for an address as it was typed: one that is none is not the account's.
pub(crate) fn is_own_typed(typed: &str, account: &Account) -> bool {
    Email::parse(typed).is_ok_and(|email| is_own(&email, account))
}

/// The hash of the caller's password, if what was typed is that password. An attempt counts like one to sign in.
///
/// # Errors
/// `wrong`, with its line in the audit; `too_many_requests`.
pub(crate) async fn prove_password(
    daemun: &Daemun,
    call: &Call,
    typed: &str,
    (act, wrong): (&str, Failure),
) -> Result<String, Failure> {
    let account = &call.caller()?.account;
    let attempt = Attempt::begin(daemun, call, Whose::Account(account.uuid)).await?;
    let slot = daemun.hasher.reserve()?;
    let hash = accounts::find_password_hash(&mut daemun.reader(), account.app, account.uuid).await?;
    let right = slot.verify(typed, hash.as_deref()).await? != Verdict::Wrong;
    let outcome = wrong.code().as_str().to_owned();
    let entry = Entry { outcome, ..audit::done(daemun, call, act, Some(account.uuid)) };
    let proven = daemun
        .db
        .write(async move |tx| {
            let standing = attempt.count(tx).await?;
            if right && standing == Standing::Open {
                attempt.forgive(tx, Remember::Nothing).await?;
                return Ok(true);
            }
            let detail = limits::detail(standing).map(str::to_owned);
            daemun_store::audit::insert(tx, &Entry { detail, ..entry.clone() }).await?;
            Ok(false)
        })
        .await?;
    hash.filter(|_| proven).ok_or(wrong)
}

/// The account that an operator names: by its number, its uuid in either form, or its e-mail address.
pub(crate) async fn named(daemun: &Daemun, call: &Call, typed: Option<String>) -> Result<Account, Failure> {
    let mut faults = call.faults.clone();
    faults.require("account", typed.as_ref());
    faults.finish()?;
    let typed = typed.unwrap_or_default();
    let typed = typed.trim();
    let mut reader = daemun.reader();
    let app = call.app.id;
    let found = if let Ok(number) = typed.parse() {
        accounts::find_by_number(&mut reader, app, number).await?
    } else if let Some(uuid) = AccountUuid::parse(typed) {
        accounts::find_by_uuid(&mut reader, app, uuid).await?
    } else if let Ok(email) = Email::parse(typed) {
        let name = Identifier::email(&email);
        accounts::find_by_identifier(&mut reader, app, &name).await?.map(|found| found.account)
    } else {
        None
    };
    let account = found.ok_or(Code::AccountNotFound.on("account"))?;
    Ok(complete(&call.app, account))
}

/// An operator's reason, where one is given.
pub(crate) fn read_reason(typed: Option<String>) -> Result<Option<String>, Failure> {
    let read = typed.map(|typed| text::line(&typed, 1, LONGEST_REASON)).transpose();
    read.map_err(|reason| Failure::invalid("reason", reason))
}
