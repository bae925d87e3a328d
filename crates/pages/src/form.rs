//! What links and forms send.

use http_body_util::{BodyExt, Limited};

use crate::FormBody;
use crate::screen::Notice;

/// Named values, in their order. They may be secrets, so there is no way to print them.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded` (URL Standard section 5).
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// These, and after them others: the first value of a name counts.
    pub(crate) fn before(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The most a form of ours can hold: two passwords of 1024 bytes, percent-encoded, and a token.
const LARGEST: usize = 16 * 1024;

/// Reads a form.
pub(crate) async fn read(form: FormBody) -> Result<Fields, Notice> {
    let kind = form.content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Notice::FOREIGN);
    }
    let bytes = Limited::new(form.body, LARGEST).collect().await.map_err(|_| Notice::LARGE)?.to_bytes();
    Ok(Fields::parse(&bytes))
}
