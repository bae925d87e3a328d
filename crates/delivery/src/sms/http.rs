//! Any provider that takes text messages over HTTP: what is asked of it, and how its answers are read, is configuration.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use daemun_model::Timestamp;
use daemun_model::phone::national_digits;
use data_encoding::{BASE64, HEXLOWER};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, context};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::exchange::{Answered, Timeouts, check_url, client, exchange};
use super::word;
use crate::DeliveryError;
use crate::delivery::{Outgoing, Receipt, SendFault};

/// A provider that takes text messages over HTTP. `url`, the headers and `body` are templates.
#[derive(Clone, Debug)]
pub struct HttpSmsOptions {
    /// Where a message is handed over; values in it are percent-encoded.
    pub url: String,
    /// `POST`, `PUT` or `GET`.
    pub method: String,
    /// The headers; `Content-Type` decides how values in the body are written. JSON where it is left out.
    pub headers: BTreeMap<String, SecretString>,
    /// The body.
    pub body: String,
    /// Who writes, as the provider knows it.
    pub from: Option<String>,
    /// What templates may show as `secret.NAME`.
    pub secrets: BTreeMap<String, SecretString>,
    /// The statuses of an answer that took the message over.
    pub statuses: Vec<u16>,
    /// An expression over `status` and `answer` (the body, where it is JSON) that holds when the message was taken.
    pub accepted: Option<String>,
    /// An expression that gives the provider's name for the message.
    pub message_id: Option<String>,
    /// An expression that gives the provider's code of what went wrong.
    pub error_code: Option<String>,
    /// How long the provider is waited for.
    pub timeouts: Timeouts,
}

/// A way out through such a provider.
pub(crate) struct HttpSms {
    templates: Environment<'static>,
    expressions: Environment<'static>,
    headers: Vec<HeaderName>,
    method: Method,
    options: HttpSmsOptions,
    client: Client,
}

/// What goes unencoded into a URL or a form (RFC 3986 section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

const URL: &str = "url";
const BODY: &str = "body";
/// How values in a URL or a form are written.
const PERCENT: AutoEscape = AutoEscape::Custom(Cow::Borrowed("percent"));

