//! `friend.reject`: says no to somebody who asked.

use daemun_model::{Code, Failure};
use daemun_store::friendships;

use super::{Input, Output, State, Two};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

pub(crate) fn operation() -> Operation {
    Operation::new("friend.reject", "Reject a request for friendship", reject)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Reject a request for friendship. The other may ask again.
///
/// # Errors
/// Those of [`operation`]: `not_found` where the other has no open request to the caller.
pub async fn reject(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let refusals = (Code::NotFound, Code::NotFound);
    let (two, _) = Two::find(&daemun, &call, &input, "friend.reject", refusals).await?;
    let state = daemun
        .db
        .write(async move |tx| {
            if !friendships::delete_request(tx, two.app, two.pair, two.other).await? {
                return Err(Code::NotFound.on("id"));
            }
            two.note(tx, State::None).await
        })
        .await?;
    Ok(Output { state })
}
