//! `room.enter_or_leave`: the door of a room, in both directions.

use daemun_crypto::Verdict;
use daemun_model::{AccountUuid, AppId, Code, Failure, Room, Timestamp};
use daemun_store::audit::Entry;
use daemun_store::rooms::{self, Entered};
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{with_members, wrong_passwords};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

const ACT: &str = "room.enter_or_leave";
/// How often it is begun anew when the caller's place changed under it.
const ATTEMPTS: u32 = 5;

/// Which room.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The number of the room.
    #[schemars(required)]
    pub id: Option<i64>,
    /// Its password, to enter one that has one.
    pub password: Option<String>,
}

/// On which side of the door the caller is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the room.
    Entered,
    /// Outside.
    Left,
}

/// The room after it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The room as the caller sees it now; one that was closed has no members.
    pub room: Room,
    /// `entered` or `left`.
    pub state: State,
}

pub(crate) fn operation() -> Operation {
    Operation::new("room.enter_or_leave", "Enter or leave a room", enter_or_leave)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound, Code::InAnotherRoom, Code::RoomFull, Code::WrongRoomPassword])
}

/// Enter a room, or leave it when the caller is in it. The last one to leave closes it. Two identical calls at the same
/// time leave the caller inside or outside, and each answer says which it was.
///
/// # Errors
/// Those of [`operation`]; `too_many_requests` after too many wrong passwords.
pub async fn enter_or_leave(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    faults.require("id", input.id.as_ref());
    faults.finish()?;
    let id = input.id.unwrap_or_default();
    let account = call.caller()?.account.uuid;
    for _ in 0..ATTEMPTS {
        let own = rooms::find_room_of(&mut daemun.reader(), call.app.id, account).await?;
        let pass = match own {
            Some(own) if own == id => Pass::ToLeave,
            Some(_) | None => show_in(&daemun, &call, id, input.password.as_deref(), own).await?,
        };
        let entry = audit::done(&daemun, &call, ACT, Some(account));
        let work = Work { app: call.app.id, id, account, pass, entry, now: daemun.clock.now() };
        match daemun.db.write(async move |tx| work.write(tx).await).await? {
            Turned::Entered(room) => {
                let room = with_members(&daemun, call.relations, call.app.id, room).await?;
                return Ok(Output { room, state: State::Entered });
            }
            Turned::Left(room) => return Ok(Output { room, state: State::Left }),
            Turned::Overtaken => {}
        }
    }
    Err(Failure::Unavailable { retry_after: 1 })
}

/// What the caller may do at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// Leave; to enter, the password would have to be asked first.
    ToLeave,
    /// Enter, or leave.
    ToEnter,
}

/// Lets a caller pass who is not in the room: the password is looked at before anything is written.
async fn show_in(
    daemun: &Daemun,
    call: &Call,
    id: i64,
    password: Option<&str>,
    own: Option<i64>,
) -> Result<Pass, Failure> {
    let hash = rooms::find_password_hash(&mut daemun.reader(), call.app.id, id).await?;
    let hash = hash.ok_or(Code::NotFound.on("id"))?;
    if own.is_some() {
        return Err(Code::InAnotherRoom.on("id"));
    }
    let Some(hash) = hash else { return Ok(Pass::ToEnter) };
    let wrong = Code::WrongRoomPassword.on("password");
    let Some(typed) = password.filter(|typed| !typed.is_empty()) else { return Err(wrong) };
    // Counted before it is looked at: of many guesses at the same time no more than allowed are.
    let slot = daemun.hasher.reserve()?;
    let tries = wrong_passwords(daemun, call, call.app.id)?;
    let counted = tries.clone();
    daemun.db.write(async move |tx| counted.count(tx).await).await?;
    if slot.verify(typed, Some(&hash)).await? == Verdict::Wrong {
        return Err(audit::refused(daemun, call, ACT, Some(call.caller()?.account.uuid), wrong).await);
    }
    daemun.db.write(async move |tx| tries.take_back(tx).await).await?;
    Ok(Pass::ToEnter)
}

/// What the transaction needs.
struct Work {
    app: AppId,
    id: i64,
    account: AccountUuid,
    pass: Pass,
    entry: Entry,
    now: Timestamp,
}

/// What the transaction decided.
enum Turned {
    Entered(Room),
    Left(Room),
    /// The caller was inside when the password was not asked, and is outside now.
    Overtaken,
}

impl Work {
    async fn write(&self, tx: &mut Tx) -> Result<Turned, Failure> {
        // From here on nobody else moves this account.
        if !accounts::hold_approved(tx, self.app, self.account).await? {
            return Err(Code::Unauthenticated.into());
        }
        match rooms::find_room_of(tx, self.app, self.account).await? {
            Some(own) if own == self.id => self.leave(tx).await,
            Some(_) => Err(Code::InAnotherRoom.on("id")),
            None if self.pass == Pass::ToLeave => Ok(Turned::Overtaken),
            None => self.enter(tx).await,
        }
    }

    async fn enter(&self, tx: &mut Tx) -> Result<Turned, Failure> {
        match rooms::enter(tx, self.app, self.id, self.account, self.now).await? {
            Entered::Inside => {}
            Entered::Full => return Err(Code::RoomFull.on("id")),
            Entered::Gone => return Err(Code::NotFound.on("id")),
        }
        let room = rooms::find(tx, self.app, self.id).await?;
        let room = room.ok_or_else(|| Failure::broken("a room that was entered is gone"))?;
        self.note(tx, "entered").await?;
        Ok(Turned::Entered(room))
    }

    async fn leave(&self, tx: &mut Tx) -> Result<Turned, Failure> {
        let before = rooms::find(tx, self.app, self.id).await?;
        rooms::leave(tx, self.app, self.account).await?;
        let after = rooms::find(tx, self.app, self.id).await?;
        let closed = before.map(|room| Room { member_count: 0, ..room });
        self.note(tx, "left").await?;
        let room = after.or(closed).ok_or_else(|| Failure::broken("a room that was left was none"))?;
        Ok(Turned::Left(room))
    }

    async fn note(&self, tx: &mut Tx, what: &str) -> Result<(), Failure> {
        let entry = Entry { detail: Some(format!("room {} {what}", self.id)), ..self.entry.clone() };
        Ok(daemun_store::audit::insert(tx, &entry).await?)
    }
}
