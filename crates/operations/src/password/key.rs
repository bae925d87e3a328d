//! What lets somebody choose a new password who does not know the old one.

use daemun_crypto::digest;
use daemun_model::{Account, AccountUuid, App, AppId, Code, Email, Failure, Timestamp};
use daemun_store::codes::{self, Place};
use daemun_store::identifiers::Identifier;
use daemun_store::one_time_tokens::{self, Purpose};
use daemun_store::proofs::{self, Proven};
use daemun_store::{Tx, accounts};

use crate::call::Call;
use crate::code::{self, Typed};
use crate::daemun::Daemun;
use crate::email::proof;
use crate::link::LinkState;

/// A key to an account, looked at and not yet spent.
pub(crate) enum Key {
    /// The token of a link, or what a checked code gave.
    Token {
        /// Which of the two.
        purpose: Purpose,
        /// Its digest.
        digest: String,
    },
    /// The code of the mail.
    Code(Typed),
    /// A code that was checked before, for the network that calls.
    Address(Proven),
}

impl Key {
    /// The failure of a key that does not open.
    pub(crate) const fn failure(&self) -> Failure {
        match self {
            Self::Token { purpose: Purpose::ResetProof, .. } => Code::TokenInvalid.on("proof"),
            Self::Token { .. } => Code::TokenInvalid.on("token"),
            Self::Code(_) => code::INVALID,
            Self::Address(_) => Code::EmailNotProven.on("email"),
        }
    }

    /// The account that it opens. A code's try is counted by this.
    ///
    /// # Errors
    /// The key's own failure.
    pub(crate) async fn find_account(&self, daemun: &Daemun, app: &App) -> Result<Account, Failure> {
        let now = daemun.clock.now();
        let mut reader = daemun.reader();
        let account = match self {
            Self::Token { purpose, digest } => {
                let found =
                    one_time_tokens::find_unexpired(&mut reader, app.id, *purpose, digest, now).await?;
                found.filter(|token| token.spent_at.is_none()).map(|token| token.account)
            }
            Self::Code(typed) => {
                let typed = typed.clone();
                daemun.db.write(async move |tx| typed.look_up(tx).await).await?.flatten()
            }
            Self::Address(proven) if proofs::is_live(&mut reader, proven, now).await? => {
                owner_of(daemun, app, proven).await?
            }
            Self::Address(_) => None,
        };
        let account = account.ok_or_else(|| self.failure())?;
        accounts::find_by_uuid(&mut reader, app.id, account).await?.ok_or_else(|| self.failure())
    }

    /// Spends it, and tells whether this call did it: of any number at the same time one does.
    pub(crate) async fn spend(&self, tx: &mut Tx, app: AppId, now: Timestamp) -> Result<bool, Failure> {
        Ok(match self {
            Self::Token { purpose, digest } => one_time_tokens::spend(tx, app, *purpose, digest, now).await?,
            Self::Code(typed) => typed.spend(tx).await?,
            Self::Address(proven) => proofs::spend(tx, proven, now).await?,
        })
    }
}

async fn owner_of(daemun: &Daemun, app: &App, proven: &Proven) -> Result<Option<AccountUuid>, Failure> {
    let Ok(email) = Email::parse(&proven.place.target) else { return Ok(None) };
    let name = Identifier::email(&email);
    Ok(daemun_store::identifiers::find_owner(&mut daemun.reader(), app.id, &name).await?)
}

/// Where the codes and proofs of an address for a new password count.
pub(crate) fn place(app: AppId, email: &Email) -> Place {
    Place { app, purpose: codes::Purpose::ResetPassword, target: email.key().to_owned() }
}

/// The key that an address alone is, after its code was checked from this network.
pub(crate) fn of_address(call: &Call, email: &Email) -> Key {
    Key::Address(proof::proven(call, codes::Purpose::ResetPassword, email))
}

/// Whether a link with this token opens the account that it names.
///
/// # Errors
/// When the database does not answer.
pub async fn reset_link_state(
    daemun: &Daemun,
    app: &App,
    uid: Option<&str>,
    token: &str,
) -> Result<LinkState, Failure> {
    let key = Key::Token { purpose: Purpose::ResetPassword, digest: digest(token) };
    match key.find_account(daemun, app).await {
        Ok(account) if uid.is_none_or(|uid| names(uid, &account)) => Ok(LinkState::Live),
        Ok(_) => Ok(LinkState::Dead),
        Err(failure) if failure.code() == Code::TokenInvalid => Ok(LinkState::Dead),
        Err(failure) => Err(failure),
    }
}

/// Whether a `uid` names the account: by its uuid in either form, or by its number.
pub(crate) fn names(uid: &str, account: &Account) -> bool {
    AccountUuid::parse(uid) == Some(account.uuid) || uid.parse() == Ok(account.id)
}
