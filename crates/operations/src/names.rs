//! The names of an account that no other account of its app may have.

use std::collections::BTreeMap;

use daemun_model::app::Identifier as SignInWith;
use daemun_model::{Account, AccountUuid, App, AppId, Email, Failure, Faults, Reason, text};
use daemun_store::identifiers::{self, Identifier, Kind};
use daemun_store::{Executor, Tx};

use crate::daemun::Daemun;
use crate::rules::Reading;

/// The most code points of an identity key.
const LONGEST_IDENTITY_KEY: usize = 500;

/// Whether two accounts of the app may not share this kind of name. An e-mail address is always one account's
/// own: the mail with which a password is reset must know whose it is.
fn is_unique(app: &App, kind: Kind) -> bool {
    let signs_in = |with: SignInWith| app.policy.sign_in.contains(&with);
    let by_policy = app.policy.unique.iter().any(|field| field == kind.field());
    match kind {
        Kind::Email | Kind::IdentityKey => true,
        Kind::PreferredUsername => by_policy || signs_in(SignInWith::PreferredUsername),
        Kind::PhoneNumber => by_policy || signs_in(SignInWith::PhoneNumber),
        Kind::Nickname => by_policy,
    }
}

/// The names of an account that it must have alone, always in the same order: two sign-ups that want each
/// other's names then wait for one another instead of locking each other out.
pub(crate) fn unique_names(app: &App, account: &Account) -> Vec<Identifier> {
    let email = account.email.as_deref().and_then(|address| Email::parse(address).ok());
    let names = [
        email.map(|email| Identifier::email(&email)),
        account.preferred_username.as_deref().map(Identifier::preferred_username),
        account
            .phone_number
            .as_ref()
            .map(|number| Identifier { kind: Kind::PhoneNumber, value: number.clone() }),
        account.nickname.as_deref().map(Identifier::nickname),
    ];
    names.into_iter().flatten().filter(|name| is_unique(app, name.kind)).collect()
}

/// The identity keys of an input as names that nobody else may have: each by its keyed digest, which another app does
/// not share.
pub(crate) fn identity_names(
    daemun: &Daemun,
    app: AppId,
    keys: &BTreeMap<String, Option<String>>,
    reading: &mut Reading<'_>,
) -> Vec<Identifier> {
    let mut names = Vec::new();
    for (kind, typed) in keys {
        let Some(typed) = typed else { continue };
        let field = format!("identity_keys.{kind}");
        if let Some(key) = reading.faults.take(&field, text::line(typed, 1, LONGEST_IDENTITY_KEY)) {
            let digest = daemun.master.keyed_digest(&format!("identity {} {kind}", app.0), &key);
            names.push(Identifier::identity_key(kind, &digest));
        }
    }
    names
}

/// Notes every name that another account has.
pub(crate) async fn note_taken(
    on: &mut impl Executor,
    app: AppId,
    names: &[Identifier],
    faults: &mut Faults,
) -> Result<(), Failure> {
    for name in names {
        if identifiers::find_owner(on, app, name).await?.is_some() {
            faults.add(name.field(), Reason::Taken);
        }
    }
    Ok(())
}

/// Claims every name, or none: those that are taken are refused together.
pub(crate) async fn claim_all(
    tx: &mut Tx,
    app: AppId,
    names: &[Identifier],
    account: AccountUuid,
) -> Result<(), Failure> {
    let mut faults = Faults::default();
    for name in names {
        if !identifiers::claim(tx, app, name, account).await? {
            faults.add(name.field(), Reason::Taken);
        }
    }
    faults.finish()
}
