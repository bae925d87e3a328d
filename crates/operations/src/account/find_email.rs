//! `account.find_email`: the address of whoever registered a product key.

use daemun_model::{Code, Failure, ProductKey, email};
use daemun_store::product_keys;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::PerAddress;
use crate::operation::Operation;

const ACT: &str = "account.find_email";

/// Which key.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The product key, in any case, with or without dashes.
    #[schemars(required)]
    pub product_key: Option<String>,
}

/// Whose it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The address: `ho***@example.com` where the policy says `find_email.masked`.
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.find_email", "Find the e-mail address of a product key's owner", find_email)
        .fails(&[Code::Invalid, Code::ProductKeyUnknown])
}

/// Find the e-mail address of a product key's owner. A key that nobody registered reads as one that does not exist.
///
/// # Errors
/// Those of [`operation`]; `too_many_requests` when the address asked about too many keys.
pub async fn find_email(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("product_key", input.product_key.as_ref());
    faults.finish()?;
    let typed = input.product_key.unwrap_or_default();
    let limit = PerAddress::product_keys(&daemun, &call);
    limit.ask(&mut daemun.reader()).await?;
    let found = match ProductKey::parse(&typed) {
        Some(key) => product_keys::find_account(&mut daemun.reader(), call.app.id, &key).await?,
        None => None,
    };
    let Some(account) = found else {
        let unknown = Code::ProductKeyUnknown.on("product_key");
        return Err(limit.refused(&daemun, &call, ACT, unknown).await);
    };
    let entry = audit::done(&daemun, &call, ACT, Some(account.uuid));
    daemun
        .db
        .write(async move |tx| {
            limit.count(tx).await?;
            Ok(daemun_store::audit::insert(tx, &entry).await?)
        })
        .await?;
    let shown = |address: String| match call.app.policy.find_email_masked {
        true => email::masked(&address),
        false => address,
    };
    Ok(Output { email: account.email.map(shown) })
}
