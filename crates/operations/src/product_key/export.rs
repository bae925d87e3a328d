//! `product_key.export`: an operator takes the keys out, many at a time.

use daemun_model::{Code, Failure, Permission};
use schemars::JsonSchema;
use serde::Deserialize;

use super::list::{self, Portion};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// The most keys of one answer, and how many where nothing is said.
const PORTION: Portion = Portion { most: 5000, usual: 5000 };

/// Which keys.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// `free` or `used`; all where it is left out.
    #[schemars(extend("enum" = ["free", "used", null]))]
    pub state: Option<String>,
    /// Where the last answer ended: its `page.next`.
    pub cursor: Option<String>,
    /// How many at most: 1 to 5000, 5000 where it is left out.
    #[schemars(extend("minimum" = 1, "maximum" = PORTION.most))]
    pub limit: Option<i64>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("product_key.export", "Export product keys", export)
        .needs(Permission::ProductKeysRead)
        .fails(&[Code::Invalid])
}

/// Export product keys, in their alphabetical order.
///
/// # Errors
/// Those of [`operation`].
pub async fn export(daemun: Daemun, call: Call, input: Input) -> Result<list::Output, Failure> {
    let Input { state, cursor, limit } = input;
    list::portion(&daemun, &call, &list::Input { state, cursor, limit, ..list::Input::default() }, PORTION)
        .await
}
