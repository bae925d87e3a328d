//! `email.request_code`: an address to be proven before sign-up.

use daemun_model::message::{Secret, Template};
use daemun_model::{Code, Failure};
use daemun_store::codes::{self, NewCode, Place, Purpose};
use daemun_store::identifiers::{self, Identifier};
use daemun_store::outbox;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::{PerAddress, Queued, Sending};
use crate::operation::{Done, Operation};
use crate::{audit, mail, secret};

const ACT: &str = "email.request_code";

/// Which address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The address to prove.
    #[schemars(required)]
    pub email: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("email.request_code", "Send a code that proves an e-mail address", request_code)
        .fails(&[Code::Invalid, Code::EmailTaken])
}

/// Send a code that proves an e-mail address.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_code(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let now = daemun.clock.now();
    let email = super::read(&daemun, &call, input.email.as_deref())?;
    let name = Identifier::email(&email);
    let refusals = PerAddress::open_refusals(&daemun, &call);
    refusals.ask(&mut daemun.reader()).await?;
    if identifiers::find_owner(&mut daemun.reader(), call.app.id, &name).await?.is_some() {
        return Err(refusals.refused(&daemun, &call, ACT, Code::EmailTaken.on("email")).await);
    }

    let place = Place { app: call.app.id, purpose: Purpose::ProveEmail, target: email.key().to_owned() };
    let code = secret::code(&*daemun.random);
    let expires_at = now.plus_seconds(daemun.settings.code_lifetime);
    let digest = secret::code_digest(&daemun, &place, &code);
    let kept = NewCode { place, digest, account: None, created_at: now, expires_at };
    let what = (Template::EmailCode, Secret { code: Some(code), link: None });
    let message = mail::with_secret(&daemun, &call, (None, email.address()), what, expires_at);
    let entry = audit::done(&daemun, &call, ACT, None);
    let sending = Sending::new(&daemun, &call, Purpose::ProveEmail.as_str(), email.key());
    daemun
        .db
        .write(async move |tx| {
            refusals.ask(tx).await?;
            sending.count(tx, Queued::Yes).await?;
            codes::replace(tx, &kept).await?;
            outbox::insert(tx, &message).await?;
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(())
        })
        .await?;
    daemun.bell.notify_one();
    Ok(Done {})
}
