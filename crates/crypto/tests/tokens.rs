//! Every attack on a JWT that RFC 8725 knows of, and the tokens that must pass.
#![cfg(test)]

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use daemun_crypto::{Expected, SigningKey, TokenFault, key_id, verify};
use daemun_model::{SeededRandom, Timestamp};
use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.example.com/one";
const EXPECTED: Expected<'static> = Expected {
    typ: "at+jwt",
    issuer: ISSUER,
    audience: "one",
    now: Timestamp(NOW * 1_000_000),
    leeway_seconds: 5,
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
}

fn claims() -> Claims {
    Claims { iss: ISSUER.into(), aud: "one".into(), sub: "somebody".into(), iat: NOW, exp: NOW + 600 }
}

/// A key, and the same key in a forger's hands, who may write any header.
struct Keys {
    ours: SigningKey,
    raw: Ed25519KeyPair,
}

impl Keys {
    fn new(seed: u64) -> Self {
        let (ours, pkcs8) = SigningKey::generate(&SeededRandom::new(seed)).unwrap();
        Self { ours, raw: Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap() }
    }

    fn token(&self) -> String {
        self.ours.sign("at+jwt", &claims()).unwrap()
    }

    fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": self.ours.kid() })
    }

    /// A token with any header and claims, rightly signed.
    fn forge(&self, header: &Value, claims: &Value) -> String {
        self.forge_text(&header.to_string(), &claims.to_string())
    }

    fn forge_text(&self, header: &str, claims: &str) -> String {
        let message = message(header, claims);
        format!("{message}.{}", BASE64URL_NOPAD.encode(self.raw.sign(message.as_bytes()).as_ref()))
    }

    fn read(&self, token: &str) -> Result<Claims, TokenFault> {
        verify(token, &self.ours, &EXPECTED)
    }

    fn with(&self, name: &str, value: Value) -> Result<Claims, TokenFault> {
        let mut changed = serde_json::to_value(claims()).unwrap();
        changed[name] = value;
        self.read(&self.forge(&self.header(), &changed))
    }

    fn without(&self, name: &str) -> Result<Claims, TokenFault> {
        let mut changed = serde_json::to_value(claims()).unwrap();
        changed.as_object_mut().unwrap().remove(name);
        self.read(&self.forge(&self.header(), &changed))
    }

    fn with_header(&self, name: &str, value: Value) -> Result<Claims, TokenFault> {
        let mut header = self.header();
        header[name] = value;
        self.read(&self.forge(&header, &serde_json::to_value(claims()).unwrap()))
    }
}

fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), BASE64URL_NOPAD.encode(claims.as_bytes()))
}

#[test]
fn what_was_signed_is_read_back() {
    let keys = Keys::new(1);
    assert_eq!(keys.read(&keys.token()), Ok(claims()));
    assert_eq!(key_id(&keys.token()).as_deref(), Some(keys.ours.kid()));
}

#[test]
fn the_header_is_exactly_type_algorithm_and_key() {
    let token = Keys::new(1).token();
    let header = BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    let kid = Keys::new(1).ours.kid().to_owned();
    assert_eq!(
        String::from_utf8(header).unwrap(),
        format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}"}}"#)
    );
}

#[test]
fn the_same_claims_and_key_give_the_same_bytes_also_after_a_restart() {
    let (first, pkcs8) = SigningKey::generate(&SeededRandom::new(1)).unwrap();
    let again = SigningKey::from_pkcs8(first.kid(), &pkcs8).unwrap();
    let token = first.sign("rt+jwt", &claims()).unwrap();
    assert_eq!(first.sign("rt+jwt", &claims()).unwrap(), token);
    assert_eq!(again.sign("rt+jwt", &claims()).unwrap(), token);
}

