//! `friend.request_or_cancel`: asks somebody to be a friend, or takes that back.

use daemun_model::{Code, Failure, Status};
use daemun_store::{Tx, friendships};

use super::{Input, Output, State, Two};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

pub(crate) fn operation() -> Operation {
    Operation::new("friend.request_or_cancel", "Ask for a friendship, or take that back", request_or_cancel)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::SelfNotAllowed, Code::AccountNotFound, Code::AlreadyFriends])
}

/// Ask for a friendship, or take an open request of the caller back. Whoever asks somebody who has asked them is their
/// friend at once. Two identical requests at the same time leave one request or none, and each answer says which it was.
///
/// # Errors
/// Those of [`operation`].
pub async fn request_or_cancel(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let refusals = (Code::AccountNotFound, Code::SelfNotAllowed);
    let (two, other) = Two::find(&daemun, &call, &input, "friend.request_or_cancel", refusals).await?;
    if other.status != Status::Approved {
        return Err(Code::AccountNotFound.on("id"));
    }
    let state = daemun.db.write(async move |tx| turn(&two, tx).await).await?;
    Ok(Output { state })
}

async fn turn(two: &Two, tx: &mut Tx) -> Result<State, Failure> {
    two.hold(tx, Code::AccountNotFound).await?;
    let Two { app, me, other, pair, now, .. } = *two;
    if friendships::insert_request(tx, app, pair, me, now).await? {
        return two.note(tx, State::Requested).await;
    }
    if friendships::accept_request(tx, app, pair, other, now).await? {
        return two.note(tx, State::Friends).await;
    }
    if friendships::delete_request(tx, app, pair, me).await? {
        return two.note(tx, State::Cancelled).await;
    }
    Err(Code::AlreadyFriends.on("id"))
}
