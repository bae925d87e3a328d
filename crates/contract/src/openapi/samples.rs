//! What examples show to a reader who does not play them: requests and answers with plausible values in the
//! places that are captured or matched.

use http::Method;
use serde_json::{Map, Value, json};

use super::template::{Captures, Template};
use super::{Capture, CaptureSource, Examples, ExpectedBody, MessagePart, Pattern, Payload, Step};

/// One request and its answer, for a reader.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample<'e> {
    /// The example it is taken from.
    pub(crate) example: &'e str,
    pub(crate) method: &'e Method,
    /// The path below the mount, without its query.
    pub(crate) path: String,
    pub(crate) status: u16,
    /// The body of the request, where it is an object.
    pub(crate) request: Option<Value>,
    /// The body of the answer, where it is known to its last member.
    pub(crate) response: Option<Value>,
}

/// Every exchange of every example, in the order of the file.
pub(crate) fn samples(examples: &Examples) -> Vec<Sample<'_>> {
    let mut samples = Vec::new();
    for example in &examples.examples {
        let mut captures = Captures::new();
        for step in &example.steps {
            let Step::Exchange(exchange) = step else { continue };
            let path = exchange.request.path.text(&captures);
            let response = match &exchange.expect.body {
                Some(ExpectedBody::Json(pattern)) => pattern.sample(&captures),
                Some(ExpectedBody::Text(_)) | None => None,
            };
            let request = body(&exchange.request.payload, &captures);
            for capture in &exchange.captures {
                captures.insert(capture.name.clone(), captured(capture, response.as_ref()));
            }
            samples.push(Sample {
                example: &example.name,
                method: &exchange.request.method,
                path: path.split('?').next().unwrap_or_default().to_owned(),
                status: exchange.expect.status,
                request,
                response,
            });
        }
    }
    samples
}

fn body(payload: &Payload, captures: &Captures) -> Option<Value> {
    match payload {
        Payload::Json(draft) => Some(draft.value(captures)),
        Payload::Form(fields) | Payload::Multipart(fields) => {
            let text =
                |(name, value): &(String, Template)| (name.clone(), Value::String(value.text(captures)));
            Some(Value::Object(fields.iter().map(text).collect()))
        }
        Payload::Nothing | Payload::Raw(_) => None,
    }
}

fn captured(capture: &Capture, response: Option<&Value>) -> Value {
    let text = match &capture.source {
        CaptureSource::Body(keys) => {
            let found = response.and_then(|body| super::below(body, keys)).cloned();
            return found.unwrap_or_else(|| Value::String(capture.name.clone()));
        }
        CaptureSource::Header(_) => &capture.name,
        CaptureSource::Message(part) => match part {
            MessagePart::Code => "123456",
            MessagePart::Link => "https://id.example.com/pages/reset?token=dGhlIHRva2Vu",
            MessagePart::Parameter(_) => "dGhlIHRva2VuIG9mIHRoZSBtYWls",
            MessagePart::Subject | MessagePart::Text => &capture.name,
        },
    };
    json!(text)
}

impl Pattern {
    /// A value that fits; `None` where none can be made up.
    fn sample(&self, captures: &Captures) -> Option<Value> {
        Some(match self {
            Self::Any | Self::Absent | Self::Matches(_) => return None,
            Self::Jwt => json!("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTllNWEwMCJ9.c2lnbmF0dXJl"),
            Self::Integer => json!(1),
            Self::Text => json!("text"),
            Self::Uuid => json!("019e5a00-0000-7000-8000-000000000001"),
            Self::Boolean => json!(true),
            Self::Scalar(value) => value.clone(),
            Self::Exactly(template) => template.value(captures),
            Self::List(items) => items.iter().map(|item| item.sample(captures)).collect::<Option<_>>()?,
            Self::Object { open: true, .. } => return None,
            Self::Object { members, open: false } => {
                let mut object = Map::new();
                for (key, pattern) in members.iter().filter(|(_, pattern)| *pattern != Self::Absent) {
                    object.insert(key.clone(), pattern.sample(captures)?);
                }
                Value::Object(object)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_values_come_back_with_their_type() {
        let file = "contract: x
examples:
  - name: One
    steps:
      - request: { method: POST, path: /a, json: { name: Kim } }
        expect: { status: 201, body: { id: <int>, token: <jwt> } }
        capture: { id: body.id }
      - request: { method: GET, path: '/a/{{ id }}?x=1' }
        expect: { status: 200, body: { id: '{{ id }}', gone: <absent>, '...': <any> } }
";
        let examples = Examples::load("x.examples.yaml", file).unwrap();
        let samples = samples(&examples);
        assert_eq!(samples[0].request, Some(json!({ "name": "Kim" })));
        assert_eq!(samples[0].response.as_ref().unwrap()["id"], json!(1));
        assert_eq!((samples[1].path.as_str(), samples[1].response.as_ref()), ("/a/1", None));
    }
}
