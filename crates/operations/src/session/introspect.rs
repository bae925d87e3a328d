//! What a resource server may know of a token (RFC 7662).

use daemun_model::{App, Code, Failure, TokenPolicy};
use serde::Serialize;
use uuid::Uuid;

use super::authenticate::authenticate;
use crate::call::Caller;
use crate::daemun::Daemun;
use crate::token;

/// The answer to the question whether a token is good (RFC 7662 section 2.2). Of a token that is not, nothing is told
/// but that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Introspection {
    /// Whether it is an access token of this app, of a live session and an account that may act.
    pub active: bool,
    /// More of a token that is.
    #[serde(flatten)]
    pub token: Option<ActiveToken>,
}

/// An access token that is good now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActiveToken {
    /// How it is carried (RFC 6749 section 7.1).
    pub token_type: &'static str,
    /// The account: its UUID.
    pub sub: String,
    /// What its member signs in with: the user name, else the e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The session.
    pub sid: Uuid,
    /// Names the token, where it is a JWT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<Uuid>,
    /// When it was made: whole seconds since the epoch.
    pub iat: i64,
    /// When it expires at the latest. An opaque token that is not used expires before.
    pub exp: i64,
    /// Who made it: the app's public URL.
    pub iss: String,
    /// For whom: the app's name.
    pub aud: String,
}

/// Tells whether a token is a live access token of the app. To be asked about is a use of it. A refresh token is not
/// active: none of those who may ask has a use for it (RFC 7662 section 4).
///
/// # Errors
/// When the database does not answer. A token that is not good is no error.
pub async fn introspect(daemun: &Daemun, app: &App, token: &str) -> Result<Introspection, Failure> {
    let caller = match authenticate(daemun, app, token).await {
        Ok(caller) => caller,
        Err(failure) if failure.code() == Code::Unauthenticated => return Ok(Introspection::default()),
        Err(failure) => return Err(failure),
    };
    let Some((jti, iat, exp)) = life(daemun, app, token, &caller).await? else {
        return Ok(Introspection::default());
    };
    let Caller { account, session } = caller;
    let token = ActiveToken {
        token_type: "Bearer",
        sub: account.uuid.to_string(),
        username: account.preferred_username.clone().or_else(|| account.email.clone()),
        sid: session.id,
        jti,
        iat,
        exp,
        iss: app.public_url.clone(),
        aud: app.name.clone(),
    };
    Ok(Introspection { active: true, token: Some(token) })
}

/// The token's `jti`, `iat` and `exp`; `None` when it expired this very moment.
async fn life(
    daemun: &Daemun,
    app: &App,
    token: &str,
    caller: &Caller,
) -> Result<Option<(Option<Uuid>, i64, i64)>, Failure> {
    let session = &caller.session;
    Ok(match &app.tokens {
        TokenPolicy::Jwt { .. } => {
            let life = token::access_life(daemun, app, token).await?;
            life.map(|(jti, iat, exp)| (Some(jti), iat, exp.min(session.expires_at.seconds())))
        }
        TokenPolicy::Opaque(policy) => {
            let idle = daemun.clock.now().seconds() + policy.idle;
            Some((None, session.auth_time.seconds(), idle.min(session.expires_at.seconds())))
        }
    })
}
