//! `friend.remove`: ends a friendship.

use daemun_model::{Code, Failure};
use daemun_store::friendships;

use super::{Input, Output, State, Two};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

pub(crate) fn operation() -> Operation {
    Operation::new("friend.remove", "End a friendship", remove)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFriends])
}

/// End a friendship, for both.
///
/// # Errors
/// Those of [`operation`].
pub async fn remove(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let refusals = (Code::NotFriends, Code::NotFriends);
    let (two, _) = Two::find(&daemun, &call, &input, "friend.remove", refusals).await?;
    let state = daemun
        .db
        .write(async move |tx| {
            if !friendships::delete_friendship(tx, two.app, two.pair).await? {
                return Err(Code::NotFriends.on("id"));
            }
            two.note(tx, State::None).await
        })
        .await?;
    Ok(Output { state })
}