#[test]
fn the_public_half_verifies_by_its_jwk_and_its_kid_is_its_thumbprint() {
    let keys = Keys::new(1);
    let jwk = keys.ours.public_jwk();
    let x = jwk["x"].as_str().unwrap();
    assert_eq!(
        jwk,
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": keys.ours.kid(), "x": x })
    );
    assert_eq!(BASE64URL_NOPAD.decode(x.as_bytes()).unwrap(), keys.raw.public_key().as_ref());
}

#[test]
fn the_thumbprint_is_that_of_rfc_8037() {
    // RFC 8037 appendices A.1 to A.3.
    let seed = BASE64URL_NOPAD.decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let (key, _) = SigningKey::generate(&Fixed(seed)).unwrap();
    assert_eq!(key.public_jwk()["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[derive(Debug)]
struct Fixed(Vec<u8>);

impl daemun_model::Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0);
    }
}

#[test]
fn claims_that_are_no_object_are_not_signed() {
    assert!(Keys::new(1).ours.sign("at+jwt", &"text").is_err());
}

#[test]
fn bytes_that_are_no_key_are_refused() {
    assert!(SigningKey::from_pkcs8("kid", b"not a key").is_err());
}

#[test]
fn alg_none_is_refused_signed_or_not() {
    let keys = Keys::new(1);
    for alg in ["none", "None", "NONE", "nOnE"] {
        assert_eq!(keys.with_header("alg", json!(alg)), Err(TokenFault::Signature), "{alg}");
        let header = json!({ "typ": "at+jwt", "alg": alg, "kid": keys.ours.kid() });
        let unsigned = message(&header.to_string(), &serde_json::to_string(&claims()).unwrap());
        assert_eq!(keys.read(&format!("{unsigned}.")), Err(TokenFault::Malformed));
        assert_eq!(keys.read(&unsigned), Err(TokenFault::Malformed));
    }
}

#[test]
fn the_public_key_is_no_hs256_secret() {
    let keys = Keys::new(1);
    let header = json!({ "typ": "at+jwt", "alg": "HS256", "kid": keys.ours.kid() });
    let message = message(&header.to_string(), &serde_json::to_string(&claims()).unwrap());
    let x = keys.ours.public_jwk()["x"].as_str().unwrap().to_owned();
    for secret in [keys.raw.public_key().as_ref(), x.as_bytes()] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        let token = format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()));
        assert_eq!(keys.read(&token), Err(TokenFault::Signature));
    }
}

#[test]
fn no_other_algorithm_is_accepted_though_the_signature_is_right() {
    let keys = Keys::new(1);
    for alg in ["HS256", "RS256", "ES256", "Ed448", "eddsa", "EdDSA "] {
        assert_eq!(keys.with_header("alg", json!(alg)), Err(TokenFault::Signature), "{alg}");
    }
    assert_eq!(keys.with_header("alg", json!(["EdDSA"])), Err(TokenFault::Malformed));
    assert_eq!(keys.with_header("alg", Value::Null), Err(TokenFault::Malformed));
}

#[test]
fn a_refresh_token_is_no_access_token() {
    let keys = Keys::new(1);
    assert_eq!(keys.read(&keys.ours.sign("rt+jwt", &claims()).unwrap()), Err(TokenFault::Foreign));
    for typ in [json!("JWT"), json!("AT+JWT"), json!("application/at+jwt"), json!(""), Value::Null] {
        assert_eq!(keys.with_header("typ", typ.clone()), Err(TokenFault::Foreign), "{typ}");
    }
}

#[test]
fn another_app_or_issuer_is_foreign() {
    let keys = Keys::new(1);
    for aud in [json!("two"), json!(""), json!("One")] {
        assert_eq!(keys.with("aud", aud), Err(TokenFault::Foreign));
    }
    for iss in [json!("https://id.example.com/two"), json!("https://id.example.com/one/"), json!("")] {
        assert_eq!(keys.with("iss", iss), Err(TokenFault::Foreign));
    }
    assert_eq!(keys.with("aud", json!(["one", "two"])), Err(TokenFault::Malformed));
}

