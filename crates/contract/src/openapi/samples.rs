//! What the examples of a contract show to a reader who does not play them: requests and answers with
//! plausible values in the places that are captured or matched.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Map, Value, json};

use super::core::{elements, member};
use super::infer::short_uuid;
use crate::examples::{
    Capture, CaptureSource, Captures, Example, Examples, Exchange, ExpectedBody, MessagePart, Pattern,
    Payload, Step, below,
};

/// One request and its answer, for a reader.
#[derive(Clone, Debug)]
pub(super) struct Sample<'e> {
    /// The example it is taken from.
    pub(super) example: &'e str,
    pub(super) method: &'e Method,
    /// The path below the mount, without its query.
    pub(super) path: String,
    pub(super) status: u16,
    /// The body of the request, where it is JSON.
    pub(super) request: Option<Value>,
    expected: Option<&'e Pattern>,
    known: Known,
}

/// The values of captures, of which some are made up.
#[derive(Clone, Debug, Default)]
struct Known {
    captures: Captures,
    made_up: BTreeSet<String>,
}

/// Every exchange of every example, in the order of the file.
pub(super) fn samples(examples: &Examples) -> Vec<Sample<'_>> {
    examples.examples.iter().flat_map(of_example).collect()
}

fn of_example(example: &Example) -> Vec<Sample<'_>> {
    let mut known = Known::default();
    let mut samples = Vec::new();
    for step in &example.steps {
        let Step::Exchange(exchange) = step else { continue };
        let sample = of_exchange(&example.name, exchange, &known);
        for capture in &exchange.captures {
            known.capture(capture, sample.expected);
        }
        samples.push(sample);
    }
    samples
}

fn of_exchange<'e>(example: &'e str, exchange: &'e Exchange, known: &Known) -> Sample<'e> {
    let path = exchange.request.path.text(&known.captures);
    Sample {
        example,
        method: &exchange.request.method,
        path: path.split('?').next().unwrap_or_default().to_owned(),
        status: exchange.expect.status,
        request: match &exchange.request.payload {
            Payload::Json(draft) => Some(draft.value(&known.captures)),
            Payload::Form(_) | Payload::Multipart(_) | Payload::Nothing | Payload::Raw(_) => None,
        },
        expected: match &exchange.expect.body {
            Some(ExpectedBody::Json(pattern)) => Some(pattern),
            Some(ExpectedBody::Text(_)) | None => None,
        },
        known: known.clone(),
    }
}

impl Sample<'_> {
    /// The body of the answer, where it is known to its last member. What a matcher leaves open is as the schema
    /// says.
    pub(super) fn response(&self, schema: &Value) -> Option<Value> {
        Filler { known: &self.known, partly: false }.fill(self.expected?, schema)
    }
}

impl Known {
    fn capture(&mut self, capture: &Capture, answer: Option<&Pattern>) {
        let value = match &capture.source {
            CaptureSource::Body(keys) => {
                let filler = Filler { known: self, partly: true };
                answer
                    .and_then(|pattern| filler.fill(pattern, &json!({})))
                    .and_then(|body| below(&body, keys).cloned())
            }
            CaptureSource::Message(MessagePart::Code) => Some(json!("123456")),
            CaptureSource::Message(MessagePart::Link) => {
                Some(json!("https://id.example.com/pages/reset?token=dGhlIHRva2VuIG9mIHRoZSBtYWls"))
            }
            CaptureSource::Message(MessagePart::Parameter(_)) => Some(json!("dGhlIHRva2VuIG9mIHRoZSBtYWls")),
            CaptureSource::Header(_) | CaptureSource::Message(MessagePart::Subject | MessagePart::Text) => {
                None
            }
        };
        if value.is_none() {
            self.made_up.insert(capture.name.clone());
        }
        let value = value.unwrap_or_else(|| Value::String(capture.name.clone()));
        self.captures.insert(capture.name.clone(), value);
    }
}

struct Filler<'k> {
    known: &'k Known,
    /// Whether a member that cannot be made up may be left out.
    partly: bool,
}

impl Filler<'_> {
    /// A value that fits; `None` where none can be made up.
    fn fill(&self, pattern: &Pattern, schema: &Value) -> Option<Value> {
        Some(match pattern {
            Pattern::Any | Pattern::Absent | Pattern::Matches(_) => return None,
            Pattern::Jwt => json!("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTllNWEwMCJ9.c2lnbmF0dXJl"),
            Pattern::Integer => json!(1),
            Pattern::Text => return text(schema),
            Pattern::Uuid => json!("019e5a00-0000-7000-8000-000000000001"),
            Pattern::Boolean => json!(true),
            Pattern::Scalar(value) => value.clone(),
            Pattern::Exactly(template) if template.names().any(|name| self.known.made_up.contains(name)) => {
                return None;
            }
            Pattern::Exactly(template) => template.value(&self.known.captures),
            Pattern::List(items) => {
                let of = elements(schema);
                items.iter().map(|item| self.fill(item, &of)).collect::<Option<_>>()?
            }
            Pattern::Object { open: true, .. } if !self.partly => return None,
            Pattern::Object { members, .. } => {
                let mut object = Map::new();
                for (key, pattern) in members.iter().filter(|(_, pattern)| *pattern != Pattern::Absent) {
                    match self.fill(pattern, &member(schema, key)) {
                        Some(value) => {
                            object.insert(key.clone(), value);
                        }
                        None if self.partly => {}
                        None => return None,
                    }
                }
                Value::Object(object)
            }
        })
    }
}

/// A text of the form that a schema wants.
fn text(schema: &Value) -> Option<Value> {
    if schema.get("pattern").is_some() {
        return (schema["pattern"] == short_uuid()["pattern"]).then(|| json!("2RdgQpzUgXBC4mPzLq6nFT"));
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return choices.iter().find(|choice| choice.is_string()).cloned();
    }
    Some(json!(match schema.get("format").and_then(Value::as_str) {
        Some("date") => "2026-11-21",
        Some("date-time") => "2026-11-21T04:00:00Z",
        Some("email") => "user@example.com",
        Some("uri") => "https://id.example.com/media/images/1.png",
        Some("uuid") => "019e5a00-0000-7000-8000-000000000001",
        _ => "text",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_values_come_back_with_their_type_and_open_places_as_the_schema_says() {
        let file = "contract: x
examples:
  - name: One
    steps:
      - request: { method: POST, path: /a, json: { name: Kim } }
        expect: { status: 201, body: { id: <int>, more: <any>, '...': <any> } }
        capture: { id: body.id, more: body.more }
      - request: { method: GET, path: '/a/{{ id }}?x=1' }
        expect: { status: 200, body: { id: '{{ id }}', born: <string>, gone: <absent> } }
      - request: { method: GET, path: /a }
        expect: { status: 200, body: ['{{ more }}'] }
";
        let examples = Examples::load("x.examples.yaml", file).unwrap();
        let samples = samples(&examples);
        assert_eq!(samples[0].request, Some(json!({ "name": "Kim" })));
        assert_eq!(samples[0].response(&json!({})), None, "an open object is not known to its last member");
        assert_eq!(samples[1].path, "/a/1");
        let schema =
            json!({ "type": "object", "properties": { "born": { "type": "string", "format": "date" } } });
        assert_eq!(samples[1].response(&schema), Some(json!({ "id": 1, "born": "2026-11-21" })));
        assert_eq!(samples[2].response(&json!({})), None, "nothing is known of what was captured");
    }
}
