//! Product keys.

pub mod check;
pub mod export;
pub mod generate;
pub mod import;
pub mod list;
pub mod register;

use daemun_model::{Failure, ProductKey, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::product_keys;
use serde::Serialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::idempotency;

/// Keys that an operator brings.
struct Brought {
    keys: Vec<ProductKey>,
    at: Timestamp,
    line: Entry,
}

/// Keeps all keys that are new, and gives what is told of them: in one transaction, so that an import is there wholly or
/// not at all, and a request with a key of its own is done once. Ten thousand, the most, take a tenth of a second.
async fn keep<T>(
    daemun: &Daemun,
    call: &Call,
    brought: Brought,
    told: impl Fn(Vec<&ProductKey>) -> T + Send + Sync + 'static,
) -> Result<T, Failure>
where
    T: Serialize + Send + Sync + 'static,
{
    let (core, call) = (daemun.clone(), call.clone());
    daemun
        .db
        .write(async move |tx| {
            daemun_store::audit::insert(tx, &brought.line).await?;
            let mut new = Vec::with_capacity(brought.keys.len());
            for key in &brought.keys {
                if product_keys::insert(tx, call.app.id, key, brought.at).await? {
                    new.push(key);
                }
            }
            let told = told(new);
            idempotency::keep(tx, (&core, &call), &told).await?;
            Ok(told)
        })
        .await
}