#[test]
fn registered_claims_are_required_and_have_their_types() {
    let keys = Keys::new(1);
    for name in ["iss", "aud", "exp", "iat", "sub"] {
        assert_eq!(keys.without(name), Err(TokenFault::Malformed), "{name}");
        assert_eq!(keys.with(name, Value::Null), Err(TokenFault::Malformed), "{name}");
    }
    for exp in [json!("1900000000"), json!(1.9e9), json!(1e30), json!(true), json!({})] {
        assert_eq!(keys.with("exp", exp.clone()), Err(TokenFault::Malformed), "{exp}");
    }
}

#[test]
fn a_claim_named_twice_is_refused() {
    let keys = Keys::new(1);
    let header = keys.header().to_string();
    let text = serde_json::to_string(&claims()).unwrap();
    let twice = text.replacen('{', r#"{"exp":1,"#, 1);
    assert_eq!(keys.read(&keys.forge_text(&header, &twice)), Err(TokenFault::Malformed));
    let twice = header.replacen('{', r#"{"alg":"none","#, 1);
    assert_eq!(keys.read(&keys.forge_text(&twice, &text)), Err(TokenFault::Malformed));
}

#[test]
fn another_key_is_refused_also_under_our_name() {
    let (keys, others) = (Keys::new(1), Keys::new(2));
    assert_eq!(keys.read(&others.token()), Err(TokenFault::Signature));
    let text = serde_json::to_string(&claims()).unwrap();
    assert_eq!(keys.read(&others.forge_text(&keys.header().to_string(), &text)), Err(TokenFault::Signature));
    assert_eq!(keys.with_header("kid", json!("unknown")), Err(TokenFault::Signature));
    assert_eq!(keys.with_header("kid", json!("../../dev/null")), Err(TokenFault::Signature));
    assert_eq!(keys.with_header("kid", Value::Null), Err(TokenFault::Malformed));
}

#[test]
fn it_expires_when_exp_and_the_leeway_are_over() {
    let keys = Keys::new(1);
    assert!(keys.with("exp", json!(NOW - 4)).is_ok());
    assert_eq!(keys.with("exp", json!(NOW - 5)), Err(TokenFault::Expired));
    assert_eq!(keys.with("exp", json!(0)), Err(TokenFault::Expired));
    assert_eq!(keys.with("exp", json!(i64::MIN)), Err(TokenFault::Expired));
    assert!(keys.with("exp", json!(i64::MAX)).is_ok());
}

#[test]
fn it_is_not_valid_before_it_was_issued_or_before_nbf() {
    let keys = Keys::new(1);
    assert!(keys.with("iat", json!(NOW + 5)).is_ok());
    assert_eq!(keys.with("iat", json!(NOW + 6)), Err(TokenFault::Expired));
    assert!(keys.with("nbf", json!(NOW + 5)).is_ok());
    assert_eq!(keys.with("nbf", json!(NOW + 6)), Err(TokenFault::Expired));
    assert_eq!(keys.with("nbf", json!(i64::MAX)), Err(TokenFault::Expired));
}

#[test]
fn keys_that_a_token_brings_along_are_not_looked_at() {
    let (keys, others) = (Keys::new(1), Keys::new(2));
    let brought = [
        ("jwk", others.ours.public_jwk()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
    ];
    for (name, value) in brought {
        // Beside our own signature they change nothing, beside another they help nothing.
        assert!(keys.with_header(name, value.clone()).is_ok(), "{name}");
        let mut header = keys.header();
        header[name] = value;
        let token = others.forge(&header, &serde_json::to_value(claims()).unwrap());
        assert_eq!(keys.read(&token), Err(TokenFault::Signature), "{name}");
    }
}

#[test]
fn extensions_that_must_be_understood_are_refused() {
    let keys = Keys::new(1);
    for crit in [json!(["b64"]), json!(["exp"]), json!([]), json!("b64")] {
        assert_eq!(keys.with_header("crit", crit.clone()), Err(TokenFault::Malformed), "{crit}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let keys = Keys::new(1);
    let token = keys.token();
    for length in 0..token.len() {
        assert!(keys.read(&token[..length]).is_err(), "{length}");
    }
}

#[test]
fn every_changed_character_is_refused() {
    let keys = Keys::new(1);
    let token = keys.token();
    for position in 0..token.len() {
        for other in ["A", "B", "-", "_", ".", "=", "é", "\n"] {
            if &token[position..=position] != other {
                let changed = format!("{}{other}{}", &token[..position], &token[position + 1..]);
                assert!(keys.read(&changed).is_err(), "{position} {other:?}");
            }
        }
    }
}

#[test]
fn dots_too_many_or_too_few_are_refused() {
    let keys = Keys::new(1);
    let token = keys.token();
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    for text in [
        String::new(),
        ".".into(),
        "..".into(),
        "....".into(),
        format!("{header}..{claims}.{signature}"),
        format!("{header}.{claims}..{signature}"),
        format!(".{token}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{header}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}{claims}{signature}"),
        // A JWE has five parts (RFC 7516 section 7.1).
        format!("{header}.{claims}.{claims}.{claims}.{signature}"),
    ] {
        assert_eq!(keys.read(&text), Err(TokenFault::Malformed), "{text}");
    }
}

#[test]
fn only_the_canonical_spelling_of_base64url_is_read() {
    let keys = Keys::new(1);
    let token = keys.token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let padded = BASE64URL.encode(&BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap());
    assert!(padded.ends_with("=="));
    assert_eq!(keys.read(&format!("{message}.{padded}")), Err(TokenFault::Malformed));
    // 64 bytes leave four bits over in the last character: only zeroes are canonical.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.find(signature.chars().last().unwrap()).unwrap();
    let shadow = &alphabet[last + 1..last + 2];
    let shadowed = format!("{message}.{}{shadow}", &signature[..signature.len() - 1]);
    assert_eq!(keys.read(&shadowed), Err(TokenFault::Malformed));
    for text in [format!(" {token}"), format!("{token} "), format!("{token}\n"), token.replace('.', ". ")] {
        assert!(keys.read(&text).is_err(), "{text:?}");
    }
}

#[test]
fn a_huge_token_is_not_even_looked_at() {
    let keys = Keys::new(1);
    let mut large = serde_json::to_value(claims()).unwrap();
    large["padding"] = json!("a".repeat(5000));
    assert!(keys.read(&keys.forge(&keys.header(), &large)).is_ok());
    large["padding"] = json!("a".repeat(8000));
    let huge = keys.forge(&keys.header(), &large);
    assert!(huge.len() > 8 * 1024);
    assert_eq!(keys.read(&huge), Err(TokenFault::Malformed));
    assert_eq!(key_id(&huge), None);
    assert_eq!(keys.read(&".".repeat(10_000_000)), Err(TokenFault::Malformed));
}

#[test]
fn deep_or_odd_json_is_refused_and_nothing_panics() {
    let keys = Keys::new(1);
    let header = keys.header().to_string();
    let deep = format!("{}{}", "[".repeat(2500), "]".repeat(2500));
    for claims in ["", "[]", "null", "1", "\"text\"", "{", "{}", "{}{}", "\u{feff}{}", &deep, "\0"] {
        assert_eq!(keys.read(&keys.forge_text(&header, claims)), Err(TokenFault::Malformed), "{claims:.20}");
        let token = keys.forge_text(claims, &serde_json::to_string(&self::claims()).unwrap());
        assert_eq!(keys.read(&token), Err(TokenFault::Malformed), "{claims:.20}");
        assert_eq!(key_id(&token), None);
    }
}
