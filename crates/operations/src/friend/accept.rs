//! `friend.accept`: says yes to somebody who asked.

use daemun_model::{Code, Failure};
use daemun_store::friendships;

use super::{Input, Output, State, Two};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

pub(crate) fn operation() -> Operation {
    Operation::new("friend.accept", "Accept a request for friendship", accept)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Accept a request for friendship.
///
/// # Errors
/// Those of [`operation`]: `not_found` where the other has no open request to the caller.
pub async fn accept(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let refusals = (Code::NotFound, Code::NotFound);
    let (two, _) = Two::find(&daemun, &call, &input, "friend.accept", refusals).await?;
    let state = daemun
        .db
        .write(async move |tx| {
            two.hold(tx, Code::NotFound).await?;
            if !friendships::accept_request(tx, two.app, two.pair, two.other, two.now).await? {
                return Err(Code::NotFound.on("id"));
            }
            two.note(tx, State::Friends).await
        })
        .await?;
    Ok(Output { state })
}
