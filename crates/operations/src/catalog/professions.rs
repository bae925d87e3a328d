//! `catalog.professions`: the professions that members choose from.

use daemun_model::{Catalog, Failure};

use super::{NoInput, Offered, offered};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

pub(crate) fn operation() -> Operation {
    Operation::new("catalog.professions", "List the professions that members choose from", professions)
        .reads_only()
        .reads_only()
}

/// List the professions that members choose from.
///
/// # Errors
/// When the database does not answer.
pub async fn professions(daemun: Daemun, call: Call, _input: NoInput) -> Result<Offered, Failure> {
    offered(&daemun, call.app.id, Catalog::Professions).await
}
