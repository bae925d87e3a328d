//! What links and forms send.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;
use daemun_web::{Ungathered, gather};
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

/// A file that came with a form.
pub(crate) struct Sent {
    /// The name of its input.
    pub(crate) name: String,
    /// What is in it: not empty.
    pub(crate) content: Bytes,
}

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is of another type.
    Foreign,
    /// It is larger than a form may be.
    Large,
    /// It is none, or was cut off.
    Malformed,
    /// There is no memory for it at this moment.
    Busy,
}

impl From<Ungathered> for Unreadable {
    fn from(why: Ungathered) -> Self {
        match why {
            Ungathered::Large => Self::Large,
            Ungathered::Broken => Self::Malformed,
            Ungathered::Full => Self::Busy,
        }
    }
}

/// Whether a form says that files come with it.
pub(crate) fn brings_files(form: &FormBody) -> bool {
    boundary(form).is_some()
}

fn boundary(form: &FormBody) -> Option<String> {
    multer::parse_boundary(form.content_type.as_ref()?.to_str().ok()?).ok()
}

/// Reads a form with files (RFC 7578) of at most `largest` bytes, and of text at most `most_text`. An input for which no file
/// was chosen sends an empty one, and is left out.
pub(crate) async fn read_with_files(
    form: FormBody,
    largest: usize,
    most_text: usize,
) -> Result<(Fields, Vec<Sent>), Unreadable> {
    let boundary = boundary(&form).ok_or(Unreadable::Foreign)?;
    let bytes = gather(form.body, largest).await?;
    let whole = futures_util::stream::once(std::future::ready(Ok::<_, Infallible>(bytes)));
    let mut parts = multer::Multipart::new(whole, boundary);
    let (mut fields, mut files, mut text) = (Vec::new(), Vec::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(|_| Unreadable::Malformed)? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let is_file = part.file_name().is_some();
        let content = part.bytes().await.map_err(|_| Unreadable::Malformed)?;
        if is_file {
            files.extend((!content.is_empty()).then_some(Sent { name, content }));
        } else {
            text += name.len() + content.len();
            let value = String::from_utf8(content.into()).map_err(|_| Unreadable::Malformed)?;
            fields.push((name, value));
        }
        if text > most_text {
            return Err(Unreadable::Large);
        }
    }
    Ok((Fields(fields), files))
}

/// Reads a form of at most `largest` bytes.
pub(crate) async fn read(form: FormBody, largest: usize) -> Result<Fields, Unreadable> {
    let kind = form.content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Unreadable::Foreign);
    }
    let bytes = gather(form.body, largest).await?;
    Ok(Fields::parse(&bytes))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::FutureExt;
    use http::HeaderValue;

    use super::*;

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n골프\r\n\
        --x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"../a.png\"\r\nContent-Type: text/html\r\n\r\n\0\r\n1\r\n\
        --x\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";

    fn read(
        kind: &'static str,
        body: &'static str,
        (largest, most): (usize, usize),
    ) -> Result<String, Unreadable> {
        let form = FormBody { content_type: Some(HeaderValue::from_static(kind)), body: Body::from(body) };
        // The whole body is there: nothing waits.
        let (fields, files) = read_with_files(form, largest, most).now_or_never().unwrap()?;
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let files: Vec<String> =
            files.iter().map(|file| format!("{}: {:?}", file.name, file.content)).collect();
        Ok([fields, files].concat().join(", "))
    }

    #[test]
    fn a_form_with_files_is_read_and_what_was_not_chosen_is_left_out() {
        const KIND: &str = "multipart/form-data; boundary=x";
        let whole = read(KIND, FORM, (1000, 100));
        assert_eq!(whole.as_deref(), Ok("name=골프, picture: b\"\\0\\r\\n1\""));
        assert_eq!(read(KIND, FORM, (100, 100)), Err(Unreadable::Large));
        assert_eq!(read(KIND, FORM, (1000, 9)), Err(Unreadable::Large));
        assert_eq!(read(KIND, &FORM[..150], (1000, 100)), Err(Unreadable::Malformed));
        assert_eq!(read("multipart/form-data", FORM, (1000, 100)), Err(Unreadable::Foreign));
        assert_eq!(read("application/json", FORM, (1000, 100)), Err(Unreadable::Foreign));
    }
}
