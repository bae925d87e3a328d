//! Rooms: members who are together for a while.

pub mod create;
pub mod enter_or_leave;
pub mod list;
pub mod show;

use daemun_model::{AccountUuid, AppId, Failure, Relations, Room};
use daemun_store::limits::{Key, Kind};
use daemun_store::rooms;

use crate::account::cards;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::limits::Counter;

/// The most code points of a room's password.
const LONGEST_PASSWORD: usize = 64;

/// A room with its members, for somebody who is in it.
async fn with_members(
    daemun: &Daemun,
    relations: Relations,
    app: AppId,
    room: Room,
) -> Result<Room, Failure> {
    let accounts = rooms::list_members(&mut daemun.reader(), app, room.id).await?;
    Ok(Room { members: Some(cards::of_contacts(daemun, relations, app, accounts).await?), ..room })
}

/// The room that an account is in, as it sees it.
pub(crate) async fn room_of(
    daemun: &Daemun,
    relations: Relations,
    app: AppId,
    account: AccountUuid,
) -> Result<Option<Room>, Failure> {
    let mut reader = daemun.reader();
    let Some(id) = rooms::find_room_of(&mut reader, app, account).await? else { return Ok(None) };
    match rooms::find(&mut reader, app, id).await? {
        Some(room) => Ok(Some(with_members(daemun, relations, app, room).await?)),
        None => Ok(None),
    }
}

/// Wrong passwords of rooms that the caller types.
fn wrong_passwords(daemun: &Daemun, call: &Call, app: AppId) -> Result<Counter, Failure> {
    let subject = call.caller()?.account.uuid.to_string();
    let key = Key { app, kind: Kind::RoomPasswords, subject };
    Ok(Counter::new(daemun, key, daemun.settings.limits.room_passwords))
}
