//! Twilio's signature on what it tells us: `X-Twilio-Signature` is the base64 of HMAC-SHA1, keyed by the auth token, over the
//! URL that it was told to call and every parameter of the form, sorted by name, as name and value without anything between.

use std::collections::BTreeSet;

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, verify};
use data_encoding::BASE64;
use url::Url;

/// Whether a form that came to `url` was signed by who knows `token`. The time that it takes tells nothing of the right one.
pub(super) fn is_signed(url: &str, form: &BTreeSet<(String, String)>, token: &str, signature: &str) -> bool {
    let Ok(tag) = BASE64.decode(signature.trim().as_bytes()) else { return false };
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    forms_of(url).iter().any(|url| {
        let mut text = url.clone();
        for (name, value) in form {
            text.push_str(name);
            text.push_str(value);
        }
        verify(&key, text.as_bytes(), &tag).is_ok()
    })
}

/// The URL as it stands in the configuration, and with the port that its scheme implies: Twilio has signed either.
fn forms_of(url: &str) -> Vec<String> {
    let mut forms = vec![url.to_owned()];
    if let Ok(parsed) = Url::parse(url)
        && parsed.port().is_none()
        && let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default())
    {
        let plain = format!("{}://{host}", parsed.scheme());
        if let Some(rest) = url.strip_prefix(&plain) {
            forms.push(format!("{plain}:{port}{rest}"));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac::sign;

    use super::*;

    fn form(pairs: &[(&str, &str)]) -> BTreeSet<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The example of Twilio's own documentation ("Validating requests are coming from Twilio").
    #[test]
    fn the_example_of_the_documentation_is_signed() {
        let form = form(&[
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675310"),
            ("Caller", "+14158675310"),
            ("CallSid", "CA1234567890ABCDE"),
        ]);
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        let text = format!(
            "{url}CallSidCA1234567890ABCDECaller+14158675310Digits1234From+14158675310To+18005551212"
        );
        let signature = |text: &str| {
            let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
            BASE64.encode(sign(&key, text.as_bytes()).as_ref())
        };
        let right = signature(&text);
        assert!(is_signed(url, &form, "12345", &right));
        assert!(is_signed(
            url,
            &form,
            "12345",
            &signature(&text.replacen("example.com", "example.com:443", 1))
        ));
        assert!(!is_signed(url, &form, "12346", &right));
        assert!(!is_signed("https://example.com/myapp.php?foo=1&bar=3", &form, "12345", &right));
        for wrong in ["", "=", &right[1..], &right.to_lowercase(), "AAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            assert!(!is_signed(url, &form, "12345", wrong), "{wrong}");
        }
        let mut more = form.clone();
        more.insert(("Digits".to_owned(), "9".to_owned()));
        assert!(!is_signed(url, &more, "12345", &right));
    }
}
