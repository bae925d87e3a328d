//! Lines of the audit. An act is noted in the transaction that does it; a refusal in one of its own.

pub mod export;
pub mod search;

use daemun_model::{AccountUuid, Failure};
use daemun_store::audit::{Actor, Entry, insert};

use crate::call::Call;
use crate::daemun::Daemun;

/// The line for an act in this call: done, by whoever called.
pub(crate) fn done(daemun: &Daemun, call: &Call, act: &str, account: Option<AccountUuid>) -> Entry {
    let at = daemun.clock.now();
    let actor = match (&call.operator, &call.caller) {
        (Some(operator), _) => Actor::Operator(operator.name.clone()),
        (None, Some(caller)) => Actor::Member(caller.account.uuid),
        (None, None) => Actor::Nobody,
    };
    Entry {
        id: daemun.random.uuid_v7(at),
        at,
        app: call.app.id,
        act: act.to_owned(),
        outcome: "done".to_owned(),
        actor,
        account,
        address: call.client.address.to_canonical().to_string(),
        request_id: call.request_id.clone(),
        detail: None,
    }
}

/// The line for an act that was refused; none where the machinery failed, since nobody was refused anything then,
/// and none where a limit is reached: to be turned away must cost less than to ask.
pub(crate) fn refusal(
    daemun: &Daemun,
    call: &Call,
    act: &str,
    account: Option<AccountUuid>,
    failure: &Failure,
) -> Option<Entry> {
    match failure {
        Failure::Invalid(_) | Failure::Refused { .. } => {
            let outcome = failure.code().as_str().to_owned();
            Some(Entry { outcome, ..done(daemun, call, act, account) })
        }
        Failure::TooManyRequests { .. } | Failure::Unavailable { .. } | Failure::Broken(_) => None,
    }
}

/// Notes that an act was refused and gives the refusal back, so that a verb ends in
/// `Err(audit::refused(…, Code::WrongPassword.into()).await)`.
pub(crate) async fn refused(
    daemun: &Daemun,
    call: &Call,
    act: &str,
    account: Option<AccountUuid>,
    failure: Failure,
) -> Failure {
    let Some(entry) = refusal(daemun, call, act, account, &failure) else { return failure };
    let noted = daemun.db.write(async move |tx| Ok(insert(tx, &entry).await?)).await;
    match noted {
        Ok(()) => failure,
        Err(broken) => broken,
    }
}
