//! Ed25519 keys that sign tokens (RFC 8032, RFC 8037).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use daemun_model::Random;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::error::CryptoError;

/// The algorithm of every token (RFC 8037 section 3.1). It is fixed by the key, never taken from a token.
pub(crate) const ALGORITHM: &str = "EdDSA";

/// A key pair under a name, its `kid`.
pub struct SigningKey {
    kid: String,
    pair: Ed25519KeyPair,
}

/// The header of our tokens (RFC 7515 section 4.1), in the order it is written.
#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

impl SigningKey {
    /// A new key, and its private half in PKCS #8 to be kept sealed. Its `kid` is the thumbprint of the
    /// public half (RFC 7638 with RFC 8037 section 2), so no two keys share one.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn generate(random: &dyn Random) -> Result<(Self, Zeroizing<Vec<u8>>), CryptoError> {
        let seed = Zeroizing::new(random.bytes::<32>());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref())
            .map_err(|_| CryptoError::Library("making a signing key"))?;
        let document = pair.to_pkcs8v1().map_err(|_| CryptoError::Library("writing a signing key"))?;
        let pkcs8 = Zeroizing::new(document.as_ref().to_vec());
        let kid = thumbprint(pair.public_key().as_ref());
        Ok((Self { kid, pair }, pkcs8))
    }

    /// The key that [`SigningKey::generate`] made.
    ///
    /// # Errors
    /// `SigningKey` when the bytes are no Ed25519 key in PKCS #8 (RFC 8410).
    pub fn from_pkcs8(kid: &str, pkcs8: &[u8]) -> Result<Self, CryptoError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8)
            .map_err(|_| CryptoError::SigningKey("it is no Ed25519 key in PKCS #8"))?;
        Ok(Self { kid: kid.to_owned(), pair })
    }

    /// Its name in the header of tokens.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWK (RFC 7517, RFC 8037 section 2).
    pub fn public_jwk(&self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": ALGORITHM,
            "kid": self.kid,
            "x": BASE64URL_NOPAD.encode(self.pair.public_key().as_ref()),
        })
    }

    /// A JWT of that type with these claims, in the compact form (RFC 7515 section 7.1).
    ///
    /// The same type and claims give the same bytes for ever (RFC 8032 section 5.1.6): a refresh whose answer
    /// was lost can be answered again with the very same token.
    ///
    /// # Errors
    /// `Claims` when they cannot be written as a JSON object.
    pub fn sign<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, CryptoError> {
        let header = serde_json::to_vec(&Header { typ, alg: ALGORITHM, kid: &self.kid })
            .map_err(|error| CryptoError::Claims(error.to_string()))?;
        let claims = serde_json::to_vec(claims).map_err(|error| CryptoError::Claims(error.to_string()))?;
        if claims.first() != Some(&b'{') {
            return Err(CryptoError::Claims("they are no object".to_owned()));
        }
        let mut token = BASE64URL_NOPAD.encode(&header);
        token.push('.');
        BASE64URL_NOPAD.encode_append(&claims, &mut token);
        let signature = self.pair.sign(token.as_bytes());
        token.push('.');
        BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut token);
        Ok(token)
    }

    /// Whether this key made the signature of the message.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.pair.public_key().as_ref()).verify(message, signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The JWK thumbprint: the required members in lexical order without white space (RFC 7638 section 3).
fn thumbprint(public: &[u8]) -> String {
    let x = BASE64URL_NOPAD.encode(public);
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    BASE64URL_NOPAD.encode(digest(&SHA256, members.as_bytes()).as_ref())
}
