//! `room.show`: one room.

use daemun_model::{Code, Failure, Room};
use daemun_store::rooms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::with_members;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// Which room.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the room.
    #[schemars(required)]
    pub id: Option<i64>,
}

/// The room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The room; its members only for somebody who is in it.
    pub room: Room,
}

pub(crate) fn operation() -> Operation {
    Operation::new("room.show", "Show a room", show)
        .reads_only()
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Show a room.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("id", input.id.as_ref());
    faults.finish()?;
    let room = seen(&daemun, &call, input.id.unwrap_or_default()).await?;
    Ok(Output { room: room.ok_or(Code::NotFound.on("id"))? })
}

/// A room as the caller may see it.
pub(super) async fn seen(daemun: &Daemun, call: &Call, id: i64) -> Result<Option<Room>, Failure> {
    let mut reader = daemun.reader();
    let Some(room) = rooms::find(&mut reader, call.app.id, id).await? else { return Ok(None) };
    let own = rooms::find_room_of(&mut reader, call.app.id, call.caller()?.account.uuid).await?;
    if own == Some(id) {
        Ok(Some(with_members(daemun, call.relations, call.app.id, room).await?))
    } else {
        Ok(Some(room))
    }
}
