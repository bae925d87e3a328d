//! `friend.list`: the caller's friends.

use daemun_model::{AccountUuid, AppId, Card, Failure, Relations};
use daemun_store::friendships;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::cards;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {}

/// The caller's friends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The friends, the earliest account first.
    pub friends: Vec<Card>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("friend.list", "List the caller's friends", list).reads_only().caller(CallerRule::Required)
}

/// List the caller's friends.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, _input: Input) -> Result<Output, Failure> {
    let account = call.caller()?.account.uuid;
    Ok(Output { friends: friends_of(&daemun, call.relations, call.app.id, account).await? })
}

/// The friends of an account, as they are shown to it.
pub(crate) async fn friends_of(
    daemun: &Daemun,
    relations: Relations,
    app: AppId,
    account: AccountUuid,
) -> Result<Vec<Card>, Failure> {
    let friends = friendships::list_friends(&mut daemun.reader(), app, account).await?;
    cards::of_contacts(daemun, relations, app, friends).await
}
