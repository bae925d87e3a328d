//! `account.verify_password`: is it really the caller?

use daemun_model::{Code, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{is_own_typed, prove_password};
use crate::audit;
use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::{CallerRule, Done, Operation};

const ACT: &str = "account.verify_password";

/// What is checked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The caller's own e-mail address: another reads as a wrong password.
    #[schemars(extend("x-required-if-taken" = true))]
    pub email: Option<String>,
    /// The caller's password.
    #[schemars(required)]
    pub password: Option<String>,
}

pub(crate) fn operation() -> Operation {
    Operation::new("account.verify_password", "Check the caller's password", verify_password)
        .caller(CallerRule::Required)
        .fails(&[Code::Invalid, Code::WrongPassword])
}

/// Check the caller's password.
///
/// # Errors
/// Those of [`operation`].
pub async fn verify_password(daemun: Daemun, call: Call, input: Input) -> Result<Done, Failure> {
    let account = &call.caller()?.account;
    let mut faults = call.faults.clone();
    faults.require("password", input.password.as_ref());
    faults.finish()?;
    let own = input.email.as_deref().is_none_or(|typed| is_own_typed(typed, account));
    let wrong = Code::WrongPassword.on("password");
    if !own {
        return Err(audit::refused(&daemun, &call, ACT, Some(account.uuid), wrong).await);
    }
    prove_password(&daemun, &call, &input.password.unwrap_or_default(), (ACT, wrong)).await?;
    Ok(Done {})
}
