//! `product_key.generate`: an operator makes keys.

use daemun_model::{Code, Failure, Permission, ProductKey, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Brought, keep};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most keys of one call.
const MOST: i64 = 10_000;

/// How many.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// How many keys: 1 to 10000, 1 where it is left out.
    #[schemars(extend("minimum" = 1, "maximum" = MOST))]
    pub count: Option<i64>,
}

/// The new keys.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The keys: 16 characters of Crockford's base 32 in groups of four, the last of which checks the others.
    pub product_keys: Vec<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("product_key.generate", "Make product keys", generate)
        .needs(Permission::ProductKeysWrite)
        .fails(&[Code::Invalid])
}

/// Make product keys that are there and free.
///
/// # Errors
/// Those of [`operation`].
pub async fn generate(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let count = input.count.unwrap_or(1);
    if !(1..=MOST).contains(&count) {
        faults.add("count", Reason::OutOfRange);
    }
    faults.finish()?;
    let mut line = audit::done(&daemun, &call, "product_key.generate", None);
    line.detail = Some(format!("{count} keys"));
    let keys = (0..count).map(|_| ProductKey::generate(&*daemun.random)).collect();
    let brought = Brought { keys, at: daemun.clock.now(), line };
    keep(&daemun, &call, brought, |new| Output {
        product_keys: new.iter().map(|key| key.shown().to_owned()).collect(),
    })
    .await
}
