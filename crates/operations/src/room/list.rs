//! `room.list`: the rooms there are.

use daemun_model::{Code, Failure, Page, Reason, Room};
use daemun_store::rooms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Operation};
use crate::page;

/// The most code points of a keyword.
const LONGEST_KEYWORD: usize = 100;
/// Rooms of a page where the contract says nothing.
const USUAL_SIZE: i64 = 20;

/// Which rooms.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Which page, from 1.
    pub page: Option<i64>,
    /// Rooms of a page: 1 to 100, 20 where it is left out.
    pub size: Option<i64>,
    /// A part of the name, in any case: all rooms where it is left out.
    #[schemars(extend("maxLength" = LONGEST_KEYWORD))]
    pub keyword: Option<String>,
}

/// A page of rooms.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The rooms, the latest first, without their members.
    pub rooms: Vec<Room>,
    /// Which page it is.
    pub page: Page,
}

pub(crate) fn operation() -> Operation {
    Operation::new("room.list", "List the rooms", list)
        .reads_only()
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid])
}

/// List the rooms.
///
/// # Errors
/// Those of [`operation`].
pub async fn list(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let mut faults = call.faults.clone();
    let page = page::read(&mut faults, input.page, input.size, USUAL_SIZE);
    let keyword = input.keyword.unwrap_or_default();
    let keyword = keyword.trim();
    if keyword.chars().count() > LONGEST_KEYWORD {
        faults.add("keyword", Reason::TooLong { max: LONGEST_KEYWORD });
    }
    faults.finish()?;
    let mut reader = daemun.reader();
    let total = rooms::count(&mut reader, call.app.id, keyword).await?;
    let page = Page { total: Some(total), ..page };
    let rooms = rooms::list(&mut reader, call.app.id, keyword, &page).await?;
    Ok(Output { rooms, page })
}
