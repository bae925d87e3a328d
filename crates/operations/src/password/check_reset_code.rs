//! `password.check_reset_code`: the code of a reset mail.

use daemun_crypto::digest;
use daemun_model::{Code, Email, Failure, Timestamp};
use daemun_store::Tx;
use daemun_store::audit::Entry;
use daemun_store::codes;
use daemun_store::one_time_tokens::{self, NewToken};
use daemun_store::proofs::{self, Proven};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::key;
use crate::call::Call;
use crate::code::{self, Typed};
use crate::daemun::Daemun;
use crate::email::{self, proof};
use crate::operation::Operation;
use crate::{audit, secret};

/// The address and its code.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The e-mail address that the mail went to.
    #[schemars(required)]
    pub email: Option<String>,
    /// The six digits.
    #[schemars(required)]
    pub code: Option<String>,
}

/// What `password.reset` takes in place of the code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Lets the password be chosen once, within ten minutes. The same client address can do so by naming the e-mail address only.
    pub proof: String,
}

pub(crate) fn operation() -> Operation {
    Operation::new("password.check_reset_code", "Check the code of a reset mail", check_reset_code)
        .fails(&[Code::Invalid, Code::CodeInvalid])
}

/// Check the code of a reset mail. It is used up; the proof that comes of it lets one password be chosen.
///
/// # Errors
/// Those of [`operation`].
pub async fn check_reset_code(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let (email, typed) =
        email::read_with_code(&daemun, &call, input.email.as_deref(), input.code.as_deref())?;
    let typed = Typed::new(&daemun, key::place(call.app.id, &email), &typed);
    let proof = secret::link_token(&*daemun.random);
    let check = Check::prepare(&daemun, &call, &email, typed, &proof);
    let won = daemun.db.write(async move |tx| check.write(tx).await).await?;
    if won { Ok(Output { proof }) } else { Err(code::INVALID) }
}

/// What the transaction needs.
struct Check {
    typed: Typed,
    digest: String,
    proven: Proven,
    created_at: Timestamp,
    expires_at: Timestamp,
    entry: Entry,
}

impl Check {
    fn prepare(daemun: &Daemun, call: &Call, email: &Email, typed: Typed, proof: &str) -> Self {
        let created_at = daemun.clock.now();
        Self {
            typed,
            digest: digest(proof),
            proven: proof::proven(call, codes::Purpose::ResetPassword, email),
            created_at,
            expires_at: created_at.plus_seconds(daemun.settings.reset_proof_lifetime),
            entry: audit::done(daemun, call, "password.check_reset_code", None),
        }
    }

    async fn write(&self, tx: &mut Tx) -> Result<bool, Failure> {
        let account = match self.typed.look_up(tx).await? {
            Some(Some(account)) if self.typed.spend(tx).await? => account,
            Some(_) | None => {
                let outcome = Code::CodeInvalid.as_str().to_owned();
                daemun_store::audit::insert(tx, &Entry { outcome, ..self.entry.clone() }).await?;
                return Ok(false);
            }
        };
        let token = NewToken {
            app: self.proven.place.app,
            account,
            purpose: one_time_tokens::Purpose::ResetProof,
            digest: self.digest.clone(),
            target: None,
            created_at: self.created_at,
            expires_at: self.expires_at,
        };
        one_time_tokens::replace(tx, &token).await?;
        proofs::replace(tx, &self.proven, self.created_at, self.expires_at).await?;
        daemun_store::audit::insert(tx, &Entry { account: Some(account), ..self.entry.clone() }).await?;
        Ok(true)
    }
}
