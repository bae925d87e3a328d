//! `friend.requests`: who asks the caller, and whom the caller asks.

use daemun_model::{Card, Failure, Timestamp};
use daemun_store::friendships::{self, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::cards;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// An open request, from the caller's side.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Open {
    /// The other one.
    pub account: Card,
    /// When it was asked.
    pub requested_at: Timestamp,
}

/// The open requests of the caller.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Those to the caller, the latest first.
    pub received: Vec<Open>,
    /// Those by the caller, the latest first.
    pub sent: Vec<Open>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("friend.requests", "List open requests for friendship", requests)
        .reads_only()
        .caller(CallerRule::Required)
}

/// List open requests for friendship, from and to the caller.
///
/// # Errors
/// Those of [`operation`].
pub async fn requests(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let me = call.caller()?.account.uuid;
    let open = friendships::list_requests(&mut daemun.reader(), call.app.id, me).await?;
    let (mine, others): (Vec<_>, Vec<_>) = open.into_iter().partition(|request| request.asked_by == me);
    Ok(Output { received: shown(&daemun, &call, others).await?, sent: shown(&daemun, &call, mine).await? })
}

async fn shown(daemun: &Daemun, call: &Call, requests: Vec<Request>) -> Result<Vec<Open>, Failure> {
    let times: Vec<_> = requests.iter().map(|request| request.asked_at).collect();
    let accounts = requests.into_iter().map(|request| request.account).collect();
    let cards = cards::of_all(daemun, call, accounts).await?;
    let open = cards.into_iter().zip(times);
    Ok(open.map(|(account, requested_at)| Open { account, requested_at }).collect())
}
