//! Product keys.

pub mod check;
pub mod export;
pub mod generate;
pub mod import;
pub mod list;
pub mod register;

use daemun_model::{AppId, Failure, ProductKey, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::product_keys;

use crate::daemun::Daemun;

/// Keys that are written in one transaction: few enough to hold nobody up.
const CHUNK: usize = 500;

/// Keeps keys, some at a time, and gives back those that are new. The line of the audit comes with the first.
async fn keep(
    daemun: &Daemun,
    app: AppId,
    entry: Entry,
    keys: Vec<ProductKey>,
    now: Timestamp,
) -> Result<Vec<ProductKey>, Failure> {
    let mut new = Vec::with_capacity(keys.len());
    let mut entry = Some(entry);
    for chunk in keys.chunks(CHUNK) {
        let (chunk, entry) = (chunk.to_vec(), entry.take());
        let kept = daemun
            .db
            .write(async move |tx| {
                if let Some(entry) = &entry {
                    daemun_store::audit::insert(tx, entry).await?;
                }
                let mut kept = Vec::new();
                for key in &chunk {
                    if product_keys::insert(tx, app, key, now).await? {
                        kept.push(key.clone());
                    }
                }
                Ok(kept)
            })
            .await?;
        new.extend(kept);
    }
    Ok(new)
}
