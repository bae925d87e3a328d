//! How a failure reads on the wire.

use axum::body::Body;
use axum::response::Response;
use daemun_model::{Code, Failure, Language, Reason};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::give::{self, render};
use super::take::Taken;
use crate::ast::{Carrier, Contract, ErrorRule, Errors, Node};
use crate::expression::{EvaluationError, Scope, World};
use crate::messages;

/// Where a failure happened: the errors that speak for it, the nearest first, the contract's last.
#[derive(Clone, Debug)]
pub struct Place<'c> {
    /// The contract.
    pub contract: &'c Contract,
    /// Errors from the alternative to the contract.
    pub errors: Vec<&'c Errors>,
    /// Where tokens stand here, for `WWW-Authenticate`.
    pub carriers: &'c [Carrier],
}

/// What a failure's text needs of the request.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'r> {
    /// What filters know.
    pub world: &'r World,
    /// The switches of the app.
    pub option: &'r Value,
    /// The language the client asked for, else the contract's.
    pub language: Language,
    /// The request's id.
    pub request_id: &'r str,
    /// The input that failed, to blame wire fields.
    pub taken: Option<&'r Taken>,
    /// The methods that the path has, for 405.
    pub methods: &'r [Method],
}

impl<'c> Place<'c> {
    /// The failure as the contract says it. What the contract cannot say for want of a value is said plainly.
    pub fn answer(&self, failure: &Failure, circumstances: Circumstances<'_>) -> Response {
        self.compose(failure, circumstances).unwrap_or_else(|error| {
            tracing::error!(
                cause = &error as &dyn std::error::Error,
                "a contract's errors cannot be rendered"
            );
            let body = json!({ "error": Code::Internal.as_str(), "request_id": circumstances.request_id });
            respond(StatusCode::INTERNAL_SERVER_ERROR, &body)
        })
    }

    fn compose(
        &self,
        failure: &Failure,
        circumstances: Circumstances<'_>,
    ) -> Result<Response, EvaluationError> {
        let code = failure.code();
        let error = self.error(failure, circumstances)?;
        let scope = seen(&error, &circumstances);
        let (status, body) = self.say(code, &error, &scope)?;
        let mut response = respond(status, &body);
        if let Some(kind) = self.errors.iter().find_map(|errors| errors.content_type.as_ref()) {
            response.headers_mut().insert(CONTENT_TYPE, kind.clone());
        }
        self.headers(failure, circumstances.methods, &mut response);
        for rule in self.rules(self.speaking(code)) {
            give::headers(&rule.headers, &scope, &self.contract.shapes, response.headers_mut())?;
        }
        Ok(response)
    }

    /// The HTTP status and the body of a failure.
    ///
    /// # Errors
    /// An expression of the contract that does not take the values it gets.
    pub fn said(
        &self,
        failure: &Failure,
        circumstances: Circumstances<'_>,
    ) -> Result<(StatusCode, Value), EvaluationError> {
        let error = self.error(failure, circumstances)?;
        self.say(failure.code(), &error, &seen(&error, &circumstances))
    }

    fn say(
        &self,
        code: Code,
        error: &Value,
        scope: &Scope<'_>,
    ) -> Result<(StatusCode, Value), EvaluationError> {
        let http = self.errors.iter().find_map(|errors| errors.http.as_ref());
        let http = http.map(|expression| expression.evaluate(scope)).transpose()?.flatten();
        let http = http.and_then(|value| StatusCode::from_u16(u16::try_from(value.as_u64()?).ok()?).ok());
        let body = match self.body(code) {
            Some(node) => render(node, scope, &self.contract.shapes)?.unwrap_or(Value::Null),
            None => plain(error),
        };
        Ok((http.unwrap_or_else(|| self.status(code)), body))
    }

