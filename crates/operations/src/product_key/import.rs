//! `product_key.import`: an operator brings keys that were made elsewhere.

use std::collections::HashSet;

use daemun_model::{Code, Failure, Permission, ProductKey, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Brought, keep};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most keys of one call.
const MOST: usize = 10_000;

/// Which keys.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The keys: 1 to 10000, each of 1 to 64 letters, digits and dashes.
    #[schemars(required)]
    pub keys: Option<Vec<String>>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// How many keys are new.
    pub imported: i64,
    /// How many were there already, or were named before.
    pub known: i64,
}

pub(crate) fn operation() -> Operation {
    Operation::new("product_key.import", "Import product keys", import)
        .needs(Permission::ProductKeysWrite)
        .fails(&[Code::Invalid])
}

/// Import product keys. Keys that are there stay as they are, so that an import can be repeated. When one has not the
/// form of a key, nothing is imported.
///
/// # Errors
/// Those of [`operation`].
pub async fn import(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let keys = read(&call, input)?;
    let named = keys.len();
    let mut seen = HashSet::new();
    let keys: Vec<_> = keys.into_iter().filter(|key| seen.insert(key.value().to_owned())).collect();
    let mut line = audit::done(&daemun, &call, "product_key.import", None);
    line.detail = Some(format!("{} keys", keys.len()));
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let brought = Brought { keys, at: daemun.clock.now(), line };
    keep(&daemun, &call, brought, move |new| Output {
        imported: count(new.len()),
        known: count(named - new.len()),
    })
    .await
}

fn read(call: &Call, input: Input) -> Result<Vec<ProductKey>, Failure> {
    let mut faults = call.faults.clone();
    faults.require("keys", input.keys.as_ref());
    let typed = input.keys.unwrap_or_default();
    if typed.is_empty() {
        faults.add("keys", Reason::Required);
    }
    if typed.len() > MOST {
        faults.add("keys", Reason::TooLong { max: MOST });
    }
    let mut keys = Vec::with_capacity(typed.len().min(MOST));
    for (place, typed) in typed.iter().take(MOST).enumerate() {
        let field = format!("keys.{place}");
        keys.extend(faults.take(&field, ProductKey::parse(typed).ok_or(Reason::Malformed)));
    }
    faults.finish()?;
    Ok(keys)
}
