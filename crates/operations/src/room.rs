//! Rooms: members who are together for a while.

pub mod create;
pub mod enter_or_leave;
pub mod list;
pub mod show;

use daemun_model::{AppId, Failure, Room};
use daemun_store::limits::{Key, Kind};
use daemun_store::rooms;

use crate::account::cards;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::Counter;

/// The most code points of a room's password.
const LONGEST_PASSWORD: usize = 64;

/// A room with its members, for somebody who is in it.
pub(crate) async fn with_members(daemun: &Daemun, call: &Call, room: Room) -> Result<Room, Failure> {
    let accounts = rooms::list_members(&mut daemun.reader(), call.app.id, room.id).await?;
    Ok(Room { members: Some(cards::of_contacts(daemun, call, accounts).await?), ..room })
}

/// Wrong passwords of rooms that the caller types.
fn wrong_passwords(daemun: &Daemun, call: &Call, app: AppId) -> Result<Counter, Failure> {
    let subject = call.caller()?.account.uuid.to_string();
    let key = Key { app, kind: Kind::RoomPasswords, subject };
    Ok(Counter::new(daemun, key, daemun.settings.limits.room_passwords))
}
