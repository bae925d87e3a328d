//! Reading tokens back: every rule of RFC 8725 that concerns who verifies.

use daemun_model::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::TokenFault;
use crate::signing_key::{ALGORITHM, SigningKey};

/// The longest token that is looked at, in bytes. Ours have about 500.
pub const LONGEST_TOKEN: usize = 8 * 1024;

/// What a token must say to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The exact `typ` of its header: an access token is no refresh token (RFC 8725 section 3.11).
    pub typ: &'a str,
    /// The exact `iss`.
    pub issuer: &'a str,
    /// The exact `aud`; a list is not accepted, since we never make one.
    pub audience: &'a str,
    /// The moment now.
    pub now: Timestamp,
    /// Seconds by which clocks may differ.
    pub leeway_seconds: i64,
}

/// The header. `jku`, `jwk`, `x5u` and whatever else it holds is not looked at (RFC 8725 section 3.10).
#[derive(Deserialize)]
struct Header {
    typ: Option<String>,
    alg: String,
    kid: String,
    /// Extensions that must be understood (RFC 7515 section 4.1.11): we understand none.
    crit: Option<IgnoredAny>,
}

/// The claims that every token has (RFC 7519 section 4.1).
#[derive(Deserialize)]
struct Registered {
    iss: String,
    aud: String,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
}

/// The three parts of the compact form.
struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// What is signed: header, dot and claims.
    message: &'a str,
}

/// The `kid` that a token claims, to choose the key by. Nothing of it is verified yet.
pub fn key_id(token: &str) -> Option<String> {
    Some(read_header(&split(token)?)?.kid)
}

/// The claims of a token that this key signed, when everything is as expected.
///
/// # Errors
/// What is wrong, the signature before anything that the claims say.
pub fn verify<C: DeserializeOwned>(
    token: &str,
    key: &SigningKey,
    expected: &Expected<'_>,
) -> Result<C, TokenFault> {
    let parts = split(token).ok_or(TokenFault::Malformed)?;
    let header = read_header(&parts).ok_or(TokenFault::Malformed)?;
    // The key fixes the algorithm (RFC 8725 section 3.1): `none` and HS256 with our public key end here.
    if header.alg != ALGORITHM || header.kid != key.kid() {
        return Err(TokenFault::Signature);
    }
    let signature = decode(parts.signature).ok_or(TokenFault::Malformed)?;
    if !key.has_signed(parts.message.as_bytes(), &signature) {
        return Err(TokenFault::Signature);
    }
    if header.typ.as_deref() != Some(expected.typ) {
        return Err(TokenFault::Foreign);
    }
    let claims = decode(parts.claims).ok_or(TokenFault::Malformed)?;
    check(&serde_json::from_slice(&claims).map_err(|_| TokenFault::Malformed)?, expected)?;
    serde_json::from_slice(&claims).map_err(|_| TokenFault::Malformed)
}

fn check(claims: &Registered, expected: &Expected<'_>) -> Result<(), TokenFault> {
    if claims.iss != expected.issuer || claims.aud != expected.audience {
        return Err(TokenFault::Foreign);
    }
    let now = expected.now.seconds();
    let leeway = expected.leeway_seconds;
    let begins = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    // "On or after" `exp` it is over (RFC 7519 section 4.1.4).
    if now.saturating_sub(leeway) >= claims.exp || begins > now.saturating_add(leeway) {
        return Err(TokenFault::Expired);
    }
    Ok(())
}

fn split(token: &str) -> Option<Parts<'_>> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let whole = [header, claims, signature].iter().all(|part| !part.is_empty() && !part.contains('.'));
    whole.then_some(Parts { header, claims, signature, message })
}

fn read_header(parts: &Parts<'_>) -> Option<Header> {
    let header: Header = serde_json::from_slice(&decode(parts.header)?).ok()?;
    header.crit.is_none().then_some(header)
}

/// Base64url without padding (RFC 7515 section 2), and only its one canonical spelling (RFC 4648 section 3.5):
/// otherwise one token would have several texts, and a list of revoked ones could be walked around.
fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(part.as_bytes()).ok()
}