impl HttpSms {
    /// Compiles the templates and tries them on a message that has everything in it that could break them.
    pub(crate) fn new(
        options: HttpSmsOptions,
        clock: &dyn daemun_model::Clock,
    ) -> Result<Self, DeliveryError> {
        let method = match options.method.as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "GET" => Method::GET,
            _ => return Err(DeliveryError::Sms("`method` is not POST, PUT or GET".to_owned())),
        };
        let mut headers = Vec::new();
        for name in options.headers.keys() {
            let parsed = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| DeliveryError::Sms(format!("`headers`: {name:?} is no name of a header")))?;
            headers.push(parsed);
        }
        if options.statuses.iter().any(|status| !(200..400).contains(status)) || options.statuses.is_empty() {
            let why = "`statuses` are those of an answer that took the message: 200 to 399, at least one";
            return Err(DeliveryError::Sms(why.to_owned()));
        }
        let templates = templates(&options)?;
        let mut expressions = Environment::new();
        expressions.set_undefined_behavior(UndefinedBehavior::Chainable);
        let client = client(options.timeouts)?;
        let way = Self { templates, expressions, headers, method, options, client };
        way.try_out(clock.now())?;
        Ok(way)
    }

    fn try_out(&self, now: Timestamp) -> Result<(), DeliveryError> {
        const SAMPLE: &str = "[\"A\\B\"] 인증 코드: 012345 & <x>\nhttps://example.com/?a=1&b=2";
        for (name, expression) in self.expressions() {
            self.expressions.compile_expression_owned(expression).map_err(|error| broken(name, &error))?;
        }
        let values = self.values(Uuid::nil(), "+821012345678", SAMPLE, now);
        let request = self.request(&values)?;
        check_url(URL, request.url().as_str())?;
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        if is_json(&request) && !body.is_empty() && serde_json::from_slice::<serde_json::Value>(body).is_err()
        {
            return Err(DeliveryError::Sms(
                "`body` is no JSON: values are written with their quotes, as in {\"to\": {{ to }}}"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    fn expressions(&self) -> impl Iterator<Item = (&'static str, String)> {
        let options = &self.options;
        [
            ("accepted", &options.accepted),
            ("message_id", &options.message_id),
            ("error_code", &options.error_code),
        ]
        .into_iter()
        .filter_map(|(name, expression)| Some((name, expression.clone()?)))
    }

    pub(crate) async fn send(
        &self,
        outgoing: &Outgoing<'_>,
        text: &str,
        now: Timestamp,
    ) -> Result<Receipt, SendFault> {
        let values = self.values(outgoing.id, &outgoing.message.to, text, now);
        let request = self.request(&values).map_err(|error| SendFault::permanent(error.to_string()))?;
        let request = reqwest::RequestBuilder::from_parts(self.client.clone(), request);
        self.read(&exchange(request, now).await?)
    }

    fn values(&self, id: Uuid, to: &str, text: &str, now: Timestamp) -> Value {
        let exposed =
            |(name, value): (&String, &SecretString)| (name.clone(), value.expose_secret().to_owned());
        let secrets: BTreeMap<String, String> = self.options.secrets.iter().map(exposed).collect();
        context! {
            to,
            to_digits => to.trim_start_matches('+'),
            to_national => national_digits(to),
            text,
            from => self.options.from.as_deref().unwrap_or_default(),
            id => id.simple().to_string(),
            timestamp => now.0 / 1000,
            date => now.to_rfc3339(),
            secret => secrets,
        }
    }

    fn request(&self, values: &Value) -> Result<Request, DeliveryError> {
        let render = |name: &str| {
            self.templates
                .get_template(name)
                .and_then(|template| template.render(values))
                .map_err(|error| broken(name, &error))
        };
        let mut headers = HeaderMap::new();
        for name in &self.headers {
            let value = render(&header_template(name.as_str()))?;
            let mut value = HeaderValue::from_str(&value).map_err(|_| {
                DeliveryError::Sms(format!("`headers`: the value of {name} cannot stand in a header"))
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        let url = check_url(URL, &render(URL)?)?;
        let mut request = Request::new(self.method.clone(), url);
        *request.headers_mut() = headers;
        if self.method != Method::GET {
            *request.body_mut() = Some(render(BODY)?.into());
        }
        Ok(request)
    }

    fn read(&self, answered: &Answered) -> Result<Receipt, SendFault> {
        let (status, json) = (answered.status, answered.json());
        let answer =
            json.as_ref().map_or(Value::UNDEFINED, |json| Value::from(minijinja::value::Serde(json)));
        let values = context! { status, answer };
        let word_of =
            |expression: &Option<String>| word(&self.evaluate(expression.as_deref()?, &values)?.to_string());
        let refusal = |permanent: bool, text: String| SendFault {
            permanent,
            text,
            code: word_of(&self.options.error_code),
            retry_after: answered.retry_after,
        };
        if !self.options.statuses.contains(&status) {
            // What is neither taken nor refused, as a redirect, was answered by somebody else.
            let permanent = (400..500).contains(&status) && !answered.is_for_now();
            return Err(refusal(permanent, format!("the SMS provider answered {status}")));
        }
        if let Some(accepted) = &self.options.accepted {
            if json.is_none() {
                return Err(refusal(false, format!("the SMS provider answered {status} without JSON")));
            }
            if !self.evaluate(accepted, &values).is_some_and(|value| value.is_true()) {
                return Err(refusal(
                    true,
                    format!("the SMS provider answered {status} and did not accept it"),
                ));
            }
        }
        Ok(Receipt { provider_id: word_of(&self.options.message_id), state: None })
    }

    /// What an expression gives for an answer: nothing where it looks for what is not there.
    fn evaluate(&self, expression: &str, values: &Value) -> Option<Value> {
        let compiled = self.expressions.compile_expression(expression).ok()?;
        compiled.eval(values).ok().filter(|value| !value.is_undefined() && !value.is_none())
    }
}

fn header_template(name: &str) -> String {
    format!("headers.{name}")
}

fn broken(name: &str, error: &Error) -> DeliveryError {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
    let hint = match error.kind() {
        ErrorKind::UndefinedError => "\n  hint: secret.NAME is set as DAEMUN__DELIVERY__SMS__SECRETS__NAME",
        _ => "",
    };
    DeliveryError::Sms(format!("`{name}`{line}: {}{detail}{hint}", error.kind()))
}

fn is_json(request: &Request) -> bool {
    kind_of(request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok())) == Kind::Json
}

/// How values in a body are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Plain,
}

fn kind_of(content_type: Option<&str>) -> Kind {
    let essence = content_type.unwrap_or("application/json").split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Kind::Form
    } else if essence.to_ascii_lowercase().ends_with("json") {
        Kind::Json
    } else {
        Kind::Plain
    }
}

fn templates(options: &HttpSmsOptions) -> Result<Environment<'static>, DeliveryError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let content_type = options
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()))
        .map(|(_, value)| value.expose_secret());
    let body = match kind_of(content_type) {
        Kind::Json => AutoEscape::Json,
        Kind::Form => PERCENT,
        Kind::Plain => AutoEscape::None,
    };
    environment.set_auto_escape_callback(move |name| match name {
        BODY => body.clone(),
        URL => PERCENT,
        _ => AutoEscape::None,
    });
    environment.set_formatter(|out, state, value| {
        if *state.auto_escape() == PERCENT {
            let encoded = utf8_percent_encode(&value.to_string(), RESERVED).to_string();
            return out.write_str(&encoded).map_err(Error::from);
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment.add_filter("hmac_sha256", |text: &str, key: &str| BASE64.encode(&mac(text, key)));
    environment.add_filter("hmac_sha256_hex", |text: &str, key: &str| HEXLOWER.encode(&mac(text, key)));
    let headers = options
        .headers
        .iter()
        .map(|(name, value)| (header_template(&name.to_ascii_lowercase()), value.expose_secret().to_owned()));
    let sources = [(URL.to_owned(), options.url.clone()), (BODY.to_owned(), options.body.clone())];
    for (name, source) in sources.into_iter().chain(headers) {
        environment.add_template_owned(name.clone(), source).map_err(|error| broken(&name, &error))?;
    }
    Ok(environment)
}

fn mac(text: &str, key: &str) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key.as_bytes()), text.as_bytes()).as_ref().to_vec()
}
