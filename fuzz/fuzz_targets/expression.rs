//! An expression is any text: it is refused with a place in it, or it has a value or fails, and always ends.
#![no_main]

use daemun_contract::expression::{Expression, Scope, World};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(fault) => {
            assert!(fault.offset <= text.len() && text.is_char_boundary(fault.offset), "{fault:?}");
            assert!(!fault.message.is_empty());
            return;
        }
    };
    for mention in expression.mentions() {
        assert!(!mention.path.is_empty() && mention.offset <= text.len());
    }
    let world = World::default();
    let account = json!({
        "id": 7, "uuid": "0190f5a4-7c1e-7b3a-9d2f-3c5a1b2c3d4e", "email": "user@example.com", "name": "문", "gender": "male",
        "birthdate": "1990-01-31", "created_at": "2024-01-01T00:00:00Z", "picture": null, "attributes": { "a": [1, 2.5, true] },
    });
    let error = json!({ "code": "invalid", "status": 400, "fields": { "email": ["required"], "name": [] } });
    let scope = Scope::new(&world).with("account", &account).with("error", &error);
    let value = expression.evaluate(&scope).map(|value| value.map(std::borrow::Cow::into_owned));
    if let Ok(holds) = expression.holds(&scope) {
        assert!(!holds || matches!(value, Ok(Some(_))), "undefined holds");
    }
});
