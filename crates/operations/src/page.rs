//! Pages by number, as inputs ask for them.

use daemun_model::{Faults, Page, Reason};

/// The most elements of a page.
const LARGEST: i64 = 100;
/// The most pages: beyond it nothing is counted to.
const LAST: i64 = 1_000_000;

/// The page that is asked for: `page` from 1, `size` elements each (1 to 100). `total` is left open.
pub(crate) fn read(faults: &mut Faults, page: Option<i64>, size: Option<i64>, default_size: i64) -> Page {
    let number = page.unwrap_or(1);
    if !(1..=LAST).contains(&number) {
        faults.add("page", Reason::OutOfRange);
    }
    let size = size.unwrap_or(default_size);
    if !(1..=LARGEST).contains(&size) {
        faults.add("size", Reason::OutOfRange);
    }
    Page { number: number.clamp(1, LAST), size: size.clamp(1, LARGEST), total: None }
}
