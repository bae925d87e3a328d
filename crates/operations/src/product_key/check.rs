//! `product_key.check`: is a key good for a registration?

use daemun_model::{Code, Failure, ProductKey, ProductKeyState};
use daemun_store::product_keys;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::PerAddress;
use crate::operation::Operation;

/// Which key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The product key, in any case, with or without dashes.
    #[schemars(required)]
    pub product_key: Option<String>,
}

/// What it is good for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// `free`, `used` or `unknown`.
    pub state: ProductKeyState,
}

pub(crate) fn operation() -> Operation {
    Operation::new("product_key.check", "Check a product key", check).fails(&[Code::Invalid])
}

/// Check a product key. Whatever the answer, it counts: nobody finds keys by trying.
///
/// # Errors
/// Those of [`operation`]; `too_many_requests` when the address asked about too many keys.
pub async fn check(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("product_key", input.product_key.as_ref());
    faults.finish()?;
    let key = ProductKey::parse(&input.product_key.unwrap_or_default());
    let limit = PerAddress::product_keys(&daemun, &call);
    let app = call.app.id;
    daemun
        .db
        .write(async move |tx| {
            limit.count(tx).await?;
            let owner = match &key {
                Some(key) => product_keys::find_owner(tx, app, key).await?,
                None => None,
            };
            let state = match owner {
                Some(None) => ProductKeyState::Free,
                Some(Some(_)) => ProductKeyState::Used,
                None => ProductKeyState::Unknown,
            };
            Ok(Output { state })
        })
        .await
}
