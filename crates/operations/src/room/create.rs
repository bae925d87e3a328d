//! `room.create`: opens a room and enters it.

use daemun_crypto::{Password, password_rules};
use daemun_model::{AccountUuid, Code, Failure, Reason, Room, text};
use daemun_store::audit::Entry;
use daemun_store::rooms::{self, Entered, NewRoom};
use daemun_store::{Tx, accounts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LONGEST_PASSWORD, with_members};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};

/// The most code points of a name.
const LONGEST_NAME: usize = 100;
/// The most code points of a description.
const LONGEST_DESCRIPTION: usize = 1000;

/// The new room.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Its name: 1 to 100 characters.
    #[schemars(required, extend("minLength" = 1, "maxLength" = LONGEST_NAME))]
    pub name: Option<String>,
    /// The password to enter it: at most 64 characters. Without one, or with an empty one, everybody may.
    #[schemars(extend("maxLength" = LONGEST_PASSWORD))]
    pub password: Option<String>,
    /// What it is for: at most 1000 characters.
    #[schemars(extend("maxLength" = LONGEST_DESCRIPTION))]
    pub description: Option<String>,
}

/// The room.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The room, with the caller as its member.
    pub room: Room,
}

pub(crate) fn operation() -> Operation {
    Operation::new("room.create", "Open a room", create)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::InAnotherRoom])
}

/// Open a room and enter it.
///
/// # Errors
/// Those of [`operation`]: `in_another_room` where the caller is in a room already.
pub async fn create(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let account = call.caller()?.account.uuid;
    let (mut new, password) = read(&daemun, &call, &input)?;
    if rooms::find_room_of(&mut daemun.reader(), call.app.id, account).await?.is_some() {
        return Err(Code::InAnotherRoom.into());
    }
    if let Some(password) = password {
        new.password_hash = Some(daemun.hasher.hash(password).await?);
    }
    let entry = audit::done(&daemun, &call, "room.create", Some(account));
    let work = Work { new, account, entry };
    let room = daemun.db.write(async move |tx| work.write(tx).await).await?;
    Ok(Output { room: with_members(&daemun, call.relations, call.app.id, room).await? })
}

fn read(daemun: &Daemun, call: &Call, input: &Input) -> Result<(NewRoom, Option<Password>), Failure> {
    let mut faults = call.faults.clone();
    let name = faults.require("name", input.name.as_deref()).map(|name| text::line(name, 1, LONGEST_NAME));
    let name = name.and_then(|name| faults.take("name", name));
    let description = description(input.description.as_deref().unwrap_or_default());
    let description = faults.take("description", description);
    let password = input.password.as_deref().filter(|password| !password.is_empty());
    let password = password.map(|typed| password_rules::shared(typed, LONGEST_PASSWORD));
    let password = password.and_then(|read| faults.take("password", read));
    faults.finish()?;
    let new = NewRoom {
        app: call.app.id,
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        password_hash: None,
        created_at: daemun.clock.now(),
    };
    Ok((new, password))
}

/// Text of several lines, without other characters that control or disturb what is around them.
fn description(typed: &str) -> Result<String, Reason> {
    let typed = typed.trim();
    if typed.chars().count() > LONGEST_DESCRIPTION {
        return Err(Reason::TooLong { max: LONGEST_DESCRIPTION });
    }
    if typed.chars().any(|c| text::disturbs(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))) {
        return Err(Reason::Malformed);
    }
    Ok(typed.to_owned())
}

/// What the transaction needs.
struct Work {
    new: NewRoom,
    account: AccountUuid,
    entry: Entry,
}

impl Work {
    async fn write(&self, tx: &mut Tx) -> Result<Room, Failure> {
        let app = self.new.app;
        if !accounts::hold_approved(tx, app, self.account).await? {
            return Err(Code::Unauthenticated.into());
        }
        if rooms::find_room_of(tx, app, self.account).await?.is_some() {
            return Err(Code::InAnotherRoom.into());
        }
        let id = rooms::insert(tx, &self.new).await?;
        let entered = rooms::enter(tx, app, id, self.account, self.new.created_at).await?;
        let room = rooms::find(tx, app, id).await?.filter(|_| entered == Entered::Inside);
        let entry = Entry { detail: Some(format!("room {id}")), ..self.entry.clone() };
        daemun_store::audit::insert(tx, &entry).await?;
        room.ok_or_else(|| Failure::broken("a room that was opened is gone"))
    }
}
