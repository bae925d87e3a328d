//! `session.revoke`: the end of another session of the caller.

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

/// Which session.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The session's identifier, as `session.list` shows it.
    #[schemars(required)]
    pub id: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.revoke", "End one of the caller's sessions", revoke)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::NotFound])
}

/// End one of the caller's sessions.
///
/// # Errors
/// Those of [`operation`].
pub async fn revoke(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
