//! `email.verify`: the link of a verification mail.

use daemun_crypto::digest;
use daemun_model::{Account, App, Code, Email, Failure};
use daemun_store::accounts;
use daemun_store::one_time_tokens::{self, Purpose};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::link::LinkState;
use crate::operation::{Done, Operation};

const INVALID: Failure = Code::TokenInvalid.on("token");

/// The token.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The token of the link.
    #[schemars(required)]
    pub token: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.verify", "Verify an e-mail address with the token of its mail", verify)
        .fails(&[Code::Invalid, Code::TokenInvalid])
}

/// Verify an e-mail address with the token of its mail.
///
/// To follow the link twice is no mistake: mail programs do it before their readers.
///
/// # Errors
/// Those of [`operation`].
pub async fn verify(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let mut faults = call.faults.clone();
    faults.require("token", input.token.as_ref());
    faults.finish()?;
    let digest = digest(&input.token.unwrap_or_default());
    let (account, address) = find(&daemun, &call.app, &digest).await?.ok_or(INVALID)?;
    if account.email_verified {
        return Ok(Done {});
    }
    let (app, now) = (call.app.id, daemun.clock.now());
    let entry = audit::done(&daemun, &call, "email.verify", Some(account.uuid));
    daemun
        .db
        .write(async move |tx| {
            if !accounts::mark_email_verified(tx, app, account.uuid, &address).await? {
                return Err(INVALID);
            }
            one_time_tokens::spend(tx, app, Purpose::VerifyEmail, &digest, now).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(Done {})
        })
        .await
}

/// Whether a link with this token verifies an address, or has done so.
///
/// # Errors
/// When the database does not answer.
pub async fn verify_link_state(daemun: &Daemun, app: &App, token: &str) -> Result<LinkState, Failure> {
    let found = find(daemun, app, &digest(token)).await?;
    Ok(if found.is_some() { LinkState::Live } else { LinkState::Dead })
}

/// The account of a token, and its address, which must still be the one that the mail went to.
async fn find(daemun: &Daemun, app: &App, digest: &str) -> Result<Option<(Account, String)>, Failure> {
    let now = daemun.clock.now();
    let mut reader = daemun.reader();
    let token =
        one_time_tokens::find_unexpired(&mut reader, app.id, Purpose::VerifyEmail, digest, now).await?;
    let Some(token) = token else { return Ok(None) };
    let account = accounts::find_by_uuid(&mut reader, app.id, token.account).await?;
    let still = account.and_then(|account| {
        let address = account.email.clone()?;
        let key = Email::parse(&address).ok()?.key().to_owned();
        (token.target == Some(key)).then_some((account, address))
    });
    Ok(still)
}
