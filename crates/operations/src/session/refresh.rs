//! `session.refresh`: a new access token, and a new refresh token where they rotate.

use daemun_model::{Account, Code, Failure, Tokens};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::daemun::Daemun;
use crate::operation::Operation;

/// What is exchanged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Input {
    /// The refresh token.
    #[schemars(required)]
    pub refresh_token: Option<String>,
}

/// The tokens from now on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The account.
    pub account: Account,
    /// The new tokens. Where refresh tokens do not rotate, `refresh` is absent.
    pub tokens: Tokens,
}

pub(crate) fn operation() -> Operation {
    Operation::new("session.refresh", "Exchange a refresh token for new tokens", refresh).fails(&[
        Code::Invalid,
        Code::TokenInvalid,
        Code::TokenRevoked,
    ])
}

/// Exchange a refresh token for new tokens.
///
/// # Errors
/// Those of [`operation`].
pub async fn refresh(daemun: Daemun, call: Call, input: Input) -> Result<Output, Failure> {
    let _ = (daemun, call, input);
    Err(Failure::broken("not built yet"))
}
