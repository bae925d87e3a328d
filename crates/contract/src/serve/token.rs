//! Where the access token stands.

use http::HeaderMap;

use crate::ast::Carrier;

/// What a request carries.
#[derive(Debug, PartialEq, Eq)]
pub enum Carried<'r> {
    /// No token.
    Nothing,
    /// One token, perhaps in several places.
    Token(&'r str),
    /// Different tokens in different places, or one that is no text.
    Contradiction,
}

/// The token in the places of a contract. A header with another scheme carries none; schemes are read in any
/// case (RFC 9110 section 11.1).
pub fn carried<'r>(headers: &'r HeaderMap, carriers: &[Carrier]) -> Carried<'r> {
    let mut found = None;
    for carrier in carriers {
        for value in headers.get_all(&carrier.header) {
            let Ok(text) = value.to_str() else { return Carried::Contradiction };
            let Some(token) = token(text.trim(), carrier) else { continue };
            match found {
                None => found = Some(token),
                Some(other) if other == token => {}
                Some(_) => return Carried::Contradiction,
            }
        }
    }
    found.map_or(Carried::Nothing, Carried::Token)
}

/// The token in one header's value; an empty value, or an empty token, is one that no session has.
fn token<'r>(text: &'r str, carrier: &Carrier) -> Option<&'r str> {
    let Some(scheme) = &carrier.scheme else { return (!text.is_empty()).then_some(text) };
    let (sent, token) = text.split_once(' ').unwrap_or((text, ""));
    sent.eq_ignore_ascii_case(scheme).then(|| token.trim_start())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn carriers() -> Vec<Carrier> {
        let scheme = |scheme: &str| Carrier {
            header: HeaderName::from_static("authorization"),
            scheme: Some(scheme.into()),
        };
        vec![
            scheme("Token"),
            scheme("Bearer"),
            Carrier { header: HeaderName::from_static("x-csrftoken"), scheme: None },
        ]
    }

    fn read(sent: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        format!("{:?}", carried(&headers, &carriers()))
    }

    #[test]
    fn a_token_is_found_in_every_place_and_every_case() {
        assert_eq!(read(&[]), "Nothing");
        assert_eq!(read(&[("authorization", "Bearer a.b.c")]), "Token(\"a.b.c\")");
        assert_eq!(read(&[("authorization", "bEARER   a.b.c")]), "Token(\"a.b.c\")");
        assert_eq!(read(&[("authorization", "token abc")]), "Token(\"abc\")");
        assert_eq!(read(&[("x-csrftoken", "a.b.c")]), "Token(\"a.b.c\")");
        assert_eq!(read(&[("authorization", "Basic dTpw")]), "Nothing");
        assert_eq!(read(&[("authorization", "Bearer")]), "Token(\"\")", "which no session has");
    }

    #[test]
    fn all_places_must_hold_the_same_token() {
        assert_eq!(read(&[("authorization", "Bearer a"), ("x-csrftoken", "a")]), "Token(\"a\")");
        assert_eq!(read(&[("authorization", "Bearer a"), ("x-csrftoken", "b")]), "Contradiction");
        assert_eq!(read(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]), "Contradiction");
    }
}
