//! `outbox.show`: one message and what became of it.

use daemun_model::{Code, Failure, Faults, Permission, Reason};
use daemun_store::outbox::{self, Kept};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::search::{Found, told};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// Which message.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// Its identifier.
    #[schemars(required)]
    pub id: Option<String>,
}

/// The message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The message; what it says only where messages go nowhere but into the dev outbox.
    pub message: Found,
}

pub(crate) fn operation() -> Operation {
    Operation::new("outbox.show", "Show a message", show)
        .needs(Permission::OutboxRead)
        .reads_only()
        .fails(&[Code::Invalid, Code::NotFound])
}

/// Show a message.
///
/// # Errors
/// Those of [`operation`].
pub async fn show(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let kept = find(&daemun, &call, input.id.as_deref()).await?;
    Ok(Output { message: told(&daemun, kept) })
}

/// The message of this app that an operator names.
pub(super) async fn find(daemun: &Daemun, call: &Call, typed: Option<&str>) -> Result<Kept, Failure> {
    let mut faults: Faults = call.faults.clone();
    let typed = faults.require("id", typed);
    let id = typed
        .and_then(|typed| faults.take("id", Uuid::try_parse(typed.trim()).map_err(|_| Reason::Malformed)));
    faults.finish()?;
    let found = match id {
        Some(id) => outbox::find(&mut daemun.reader(), call.app.id, id).await?,
        None => None,
    };
    found.ok_or_else(|| Code::NotFound.on("id"))
}
