//! Pages of a list, by number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One page of a list. A page past the end is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// Which one: the first is 1.
    pub number: i64,
    /// The most elements of a page.
    pub size: i64,
    /// How many elements the whole list has; null where that is not counted.
    pub total: Option<i64>,
}

impl Page {
    /// How many elements stand before it.
    pub const fn offset(&self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }
}
