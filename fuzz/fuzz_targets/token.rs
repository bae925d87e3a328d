//! Of all texts one is the token that was signed; and of all claims that the key signs, those are taken that are
//! expected.
#![no_main]

use std::sync::LazyLock;

use daemun_crypto::{Expected, SigningKey, key_id, verify};
use daemun_model::{SeededRandom, Timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const NOW: i64 = 1_700_000_000;

/// A key, and a token of it.
static SIGNED: LazyLock<(SigningKey, String)> = LazyLock::new(|| {
    let (key, _) = SigningKey::generate(&SeededRandom::new(1)).expect("a key");
    let claims = json!({ "iss": "https://a.example", "aud": "app", "sub": "x", "iat": NOW, "exp": NOW + 60 });
    let token = key.sign("at+jwt", &claims).expect("a token");
    (key, token)
});

fn expected() -> Expected<'static> {
    Expected {
        typ: "at+jwt",
        issuer: "https://a.example",
        audience: "app",
        now: Timestamp(NOW * 1_000_000),
        leeway_seconds: 5,
    }
}

fuzz_target!(|text: &str| {
    let (key, token) = &*SIGNED;
    // `@` stands for the parts of the good token, which nobody guesses: `@0.@1.@2` is all of it.
    let mut forged = text.to_owned();
    for (index, part) in token.split('.').enumerate() {
        forged = forged.replace(&format!("@{index}"), part);
    }
    let _ = key_id(&forged);
    let read = verify::<Value>(&forged, key, &expected());
    assert_eq!(read.is_ok(), forged == *token, "another text is the same token");

    let Ok(claims) = serde_json::from_str::<Value>(text) else { return };
    let Ok(signed) = key.sign("at+jwt", &claims) else { return };
    assert!(key_id(&signed).is_some() || signed.len() > 8 * 1024);
    if let Ok(read) = verify::<Value>(&signed, key, &expected()) {
        assert_eq!((&read["iss"], &read["aud"]), (&json!("https://a.example"), &json!("app")));
        assert!(read["exp"].as_i64().expect("exp is a number") > NOW - 5);
        assert!(read["iat"].as_i64().expect("iat is a number") <= NOW + 5);
    }
    let refresh = key.sign("refresh+jwt", &claims).expect("signed before");
    assert!(verify::<Value>(&refresh, key, &expected()).is_err(), "a token of another kind");
});
