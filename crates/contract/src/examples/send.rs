//! Sends one request of an example and reads its answer.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName};
use reqwest::multipart::Form;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::template::{Captures, Template};
use super::{Payload, Request};

/// How long an answer may take: examples are no measure of how fast a busy machine is.
const PATIENCE: Duration = Duration::from_secs(150);

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    /// The values of a header, with commas between several.
    pub(super) fn header(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        let texts: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        if texts.is_empty() { None } else { Some(texts.join(", ")) }
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

/// A client for a server. It follows no redirect: an example says what the server itself answers.
pub(super) fn client(base_url: &str) -> reqwest::Result<Client> {
    let builder = Client::builder().redirect(Policy::none()).timeout(PATIENCE).no_proxy();
    // Without TLS the machine's certificates are not asked for: there may be none.
    let builder = if base_url.starts_with("https:") { builder } else { builder.tls_certs_only([]) };
    builder.build()
}

/// Sends a request.
///
/// # Errors
/// A sentence that tells why there is no answer.
pub(super) async fn send(
    client: &Client,
    base_url: &str,
    request: &Request,
    captures: &Captures,
) -> Result<Answer, String> {
    let url = format!("{}{}", base_url.trim_end_matches('/'), request.path.text(captures));
    let mut builder = client.request(request.method.clone(), &url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value.text(captures));
    }
    let builder = with_payload(builder, request, captures);
    let answered = async {
        let response = builder.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    };
    answered.await.map_err(|error: reqwest::Error| reason(&error))
}

fn with_payload(builder: RequestBuilder, request: &Request, captures: &Captures) -> RequestBuilder {
    let typed = |builder: RequestBuilder, content_type: &str| {
        if request.headers.iter().any(|(name, _)| name == CONTENT_TYPE) {
            builder
        } else {
            builder.header(CONTENT_TYPE, content_type)
        }
    };
    let pairs = |fields: &[(String, Template)]| -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| (name.clone(), value.text(captures))).collect()
    };
    match &request.payload {
        Payload::Nothing => builder,
        Payload::Json(draft) => typed(builder, "application/json").body(draft.value(captures).to_string()),
        Payload::Form(fields) => {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(fields)).finish();
            typed(builder, "application/x-www-form-urlencoded").body(body)
        }
        Payload::Multipart(fields) => {
            let form =
                pairs(fields).into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
            builder.multipart(form)
        }
        Payload::Raw(text) => builder.body(text.text(captures)),
    }
}

/// An error with its causes: the outermost alone says only that the request failed.
fn reason(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
