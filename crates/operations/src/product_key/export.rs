//! `product_key.export`: an operator takes the keys out, many at a time.

use daemun_model::{Code, Failure, Permission};
use daemun_store::audit::Entry;
use schemars::JsonSchema;
use serde::Deserialize;

use super::list::{self, Portion};
use crate::audit;
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

/// Export product keys, in their alphabetical order. The first portion is a line of the audit.
///
/// # Errors
/// Those of [`operation`].
pub async fn export(daemun: Daemun, call: Call, input: Input) -> Result<list::Output, Failure> {
    let Input { state, cursor, limit } = input;
    let first = cursor.is_none();
    let wanted = list::Input { state, cursor, limit, ..list::Input::default() };
    let found = list::portion(&daemun, &call, &wanted, PORTION).await?;
    if first {
        let entry = Entry { detail: wanted.state, ..audit::done(&daemun, &call, "product_key.export", None) };
        daemun.db.write(async move |tx| Ok(daemun_store::audit::insert(tx, &entry).await?)).await?;
    }
    Ok(found)
}