    /// What expressions see as `error`.
    fn error(&self, failure: &Failure, circumstances: Circumstances<'_>) -> Result<Value, EvaluationError> {
        let code = failure.code();
        let mut error = json!({
            "code": code.as_str(),
            "status": self.status(code).as_u16(),
            "message": null,
            "fields": {},
            "reasons": reasons(failure),
            "retry_after": retry_after(failure),
            "request_id": circumstances.request_id,
        });
        let message = self.message(code, circumstances.language, &seen(&error, &circumstances))?;
        let fields = self.fields(failure, &message, circumstances);
        error["message"] = Value::String(message);
        error["fields"] = Value::Object(fields);
        Ok(error)
    }

    /// The rules that speak of a code, the nearest first.
    fn rules(&self, code: Code) -> impl Iterator<Item = &'c ErrorRule> + '_ {
        self.errors.iter().filter_map(move |errors| errors.rules.get(&code))
    }

    /// The code whose words are used: the code's own where the contract has any, else those of the code it falls
    /// back to.
    fn speaking(&self, code: Code) -> Code {
        match code.falls_back_to() {
            Some(other) if self.rules(code).next().is_none() && self.rules(other).next().is_some() => other,
            _ => code,
        }
    }

    fn status(&self, code: Code) -> StatusCode {
        let default =
            || StatusCode::from_u16(code.default_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let of = |code: Code| self.rules(code).find_map(|rule| rule.status);
        of(code).or_else(|| of(code.falls_back_to()?)).unwrap_or_else(default)
    }

    fn message(&self, code: Code, language: Language, scope: &Scope<'_>) -> Result<String, EvaluationError> {
        match self.rules(self.speaking(code)).find_map(|rule| rule.message.as_ref()) {
            None => Ok(messages::of_code(language, code)),
            Some(node) => Ok(match render(node, scope, &self.contract.shapes)? {
                Some(Value::String(text)) => text,
                Some(Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            }),
        }
    }

    /// The nearest body, where the contract has one: at each place that of the code, else the place's own.
    pub fn body(&self, code: Code) -> Option<&'c Node> {
        let speaking = self.speaking(code);
        self.errors.iter().find_map(|errors| {
            let of_code = errors.rules.get(&speaking).and_then(|rule| rule.body.as_ref());
            of_code.or(errors.body.as_ref())
        })
    }

    /// `error.fields`: each wire field and its messages, in the order in which the contract takes the fields.
    fn fields(
        &self,
        failure: &Failure,
        message: &str,
        circumstances: Circumstances<'_>,
    ) -> Map<String, Value> {
        let language = circumstances.language;
        let mut notes: Vec<(usize, &str, String)> = Vec::new();
        match failure {
            Failure::Invalid(faults) => {
                for fault in faults.iter() {
                    let (order, wire) = self.wire_field(&fault.field, circumstances);
                    notes.push((
                        order,
                        wire,
                        self.field_message(wire, &fault.field, &fault.reason, language),
                    ));
                }
            }
            Failure::Refused { code, field: Some(field) } => {
                let (order, wire) = self.wire_field(field, circumstances);
                let text = if taken(*code) {
                    self.field_message(wire, field, &Reason::Taken, language)
                } else {
                    message.to_owned()
                };
                notes.push((order, wire, text));
            }
            Failure::Refused { code, field: None } if !of_the_request(*code) => {
                notes.push((0, self.non_field(), message.to_owned()));
            }
            Failure::Refused { .. }
            | Failure::TooManyRequests { .. }
            | Failure::Unavailable { .. }
            | Failure::Broken(_) => {}
        }
        notes.sort_by_key(|(order, ..)| *order);
        let mut fields = Map::new();
        for (_, wire, text) in notes {
            match fields.entry(wire).or_insert_with(|| json!([])) {
                Value::Array(texts) => texts.push(Value::String(text)),
                other => *other = json!([text]),
            }
        }
        fields
    }

    fn wire_field<'t>(&'t self, field: &str, circumstances: Circumstances<'t>) -> (usize, &'t str) {
        let known = circumstances.taken.and_then(|taken| taken.wire_field(field));
        known.unwrap_or_else(|| (usize::MAX, self.non_field()))
    }

