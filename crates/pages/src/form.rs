//! What links and forms send.

use std::collections::BTreeMap;

use http_body_util::{BodyExt, Limited};
use minijinja::Value;
use minijinja::value::Serde;

use crate::FormBody;

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

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As templates see them: the first value of each name.
    pub(crate) fn to_value(&self) -> Value {
        let first_of_each: BTreeMap<&str, &str> = self.iter().rev().collect();
        Value::from(Serde(&first_of_each))
    }
}

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is of another type.
    Foreign,
    /// It is larger than a form may be.
    Large,
}

/// Reads a form of at most `largest` bytes.
pub(crate) async fn read(form: FormBody, largest: usize) -> Result<Fields, Unreadable> {
    let kind = form.content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Unreadable::Foreign);
    }
    let bytes = Limited::new(form.body, largest).collect().await.map_err(|_| Unreadable::Large)?.to_bytes();
    Ok(Fields::parse(&bytes))
}
