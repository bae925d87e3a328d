//! `session.verify`: is this token still good?

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use super::authenticate;
use super::family::{self, Standing};
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{Done, Operation};

const INVALID: Failure = Code::TokenInvalid.on("token");

/// What is checked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// An access or refresh token.
    #[schemars(required)]
    pub token: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.verify", "Check a token", verify).fails(&[Code::Invalid, Code::TokenInvalid])
}

/// Check a token.
///
/// An access token is good while it authenticates, a refresh token while it would be exchanged.
///
/// # Errors
/// Those of [`operation`].
pub async fn verify(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let mut faults = call.faults.clone();
    faults.require("token", input.token.as_ref());
    faults.finish()?;
    let typed = input.token.unwrap_or_default();
    match authenticate(&daemun, &call.app, &typed).await {
        Ok(_) => Ok(Done {}),
        Err(failure) if failure.code() == Code::Unauthenticated => refresh(&daemun, &call, &typed).await,
        Err(failure) => Err(failure),
    }
}

async fn refresh(daemun: &Daemun, call: &Call, typed: &str) -> Result<Done, Failure> {
    match standing(daemun, call, typed).await {
        Ok(Standing::Current | Standing::JustReplaced) => Ok(Done {}),
        Ok(Standing::Reused | Standing::Ended) => Err(INVALID),
        Err(failure) if failure.code() == Code::TokenInvalid => Err(INVALID),
        Err(failure) => Err(failure),
    }
}

async fn standing(daemun: &Daemun, call: &Call, typed: &str) -> Result<Standing, Failure> {
    let token = family::read(daemun, &call.app, typed).await?;
    Ok(family::find(daemun, &call.app, &token).await?.standing)
}
