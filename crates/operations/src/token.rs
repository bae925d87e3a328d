//! The tokens of a session: what they claim, how they are signed and read back.

use std::sync::Arc;

use daemun_crypto::{Expected, key_id, verify};
use daemun_model::app::{AccessPolicy, RefreshPolicy};
use daemun_model::{Account, AccountUuid, App, Code, Failure, Timestamp, TokenPolicy, Tokens};
use daemun_store::sessions::RefreshParts;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::call::Call;
use crate::daemun::Daemun;
use crate::keys;

/// The `typ` of an access token (RFC 9068 section 2.1).
const ACCESS: &str = "at+jwt";
/// The `typ` of a refresh token: another, so that neither passes for the other (RFC 8725 section 3.11).
const REFRESH: &str = "rt+jwt";
/// Seconds by which the clocks of two nodes may differ.
pub(crate) const LEEWAY: i64 = 5;
/// Claims that a contract cannot set.
const RESERVED: [&str; 8] = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "nbf"];

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

#[derive(Serialize)]
struct AccessToken {
    #[serde(flatten)]
    claims: Claims,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct RefreshToken {
    #[serde(flatten)]
    claims: Claims,
    /// How often the token was rotated: 1 for the first.
    #[serde(rename = "gen")]
    generation: i64,
}

/// What a token proves once its signature, type, issuer, audience and time were checked.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    /// Whose it is.
    pub account: AccountUuid,
    /// The session it came from.
    pub session: Uuid,
    /// The key that signed it.
    pub kid: Box<str>,
    /// When it was made: whole seconds since the epoch.
    pub iat: i64,
    /// When it expires: whole seconds since the epoch.
    pub exp: i64,
    /// The generation of a refresh token, 0 for an access token.
    pub generation: i64,
}

impl Verified {
    /// Whether its time has begun and is not over. Its signature stays good, its time does not.
    const fn is_in_time(&self, now: i64) -> bool {
        self.iat <= now + LEEWAY && now - LEEWAY < self.exp
    }
}

/// The policy of an app with JWTs.
pub(crate) const fn jwt_policy(app: &App) -> Option<(&AccessPolicy, &RefreshPolicy)> {
    match &app.tokens {
        TokenPolicy::Jwt { access, refresh } => Some((access, refresh)),
        TokenPolicy::Opaque(_) => None,
    }
}

/// The parts of a refresh token that is made now. It lives for the idle time, never longer than its session; one
/// that does not rotate cannot be made again, so it lives as long as the session.
pub(crate) fn new_parts(
    daemun: &Daemun,
    policy: &RefreshPolicy,
    kid: &str,
    generation: i64,
    expires_at: Timestamp,
) -> RefreshParts {
    let iat = daemun.clock.now().seconds();
    let session_exp = expires_at.seconds();
    let exp = if policy.rotates { session_exp.min(iat + policy.idle) } else { session_exp };
    RefreshParts { generation, jti: daemun.random.uuid_v4(), iat, exp, kid: kid.to_owned() }
}

/// Signs an access token and, with it, the refresh token of these parts. The same parts give the same pair to the
/// byte: the access token takes its moment and, with one bit turned, its `jti` from the refresh token.
pub(crate) async fn pair(
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    session: Uuid,
    parts: &RefreshParts,
) -> Result<Tokens, Failure> {
    let key = keys::of_kid(daemun, &call.app, &parts.kid).await?.ok_or_else(unknown_key)?;
    let claims = Claims {
        jti: Uuid::from_u128(parts.jti.as_u128() ^ 1),
        ..claims_of(&call.app, account, session, (parts.iat, access_exp(&call.app, parts.iat)))
    };
    let refresh = RefreshToken {
        claims: Claims { jti: parts.jti, exp: parts.exp, ..claims.clone() },
        generation: parts.generation,
    };
    let signed = |claims: &Claims, generation| Verified {
        account: account.uuid,
        session,
        kid: parts.kid.as_str().into(),
        iat: claims.iat,
        exp: claims.exp,
        generation,
    };
    let (access_signed, refresh_signed) = (signed(&claims, 0), signed(&refresh.claims, parts.generation));
    let expires_in = claims.exp - daemun.clock.now().seconds();
    let access = key.sign(ACCESS, &AccessToken { claims, extra: extra_claims(call, account)? })?;
    let refresh = key.sign(REFRESH, &refresh)?;
    // What was signed here needs no verification when it is shown here. Whether its time is over, its session ended or its
    // key taken out is asked at each use.
    daemun.verified.insert(call.app.id, &access, Arc::new(access_signed));
    daemun.signed.insert(call.app.id, &refresh, Arc::new(refresh_signed));
    Ok(Tokens { expires_in, access, refresh: Some(refresh) })
}

