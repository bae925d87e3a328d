//! Lines of the audit. An act is noted in the transaction that does it; a refusal in one of its own.

use daemun_model::{AccountUuid, Failure};
use daemun_store::audit::{Actor, Entry, insert};

use crate::call::Call;
use crate::daemun::Daemun;

/// The line for an act in this call: done, by whoever called.
pub(crate) fn done(daemun: &Daemun, call: &Call, act: &str, account: Option<AccountUuid>) -> Entry {
    let at = daemun.clock.now();
    let actor = match (&call.operator, &call.caller) {
        (Some(operator), _) => Actor::Operator(operator.clone()),
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

/// Notes that an act was refused and gives the refusal back, so that a verb ends in
/// `Err(audit::refused(…, Code::WrongPassword.into()).await)`.
pub(crate) async fn refused(
    daemun: &Daemun,
    call: &Call,
    act: &str,
    account: Option<AccountUuid>,
    failure: Failure,
) -> Failure {
    match failure {
        Failure::Invalid(_) | Failure::Refused { .. } | Failure::TooManyRequests { .. } => {}
        // The machinery failed: nobody was refused anything.
        Failure::Unavailable { .. } | Failure::Broken(_) => return failure,
    }
    let entry = Entry { outcome: failure.code().as_str().to_owned(), ..done(daemun, call, act, account) };
    let noted = daemun.db.write(async move |tx| Ok(insert(tx, &entry).await?)).await;
    match noted {
        Ok(()) => failure,
        Err(broken) => broken,
    }
}
