//! What came back.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.body) {
            Ok(text) => text,
            Err(error) => panic!("the body is no text: {error}"),
        }
    }

    /// The body as JSON; `null` where it is empty.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the body is no JSON ({error}): {}", self.text()),
        }
    }

    /// A header's value; `""` where it is missing.
    ///
    /// # Panics
    /// When it is not text.
    pub fn header(&self, name: &str) -> &str {
        match self.headers.get(name).map(|value| value.to_str()) {
            None => "",
            Some(Ok(text)) => text,
            Some(Err(error)) => panic!("the header {name} is no text: {error}"),
        }
    }
}

/// Sends a request and waits for the whole answer.
pub trait Answered {
    /// The answer.
    ///
    /// # Panics
    /// When there is none, as the server refused the connection or closed it.
    fn answer(self) -> impl Future<Output = Answer> + Send;
}

impl Answered for reqwest::RequestBuilder {
    async fn answer(self) -> Answer {
        let response = match self.send().await {
            Ok(response) => response,
            Err(error) => panic!("no answer: {error:?}"),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        match response.bytes().await {
            Ok(body) => Answer { status, headers, body },
            Err(error) => panic!("half an answer: {error:?}"),
        }
    }
}
