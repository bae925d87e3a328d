//! `product_key.register`: a product key becomes the caller's.

use daemun_model::{AccountUuid, AppId, Code, Failure, ProductKey, RegisteredKey, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::{Tx, accounts, product_keys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

const ACT: &str = "product_key.register";

/// Which key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The product key, in any case, with or without dashes.
    #[schemars(required)]
    pub product_key: Option<String>,
}

/// The caller's key.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The key.
    pub product_key: RegisteredKey,
}

pub(crate) fn operation() -> Operation {
    Operation::new("product_key.register", "Register a product key", register)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::ProductKeyUnknown, Code::ProductKeyUsed])
}

/// Register a product key. A key that the caller had before is free again; one's own key, again, stays one's own.
///
/// # Errors
/// Those of [`operation`].
pub async fn register(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("product_key", input.product_key.as_ref());
    faults.finish()?;
    let account = call.caller()?.account.uuid;
    let unknown = Code::ProductKeyUnknown.on("product_key");
    let Some(key) = ProductKey::parse(&input.product_key.unwrap_or_default()) else {
        return Err(audit::refused(&daemun, &call, ACT, Some(account), unknown).await);
    };
    let work = Work {
        app: call.app.id,
        account,
        key,
        entry: audit::done(&daemun, &call, ACT, Some(account)),
        now: daemun.clock.now(),
    };
    match daemun.db.write(async move |tx| work.write(tx).await).await {
        Ok(product_key) => Ok(Output { product_key }),
        Err(failure) => Err(audit::refused(&daemun, &call, ACT, Some(account), failure).await),
    }
}

/// What the transaction needs.
struct Work {
    app: AppId,
    account: AccountUuid,
    key: ProductKey,
    entry: Entry,
    now: Timestamp,
}

impl Work {
    async fn write(&self, tx: &mut Tx) -> Result<RegisteredKey, Failure> {
        if !accounts::hold_approved(tx, self.app, self.account).await? {
            return Err(Code::Unauthenticated.into());
        }
        match product_keys::find_owner(tx, self.app, &self.key).await? {
            None => return Err(Code::ProductKeyUnknown.on("product_key")),
            Some(Some(owner)) if owner == self.account => {}
            Some(_) => {
                // First the old one: nobody has two. If the new one is not to be had, this is undone as well.
                product_keys::release(tx, self.app, self.account).await?;
                if !product_keys::claim(tx, self.app, &self.key, self.account, self.now).await? {
                    return Err(Code::ProductKeyUsed.on("product_key"));
                }
                daemun_store::audit::insert(tx, &self.entry).await?;
            }
        }
        let mine = product_keys::find_key_of(tx, self.app, self.account).await?;
        mine.ok_or_else(|| Failure::broken("a product key that was registered is gone"))
    }
}
