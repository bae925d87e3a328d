//! `account.erase`: an operator deletes an account.

use daemun_model::{Account, AccountUuid, AppId, Code, Email, Failure, Permission, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::codes::{self, Place, Purpose};
use daemun_store::sessions::{self, EndedWhy};
use daemun_store::{
    Tx, accounts, approvals, catalogs, friendships, identifiers, one_time_tokens, organizations, outbox,
    product_keys, proofs, rooms, time_settings, uploads, wrong_passwords,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::named;
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Whom to delete.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The account: its number, its uuid (either form) or its e-mail address.
    #[schemars(required)]
    pub account: Option<String>,
}

/// Who is gone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account as it was.
    pub account: Account,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.erase", "Delete an account", erase)
        .needs(Permission::AccountsErase)
        .fails(&[Code::Invalid, Code::AccountNotFound])
}

/// Delete an account: what is personal is erased, its names and its product key are free again, its sessions and
/// friendships end, it leaves its room.
///
/// # Errors
/// Those of [`operation`].
pub async fn erase(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = named(&daemun, &call, input.account).await?;
    let erasure = Erasure::prepare(&daemun, &call, "account.erase", &account);
    let erased = daemun.db.write(async move |tx| erasure.write(tx).await).await?;
    if erased { Ok(Output { account }) } else { Err(Code::AccountNotFound.on("account")) }
}

/// Everything that goes with an account.
pub(super) struct Erasure {
    app: AppId,
    account: AccountUuid,
    /// Where codes and proofs of its address and number are kept.
    places: Vec<Place>,
    entry: Entry,
    now: Timestamp,
}

impl Erasure {
    pub(super) fn prepare(daemun: &Daemun, call: &Call, act: &str, account: &Account) -> Self {
        let app = call.app.id;
        let email = account.email.as_deref().and_then(|address| Email::parse(address).ok());
        let place = |purpose, email: &Email| Place { app, purpose, target: email.key().to_owned() };
        let by_mail = [Purpose::ResetPassword, Purpose::ProveEmail, Purpose::SignIn]
            .into_iter()
            .filter_map(|purpose| email.as_ref().map(|email| place(purpose, email)));
        let by_phone =
            account.phone_number.clone().map(|target| Place { app, purpose: Purpose::SignIn, target });
        let places = by_mail.chain(by_phone);
        Self {
            app,
            account: account.uuid,
            places: places.collect(),
            entry: audit::done(daemun, call, act, Some(account.uuid)),
            now: daemun.clock.now(),
        }
    }

    /// Erases it, and tells whether it was still there.
    pub(super) async fn write(&self, tx: &mut Tx) -> Result<bool, Failure> {
        // Before the account, as a sign-in goes: two that go different ways wait for each other.
        wrong_passwords::delete_all(tx, self.app, self.account).await?;
        if !accounts::erase(tx, self.app, self.account, self.now).await? {
            return Ok(false);
        }
        identifiers::release_all(tx, self.app, self.account).await?;
        sessions::end_all(tx, self.app, self.account, EndedWhy::Deleted, self.now).await?;
        uploads::release_all(tx, self.app, self.account, self.now).await?;
        one_time_tokens::delete_all(tx, self.app, self.account).await?;
        for place in &self.places {
            codes::delete(tx, place).await?;
            proofs::delete(tx, place).await?;
        }
        catalogs::forget(tx, self.app, self.account).await?;
        approvals::forget(tx, self.app, self.account).await?;
        self.take_out(tx).await?;
        outbox::delete_of_account(tx, self.app, self.account).await?;
        daemun_store::audit::insert(tx, &self.entry).await?;
        Ok(true)
    }
    /// Takes it out of what it shared with others. Its product key is free again: who bought the product keeps it.
    async fn take_out(&self, tx: &mut Tx) -> Result<(), Failure> {
        organizations::leave(tx, self.app, self.account).await?;
        rooms::leave(tx, self.app, self.account).await?;
        friendships::delete_all(tx, self.app, self.account).await?;
        product_keys::release(tx, self.app, self.account).await?;
        time_settings::delete(tx, self.app, self.account).await?;
        Ok(())
    }
}
