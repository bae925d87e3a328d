//! Headers of the document.

use http::HeaderName;
use serde_json::{Value, json};

/// Headers whose spelling is not a capital at the beginning of each word.
const SPELLED: [&str; 4] = ["X-CSRFToken", "X-API-Key", "WWW-Authenticate", "ETag"];

/// A header's name as people write it: in the compiled contract it is in lower case.
pub(crate) fn name(header: &HeaderName) -> String {
    if let Some(known) = SPELLED.iter().find(|known| header.as_str().eq_ignore_ascii_case(known)) {
        return (*known).to_owned();
    }
    let words = header.as_str().split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

/// A header of an answer.
pub(super) fn described(words: &str, schema: &Value) -> Value {
    json!({ "description": words, "schema": schema })
}

/// The header that every answer has.
pub(super) fn request_id() -> Value {
    json!({ "$ref": "#/components/headers/X-Request-Id" })
}

/// The headers among the components.
pub(super) fn components() -> Value {
    let words = "Names the request in the log; one that the client sends is kept.";
    json!({ "X-Request-Id": described(words, &json!({ "type": "string" })) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_people_write_them() {
        for (header, spelt) in [
            ("x-csrftoken", "X-CSRFToken"),
            ("x-total-count", "X-Total-Count"),
            ("x--y", "X--Y"),
            ("link", "Link"),
        ] {
            assert_eq!(name(&HeaderName::from_static(header)), spelt);
        }
    }
}