    fn non_field(&self) -> &str {
        self.errors.iter().find_map(|errors| errors.non_field.as_deref()).unwrap_or("non_field_errors")
    }

    /// The contract's own message for a field and a reason, the most specific first, else the built-in one.
    fn field_message(&self, wire: &str, field: &str, reason: &Reason, language: Language) -> String {
        let name = reason.as_str();
        let pinned = |key: &str| self.contract.messages.get(key).cloned();
        pinned(&format!("{wire}.{name}"))
            .or_else(|| pinned(&format!("*.{name}")))
            .unwrap_or_else(|| messages::of_reason(language, field, reason))
    }

    fn headers(&self, failure: &Failure, methods: &[Method], response: &mut Response) {
        let code = failure.code();
        let unauthorized = response.status() == StatusCode::UNAUTHORIZED;
        let headers = response.headers_mut();
        if unauthorized || code == Code::Unauthenticated {
            let scheme =
                self.carriers.iter().find_map(|carrier| carrier.scheme.as_deref()).unwrap_or("Bearer");
            if let Ok(value) = HeaderValue::from_str(scheme) {
                headers.insert(WWW_AUTHENTICATE, value);
            }
        }
        if let Some(seconds) = retry_after(failure) {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if code == Code::MethodNotAllowed {
            headers.insert(ALLOW, allow(methods));
        }
    }
}

/// Why fields are invalid, each reason once.
fn reasons(failure: &Failure) -> Vec<&'static str> {
    let Failure::Invalid(faults) = failure else { return Vec::new() };
    let mut reasons = Vec::new();
    for reason in faults.iter().map(|fault| fault.reason.as_str()) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

/// Seconds until it is worth trying again.
const fn retry_after(failure: &Failure) -> Option<u32> {
    match failure {
        Failure::TooManyRequests { retry_after } | Failure::Unavailable { retry_after } => Some(*retry_after),
        Failure::Invalid(_) | Failure::Refused { .. } | Failure::Broken(_) => None,
    }
}

/// What the expressions of a failure see.
fn seen<'a>(error: &'a Value, circumstances: &Circumstances<'a>) -> Scope<'a> {
    Scope::new(circumstances.world).with("option", circumstances.option).with("error", error)
}

/// The methods of a path for an `Allow` header: what it has, `HEAD` beside `GET`, and `OPTIONS`.
pub fn allow(methods: &[Method]) -> HeaderValue {
    let mut names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

/// A JSON answer that no cache keeps.
pub fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(body).unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    daemun_web::headers::no_store(response.headers_mut());
    response
}

/// The body of a contract that says nothing of errors.
fn plain(error: &Value) -> Value {
    let mut body = json!({ "error": error["code"], "message": error["message"] });
    if error["fields"].as_object().is_some_and(|fields| !fields.is_empty()) {
        body["fields"] = error["fields"].clone();
    }
    body
}

const fn taken(code: Code) -> bool {
    matches!(
        code,
        Code::EmailTaken
            | Code::UsernameTaken
            | Code::PhoneTaken
            | Code::NicknameTaken
            | Code::IdentityTaken
            | Code::UploadTaken
    )
}

/// Failures of the request as a whole, not of anything that stands in it: they blame no field.
const fn of_the_request(code: Code) -> bool {
    matches!(
        code,
        Code::Unauthenticated
            | Code::Forbidden
            | Code::NotFound
            | Code::RouteNotFound
            | Code::MethodNotAllowed
            | Code::BodyMalformed
            | Code::BodyTooLarge
            | Code::UnsupportedMediaType
            | Code::IdempotencyKeyReused
            | Code::MessageGone
            | Code::RequestInProgress
            | Code::TooManyRequests
            | Code::Unavailable
            | Code::Internal
            | Code::Invalid
    )
}
