//! `email.check_code`: the code that proves an address.

use daemun_model::{Code, Failure};
use daemun_store::audit::Entry;
use daemun_store::codes::{self, Place, Purpose};
use daemun_store::proofs::{self, Proven};
use schemars::JsonSchema;
use serde::Deserialize;

use super::proof;
use crate::audit;
use crate::call::Call;
use crate::code::{self, Typed};
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

const ACT: &str = "email.check_code";

/// The address and its code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The address that the code went to.
    #[schemars(required)]
    pub email: Option<String>,
    /// The six digits.
    #[schemars(required)]
    pub code: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.check_code", "Check the code that was sent to an e-mail address", check_code)
        .fails(&[Code::Invalid, Code::CodeInvalid])
}

/// Check the code that was sent to an e-mail address: it is proven then for a sign-up from the same network,
/// in the organisation that the code was asked for.
///
/// # Errors
/// Those of [`operation`].
pub async fn check_code(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let (email, typed) =
        super::read_with_code(&daemun, &call, input.email.as_deref(), input.code.as_deref())?;
    let place = Place { app: call.app.id, purpose: Purpose::ProveEmail, target: email.key().to_owned() };
    let typed = Typed::new(&daemun, place, &typed);
    let proven = proof::proven(&call, Purpose::ProveEmail, &email);
    let now = daemun.clock.now();
    let expires_at = now.plus_seconds(daemun.settings.sign_up_proof_lifetime);
    let right = audit::done(&daemun, &call, ACT, None);
    let wrong = Entry { outcome: Code::CodeInvalid.as_str().to_owned(), ..right.clone() };
    let won = daemun
        .db
        .write(async move |tx| {
            let won = typed.look_up(tx).await?.is_some() && typed.spend(tx).await?;
            if won {
                let organization = codes::find_organization(tx, &proven.place).await?;
                let proven = Proven { organization, ..proven.clone() };
                proofs::replace(tx, &proven, now, expires_at).await?;
            }
            daemun_store::audit::insert(tx, if won { &right } else { &wrong }).await?;
            Ok(won)
        })
        .await?;
    if won { Ok(Done {}) } else { Err(code::INVALID) }
}
