//! Sessions and the tokens that stand for them.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::app::AppId;
use crate::clock::Timestamp;
use crate::ids::AccountUuid;

/// One sign-in of one account: the family of all tokens that came from it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The `sid` of its tokens.
    pub id: Uuid,
    /// The app it belongs to.
    pub app: AppId,
    /// Whose session it is.
    pub account: AccountUuid,
    /// When the member last proved who they are (OIDC Core section 2, `auth_time`); not moved by refresh.
    pub auth_time: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// What a client gets when a session opens or is refreshed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tokens {
    /// The access token; for an opaque session, that session's only token.
    pub access: String,
    /// The refresh token, where the app has them.
    pub refresh: Option<String>,
    /// Seconds until the access token expires.
    pub expires_in: i64,
}
