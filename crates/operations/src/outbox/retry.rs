//! `outbox.retry`: a message that was given up, or waits to be tried again, is sent now.

use daemun_model::message::{Secret, Template};
use daemun_model::{Code, Failure, Permission};
use daemun_store::outbox::{self, Kept};
use daemun_store::{Tx, approvals};
use schemars::JsonSchema;
use serde::Serialize;

use super::search::{Found, can_retry, told};
use super::show::{Input, find};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The message as it is now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The message: it waits, and is due at once.
    pub message: Found,
}

pub(crate) fn operation() -> Operation {
    Operation::new("outbox.retry", "Send a message again", retry).needs(Permission::OutboxWrite).fails(&[
        Code::Invalid,
        Code::NotFound,
        Code::MessageGone,
    ])
}

/// Send a message again that was given up, or now one that would be tried later.
///
/// # Errors
/// Those of [`operation`]; `message_gone` where there is nothing to send any more: it was sent, its code or link was
/// cleared when it was given up, or does not work any more. Then a new one must be asked for.
pub async fn retry(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let kept = find(&daemun, &call, input.id.as_deref()).await?;
    let now = daemun.clock.now();
    if !can_retry(&kept, now) {
        return Err(Code::MessageGone.on("id"));
    }
    let mut entry = audit::done(&daemun, &call, "outbox.retry", kept.account);
    entry.detail = Some(kept.message.template.as_str().to_owned());
    let (app, id) = (call.app.id, kept.id);
    daemun
        .db
        .write(async move |tx| {
            let secret = secret_of(tx, app, &kept).await?;
            // A worker has it at this moment, or sent it meanwhile.
            if !outbox::retry(tx, (app, id), &secret, now).await? {
                return Err(Code::MessageGone.on("id"));
            }
            daemun_store::audit::insert(tx, &entry).await?;
            Ok(())
        })
        .await?;
    daemun.bell.notify_one();
    let kept = find(&daemun, &call, Some(&id.to_string())).await?;
    Ok(Output { message: told(&daemun, kept) })
}

/// What the message says beside its template. The reason of a rejection is kept with the decision, too.
async fn secret_of(tx: &mut Tx, app: daemun_model::AppId, kept: &Kept) -> Result<Secret, Failure> {
    let secret = kept.message.secret.clone();
    match (kept.message.template, kept.account) {
        (Template::AccountRejected, Some(account)) if secret == Secret::default() => {
            let decision = approvals::find(tx, app, account).await?;
            Ok(Secret { reason: decision.and_then(|decision| decision.reason), ..secret })
        }
        (_, _) => Ok(secret),
    }
}
