//! Places in listings. A cursor is opaque to who gets it: the place of the last row, and a digest that binds it to the
//! app, the listing and its filter, so that none can be made up or carried elsewhere. Pages go on after that row, not
//! after a number of rows: what is inserted meanwhile moves nothing.

use daemun_model::{Faults, Reason};
use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::Serialize;

use crate::call::Call;
use crate::daemun::Daemun;

/// Rows of a page where nothing is said.
const USUAL: i64 = 50;
/// Hexadecimal digits of the digest that a cursor carries: 128 bits.
const DIGEST: usize = 32;

/// How a listing goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CursorPage {
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
    /// The most rows of a page.
    pub size: i64,
}

/// A listing and its filter, and the cursor and limit that were sent.
type Asked<'a> = ((&'a str, &'a str), (Option<&'a str>, Option<i64>));

/// The most rows of a page of a listing that people look through.
pub(crate) const MOST: i64 = 100;

/// One page of a listing.
pub(crate) struct Paging {
    /// What the cursor is bound to.
    bound_to: String,
    /// The place of the last row of the page before.
    pub after: Option<String>,
    /// The most rows.
    pub size: i64,
}

impl Paging {
    /// Reads `cursor` and `limit` of a listing under a filter.
    pub(crate) fn read(
        daemun: &Daemun,
        call: &Call,
        named: (&str, &str),
        place: (Option<&str>, Option<i64>),
        faults: &mut Faults,
    ) -> Self {
        Self::read_up_to(MOST, daemun, call, (named, place), faults)
    }

    /// As [`Self::read`], for pages of at most so many rows.
    pub(crate) fn read_up_to(
        most: i64,
        daemun: &Daemun,
        call: &Call,
        ((listing, filter), (cursor, limit)): Asked<'_>,
        faults: &mut Faults,
    ) -> Self {
        let bound_to = format!("{}\n{listing}\n{filter}", call.app.id.0);
        let size = limit.unwrap_or(USUAL);
        if !(1..=most).contains(&size) {
            faults.add("limit", Reason::OutOfRange);
        }
        let after = cursor.and_then(|cursor| faults.take("cursor", open(daemun, &bound_to, cursor)));
        Self { bound_to, after, size: size.clamp(1, most) }
    }

    /// How many rows to ask for: one more than a page has, to know whether there is another.
    pub(crate) const fn wanted(&self) -> i64 {
        self.size + 1
    }

    /// Cuts the rows to a page, and tells how it goes on. `place` names the place of a row.
    pub(crate) fn cut<T>(
        &self,
        daemun: &Daemun,
        rows: &mut Vec<T>,
        place: impl Fn(&T) -> String,
    ) -> CursorPage {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|last| {
            let place = place(last);
            BASE64URL_NOPAD.encode((digest(daemun, &self.bound_to, &place) + &place).as_bytes())
        });
        CursorPage { next, size: self.size }
    }
}

fn digest(daemun: &Daemun, bound_to: &str, place: &str) -> String {
    let mut digest = daemun.master.keyed_digest("cursor", &format!("{bound_to}\n{place}"));
    digest.truncate(DIGEST);
    digest
}

/// The place of a cursor, if it is one of this listing.
fn open(daemun: &Daemun, bound_to: &str, cursor: &str) -> Result<String, Reason> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Reason::Malformed)?;
    let text = String::from_utf8(bytes).map_err(|_| Reason::Malformed)?;
    let (shown, place) = text.split_at_checked(DIGEST).ok_or(Reason::Malformed)?;
    if shown == digest(daemun, bound_to, place) { Ok(place.to_owned()) } else { Err(Reason::Malformed) }
}
