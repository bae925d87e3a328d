//! One request to the service and its answer, bounded in time and size. No fault holds a URL: who has one may do what it
//! was signed for.

use std::error::Error;

use bytes::Bytes;
use daemun_model::Timestamp;
use reqwest::header::{CONTENT_LENGTH, RANGE};
use reqwest::{RequestBuilder, Response};
use rusty_s3::Method;

use super::{OWN, S3};

/// Bytes of an answer that are read: a thousand keys fit in.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
/// Characters of what a service says that are told.
const LONGEST_WORDS: usize = 300;

/// Why the service did not do what was asked. The text is for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S3Fault {
    /// A setting that cannot be.
    #[error("{0}")]
    Setting(String),
    /// It cannot be reached, or has no time now.
    #[error("the file storage (S3) cannot be used now: {0}")]
    Away(String),
    /// It refuses.
    #[error("the file storage (S3) refuses {act}: {status} {code}{}{}", said(.message), hint(.code, *.status))]
    Refused {
        /// What was asked.
        act: &'static str,
        /// The status of its answer.
        status: u16,
        /// Its own code, or the status' name.
        code: String,
        /// Its own words.
        message: String,
    },
    /// Its answer is none that an S3 service gives.
    #[error("the file storage (S3) answers {act} with what cannot be understood: {why}")]
    Strange {
        /// What was asked.
        act: &'static str,
        /// What is wrong with the answer.
        why: String,
    },
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}

/// What an operator can do about it.
fn hint(code: &str, status: u16) -> &'static str {
    match (code, status) {
        ("NoSuchBucket", _) => "\n  hint: there is no bucket of the name in files.bucket at files.endpoint",
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidSignature", _) => {
            "\n  hint: files.access_key_id and files.secret_access_key must be a pair that the service knows"
        }
        ("RequestTimeTooSkewed" | "ExpiredToken", _) => "\n  hint: the clock of this machine is wrong",
        ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError", _)
        | (_, 301 | 307 | 308) => {
            "\n  hint: the bucket is in another region: set files.region and files.endpoint to its own"
        }
        ("AccessDenied", _) | (_, 403) => {
            "\n  hint: the key needs s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it"
        }
        ("NotImplemented", _) | (_, 501) => {
            "\n  hint: the service must be able to copy objects with x-amz-metadata-directive"
        }
        _ => "",
    }
}

/// What is asked of the service.
pub(super) struct Ask<'a> {
    /// What it is, as the end of "refuses".
    pub(super) act: &'static str,
    pub(super) method: Method,
    /// The key; the bucket itself where it is left out.
    pub(super) key: Option<&'a str>,
    /// Sorted by name.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Headers that are signed, sorted by name.
    pub(super) headers: &'a [(&'a str, &'a str)],
}

impl<'a> Ask<'a> {
    pub(super) const fn of(act: &'static str, method: Method, key: &'a str) -> Self {
        Self { act, method, key: Some(key), query: &[], headers: &[] }
    }
}

/// What the service answered.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl S3 {
    /// Asks, and reads the whole answer. One that says the service has no time is a fault, and no other is.
    pub(super) async fn ask(&self, now: Timestamp, ask: Ask<'_>, body: Bytes) -> Result<Answered, S3Fault> {
        let act = ask.act;
        let request = self.request(now, &ask).timeout(self.0.timeout);
        let request = match ask.method {
            // A PUT without a length is refused.
            Method::Put => request.header(CONTENT_LENGTH, body.len()).body(body),
            Method::Get | Method::Head | Method::Post | Method::Delete => request,
        };
        let response = request.send().await.map_err(|error| unanswered(act, &error))?;
        self.answered(act, response).await
    }

    /// Reads a whole answer. One that says the service has no time is a fault, and no other is.
    pub(super) async fn answered(&self, act: &str, mut response: Response) -> Result<Answered, S3Fault> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(act, &error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                return Err(S3Fault::Away(format!("its answer to {act} does not end")));
            }
        }
        let answered = Answered { status, body };
        answered.has_time(act)?;
        Ok(answered)
    }

    /// Asks for an object whose bytes are read as they come.
    pub(super) async fn open(
        &self,
        now: Timestamp,
        ask: Ask<'_>,
        range: Option<String>,
    ) -> Result<Response, S3Fault> {
        let mut request = self.request(now, &ask);
        if let Some(range) = range {
            request = request.header(RANGE, range);
        }
        request.send().await.map_err(|error| unanswered(ask.act, &error))
    }

    fn request(&self, now: Timestamp, ask: &Ask<'_>) -> RequestBuilder {
        let url = self.sign(now, ask, OWN);
        let method = match ask.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        ask.headers
            .iter()
            .fold(self.0.client.request(method, url), |request, (name, value)| request.header(*name, *value))
    }
}

impl Answered {
    fn has_time(&self, act: &str) -> Result<(), S3Fault> {
        if self.status == 429 || self.status >= 500 && self.status != 501 {
            let (code, message) = words(&self.body, self.status);
            return Err(S3Fault::Away(format!(
                "it answers {act} with {} {code}{}",
                self.status,
                said(&message)
            )));
        }
        Ok(())
    }

    /// As a refusal.
    pub(super) fn refused(&self, act: &'static str) -> S3Fault {
        let (code, message) = words(&self.body, self.status);
        S3Fault::Refused { act, status: self.status, code, message }
    }

    /// Fails unless the status is one of success. Some services say 200 and then that it went wrong.
    pub(super) fn done(&self, act: &'static str) -> Result<(), S3Fault> {
        if !(200..300).contains(&self.status) {
            return Err(self.refused(act));
        }
        if element(&self.body, "Error").is_some() {
            let (code, message) = words(&self.body, self.status);
            return Err(S3Fault::Away(format!("{act} failed: {code}{}", said(&message))));
        }
        Ok(())
    }
}

/// The code and the message of an error (the S3 API's "REST error responses").
fn words(body: &[u8], status: u16) -> (String, String) {
    let plain =
        |text: String| -> String { text.chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect() };
    let name = || {
        let status = reqwest::StatusCode::from_u16(status).ok();
        status.and_then(|status| status.canonical_reason()).unwrap_or_default().to_owned()
    };
    let code = element(body, "Code").unwrap_or_else(name);
    (plain(code), plain(element(body, "Message").unwrap_or_default()))
}

/// What stands in the first element of a name.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let inner = text.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    Some(inner.to_owned())
}

pub(super) fn unanswered(act: &str, error: &reqwest::Error) -> S3Fault {
    if error.is_timeout() {
        return S3Fault::Away(format!("it did not answer {act} in time"));
    }
    S3Fault::Away(format!("{act} failed: {}", root(error)))
}

/// The last cause: the network's and TLS's own words, which know no URL.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "the request cannot be made".to_owned(),
        None => cause.to_string(),
    }
}
