//! What several verbs ask of an account.

use daemun_crypto::Verdict;
use daemun_model::{Account, AccountUuid, Code, Email, Failure, text};
use daemun_store::accounts;
use daemun_store::identifiers::Identifier;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::rules::complete;

/// The most code points of an operator's reason.
const LONGEST_REASON: usize = 500;

/// Whether an address is the account's own, in whatever case it is written.
pub(crate) fn is_own(email: &Email, account: &Account) -> bool {
    let own = account.email.as_deref().and_then(|address| Email::parse(address).ok());
    own.is_some_and(|own| own.key() == email.key())
}

/// As [`is_own`], for an address as it was typed: one that is none is not the account's.
pub(crate) fn is_own_typed(typed: &str, account: &Account) -> bool {
    Email::parse(typed).is_ok_and(|email| is_own(&email, account))
}

/// The hash of the account's password, if what was typed is that password.
pub(crate) async fn prove_password(
    daemun: &Daemun,
    account: &Account,
    typed: &str,
) -> Result<Option<String>, Failure> {
    let hash = accounts::find_password_hash(&mut daemun.reader(), account.app, account.uuid).await?;
    let verdict = daemun.hasher.verify(typed, hash.as_deref()).await?;
    Ok(match verdict {
        Verdict::Right | Verdict::RightButWeak => hash,
        Verdict::Wrong => None,
    })
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