/// Signs an access token alone, for a refresh token that stays.
pub(crate) async fn access_only(
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    session: Uuid,
) -> Result<Tokens, Failure> {
    let key = keys::signing_now(daemun, &call.app).await?;
    let iat = daemun.clock.now().seconds();
    let claims = Claims {
        jti: daemun.random.uuid_v4(),
        ..claims_of(&call.app, account, session, (iat, access_exp(&call.app, iat)))
    };
    let expires_in = claims.exp - iat;
    let access = key.sign(ACCESS, &AccessToken { claims, extra: extra_claims(call, account)? })?;
    Ok(Tokens { access, refresh: None, expires_in })
}

/// Reads an access token of this app.
///
/// # Errors
/// `unauthenticated`, whatever is wrong with it.
pub(crate) async fn read_access(daemun: &Daemun, app: &App, token: &str) -> Result<Arc<Verified>, Failure> {
    let now = daemun.clock.now().seconds();
    if let Some(verified) = daemun.verified.get(app.id, token) {
        metrics::counter!("daemun_verified_tokens_total", "result" => "hit").increment(1);
        return if verified.is_in_time(now) { Ok(verified) } else { Err(Code::Unauthenticated.into()) };
    }
    metrics::counter!("daemun_verified_tokens_total", "result" => "miss").increment(1);
    let (claims, kid) =
        Box::pin(read::<Claims>(daemun, app, ACCESS, token)).await?.ok_or(Code::Unauthenticated)?;
    let verified = Arc::new(verified(&claims, kid, 0).ok_or(Code::Unauthenticated)?);
    daemun.verified.insert(app.id, token, Arc::clone(&verified));
    Ok(verified)
}

/// The `jti`, `iat` and `exp` of an access token of this app; `None`, whatever is wrong with it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn access_life(
    daemun: &Daemun,
    app: &App,
    token: &str,
) -> Result<Option<(Uuid, i64, i64)>, Failure> {
    let read = read::<Claims>(daemun, app, ACCESS, token).await?;
    Ok(read.map(|(claims, _)| (claims.jti, claims.iat, claims.exp)))
}

/// Reads a refresh token of this app: `None`, whatever is wrong with it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn read_refresh(
    daemun: &Daemun,
    app: &App,
    token: &str,
) -> Result<Option<Arc<Verified>>, Failure> {
    if let Some(signed) = daemun.signed.get(app.id, token) {
        metrics::counter!("daemun_verified_tokens_total", "result" => "hit").increment(1);
        let now = daemun.clock.now().seconds();
        return Ok(Some(signed).filter(|signed| signed.is_in_time(now)));
    }
    metrics::counter!("daemun_verified_tokens_total", "result" => "miss").increment(1);
    let token = read::<RefreshToken>(daemun, app, REFRESH, token).await?;
    Ok(token.and_then(|(token, kid)| verified(&token.claims, kid, token.generation)).map(Arc::new))
}

async fn read<C: serde::de::DeserializeOwned>(
    daemun: &Daemun,
    app: &App,
    typ: &str,
    token: &str,
) -> Result<Option<(C, String)>, Failure> {
    let Some(kid) = key_id(token) else { return Ok(None) };
    let Some(key) = keys::of_kid(daemun, app, &kid).await? else { return Ok(None) };
    let expected = Expected {
        typ,
        issuer: &app.public_url,
        audience: &app.name,
        now: daemun.clock.now(),
        leeway_seconds: LEEWAY,
    };
    Ok(verify(token, &key, &expected).ok().map(|claims| (claims, kid)))
}

fn verified(claims: &Claims, kid: String, generation: i64) -> Option<Verified> {
    let account = AccountUuid::parse(&claims.sub)?;
    Some(Verified {
        account,
        session: claims.sid,
        kid: kid.into(),
        iat: claims.iat,
        exp: claims.exp,
        generation,
    })
}

fn claims_of(app: &App, account: &Account, session: Uuid, (iat, exp): (i64, i64)) -> Claims {
    Claims {
        iss: app.public_url.clone(),
        aud: app.name.clone(),
        sub: account.uuid.to_string(),
        sid: session,
        jti: Uuid::nil(),
        iat,
        exp,
    }
}

fn access_exp(app: &App, iat: i64) -> i64 {
    iat + jwt_policy(app).map_or(0, |(access, _)| access.lifetime)
}

fn extra_claims(call: &Call, account: &Account) -> Result<Map<String, Value>, Failure> {
    let mut extra = match &call.claims {
        Some(maker) => maker(account)?,
        None => Map::new(),
    };
    extra.retain(|name, _| !RESERVED.contains(&name.as_str()));
    Ok(extra)
}

/// The key was taken out a moment ago: the session is about to be ended, and who asks again is told so.
fn unknown_key() -> Failure {
    Failure::Unavailable { retry_after: 1 }
}
