//! What the page shows, taken out of the document.

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::document::{Document, holds, list, object, text};
use super::fields::{Field, Fields};
use super::prose::Prose;
use super::request::{Request, plain};
use super::sample::sample;
use super::texts::Texts;

/// The whole of it.
#[derive(Debug, Serialize)]
pub(super) struct Reference {
    title: String,
    version: String,
    about: Prose,
    /// The address of the API, without a final slash.
    base: String,
    schemes: Vec<Scheme>,
    operations: Vec<Operation>,
}

/// A header that carries an access token.
#[derive(Clone, Debug, Serialize)]
struct Scheme {
    name: String,
    header: String,
    /// What stands before the token: `Bearer `, or nothing.
    prefix: String,
    about: Prose,
}

/// A method on a path.
#[derive(Debug, Serialize)]
struct Operation {
    /// The anchor.
    id: String,
    method: String,
    path: String,
    summary: String,
    about: Prose,
    beyond: bool,
    deprecated: bool,
    token: Token,
    schemes: Vec<Scheme>,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    answers: Vec<Answer>,
    curl: String,
}

/// Whether an operation asks for an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Token {
    None,
    Optional,
    Required,
}

/// A parameter outside of the body.
#[derive(Debug, Serialize)]
struct Parameter {
    /// `path`, `query`, `header` or `cookie`.
    place: String,
    /// A value that fits.
    example: String,
    #[serde(flatten)]
    field: Field,
}

/// A request's body.
#[derive(Debug, Serialize)]
struct Body {
    required: bool,
    about: Prose,
    media: Vec<String>,
    alternatives: Vec<Vec<Field>>,
    examples: Vec<Example>,
    #[serde(skip)]
    value: Value,
}

/// An answer by its status.
#[derive(Debug, Serialize)]
struct Answer {
    /// `200`, `4XX`, or `default`.
    status: String,
    /// What HTTP calls the status.
    phrase: &'static str,
    good: bool,
    about: Prose,
    headers: Vec<Field>,
    media: Vec<String>,
    alternatives: Vec<Vec<Field>>,
    examples: Vec<Example>,
}

/// A body that is shown.
#[derive(Debug, Serialize)]
struct Example {
    /// What it shows, if it says so.
    name: String,
    text: String,
}

const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

impl Reference {
    /// What a document says, in its own order.
    pub(super) fn of(document: Document<'_>, texts: Texts) -> Self {
        let info = &document.0["info"];
        let server = list(document.0, "servers").first().and_then(|server| text(server, "url"));
        let mut reference = Self {
            title: text(info, "title").unwrap_or("API").to_owned(),
            version: text(info, "version").unwrap_or_default().to_owned(),
            about: Prose::of(text(info, "description")),
            base: server.unwrap_or_default().trim_end_matches('/').to_owned(),
            schemes: schemes(document),
            operations: Vec::new(),
        };
        let reader = Reader { document, fields: Fields { document, texts } };
        for (path, item) in document.members(document.0, "paths") {
            let methods = item.as_object().into_iter().flatten();
            for (method, operation) in methods.filter(|(key, _)| METHODS.contains(&key.as_str())) {
                let operation = reader.operation(&reference, (path, item), (method, operation));
                reference.operations.push(operation);
            }
        }
        reference
    }

    /// An anchor that no earlier operation has.
    fn anchor(&self, method: &str, path: &str) -> String {
        let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let wanted = std::iter::once(method).chain(words).collect::<Vec<_>>().join("-").to_lowercase();
        let taken = |anchor: &str| self.operations.iter().any(|operation| operation.id == anchor);
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        std::iter::once(wanted.clone()).chain(numbered).find(|anchor| !taken(anchor)).unwrap_or_default()
    }
}

/// The schemes that put a token into a header; others cannot be tried here.
fn schemes(document: Document<'_>) -> Vec<Scheme> {
    let components = &document.0["components"];
    let scheme = |(name, scheme): (&str, &Value)| {
        let (header, prefix) = match (text(scheme, "type")?, text(scheme, "in")) {
            ("http", _) => ("Authorization", format!("{} ", capitalised(text(scheme, "scheme")?))),
            ("apiKey", Some("header")) => (text(scheme, "name")?, String::new()),
            _ => return None,
        };
        let about = Prose::of(text(scheme, "description"));
        Some(Scheme { name: name.to_owned(), header: header.to_owned(), prefix, about })
    };
    document.members(components, "securitySchemes").filter_map(scheme).collect()
}

/// `bearer` as everybody writes it.
fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// Reads operations.
#[derive(Clone, Copy)]
struct Reader<'d> {
    document: Document<'d>,
    fields: Fields<'d>,
}

impl<'d> Reader<'d> {
    fn operation(
        self,
        reference: &Reference,
        (path, item): (&str, &'d Value),
        (method, operation): (&str, &'d Value),
    ) -> Operation {
        let (token, names) = self.security(operation);
        let carriers = reference.schemes.iter().filter(|scheme| names.contains(&scheme.name.as_str()));
        let mut read = Operation {
            id: reference.anchor(method, path),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(operation, "summary").unwrap_or_default().to_owned(),
            about: Prose::of(text(operation, "description")),
            beyond: holds(operation, "x-beyond"),
            deprecated: holds(operation, "deprecated"),
            token,
            schemes: carriers.cloned().collect(),
            parameters: self.parameters(item, operation),
            body: operation.get("requestBody").and_then(|body| self.body(self.document.resolve(body))),
            answers: self
                .document
                .members(operation, "responses")
                .map(|answer| self.answer(answer))
                .collect(),
            curl: String::new(),
        };
        read.curl = request(&reference.base, &read).curl();
        read
    }

    /// Whether a token is needed, and the names of the schemes that may carry it.
    fn security(self, operation: &'d Value) -> (Token, Vec<&'d str>) {
        let own = operation.get("security").or_else(|| self.document.0.get("security"));
        let choices = own.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let names: Vec<&str> =
            choices.iter().filter_map(Value::as_object).flatten().map(|(name, _)| name.as_str()).collect();
        let without = choices.iter().any(|choice| choice.as_object().is_some_and(serde_json::Map::is_empty));
        match (names.is_empty(), without) {
            (true, _) => (Token::None, names),
            (false, true) => (Token::Optional, names),
            (false, false) => (Token::Required, names),
        }
    }

    /// The operation's parameters after those of its path; one of the operation replaces one of the path.
    fn parameters(self, item: &'d Value, operation: &'d Value) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for parameter in
            self.document.items(item, "parameters").chain(self.document.items(operation, "parameters"))
        {
            let (Some(place), Some(name)) = (text(parameter, "in"), text(parameter, "name")) else {
                continue;
            };
            parameters.retain(|known| (known.place.as_str(), known.field.name.as_str()) != (place, name));
            let schema = parameter.get("schema").unwrap_or(&Value::Null);
            let mut field = self.fields.one(name, schema, holds(parameter, "required"));
            if let Some(about) = text(parameter, "description") {
                field.about = Prose::of(Some(about));
            }
            let example = self.value_of(parameter, schema);
            parameters.push(Parameter { place: place.to_owned(), example: plain(&example), field });
        }
        parameters
    }

    /// The first example of a parameter or a body, else one made up.
    fn value_of(self, holder: &'d Value, schema: &'d Value) -> Value {
        let first = self.document.members(holder, "examples").find_map(|(_, example)| example.get("value"));
        let given = holder.get("example").or(first).cloned();
        given.unwrap_or_else(|| sample(self.document, schema))
    }

    /// A body; none where no content type says what it is.
    fn body(self, body: &'d Value) -> Option<Body> {
        let (media, content) = contents(body);
        let schema = content.get("schema").unwrap_or(&Value::Null);
        (!media.is_empty()).then(|| Body {
            required: holds(body, "required"),
            about: Prose::of(text(body, "description")),
            media,
            alternatives: self.fields.alternatives(schema),
            examples: self.examples(content, schema),
            value: self.value_of(content, schema),
        })
    }

    fn answer(self, (status, answer): (&str, &'d Value)) -> Answer {
        let known = status.parse::<u16>().ok().and_then(|status| StatusCode::from_u16(status).ok());
        let good = known.map_or(status.starts_with(['2', '3']), |status| status.as_u16() < 400);
        let phrase = known.and_then(|status| status.canonical_reason()).unwrap_or_default();
        let (media, content) = contents(answer);
        let schema = content.get("schema").unwrap_or(&Value::Null);
        let header = |(name, header): (&str, &'d Value)| {
            let mut field = self.fields.one(
                name,
                header.get("schema").unwrap_or(&Value::Null),
                holds(header, "required"),
            );
            if let Some(about) = text(header, "description") {
                field.about = Prose::of(Some(about));
            }
            field
        };
        Answer {
            status: status.to_owned(),
            phrase,
            good,
            // OpenAPI wants a description; where there is nothing to say it repeats the phrase.
            about: Prose::of(text(answer, "description").filter(|about| *about != phrase)),
            headers: self.document.members(answer, "headers").map(header).collect(),
            // Failures mostly look alike: their examples tell more than the same table again.
            alternatives: if good { self.fields.alternatives(schema) } else { Vec::new() },
            examples: if media.is_empty() { Vec::new() } else { self.examples(content, schema) },
            media,
        }
    }

    fn examples(self, content: &'d Value, schema: &'d Value) -> Vec<Example> {
        let given = self.document.members(content, "examples").filter_map(|(name, example)| {
            let name = text(example, "summary").unwrap_or(name).to_owned();
            Some(Example { name, text: pretty(example.get("value")?) })
        });
        let mut examples: Vec<Example> = given.collect();
        if examples.is_empty() {
            examples.push(Example { name: String::new(), text: pretty(&self.value_of(content, schema)) });
        }
        examples
    }
}

/// The content types of a body and what it says of the first, JSON before others.
fn contents(body: &Value) -> (Vec<String>, &Value) {
    let mut all: Vec<_> = object(body, "content").into_iter().flatten().collect();
    all.sort_by_key(|(media, _)| !media.contains("json"));
    let first = all.first().map_or(&Value::Null, |(_, content)| *content);
    (all.into_iter().map(|(media, _)| media.clone()).collect(), first)
}

fn pretty(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// The example's request: with what is required, and with the whole body.
fn request<'o>(base: &str, operation: &'o Operation) -> Request<'o> {
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    let mut headers = Vec::new();
    if let (Token::Required, Some(scheme)) = (operation.token, operation.schemes.first()) {
        headers.push((scheme.header.clone(), format!("{}TOKEN", scheme.prefix)));
    }
    for parameter in &operation.parameters {
        let (name, value) = (&parameter.field.name, &parameter.example);
        match (parameter.place.as_str(), parameter.field.required) {
            ("path", _) => path = path.replace(&format!("{{{name}}}"), &encoded(value)),
            ("query", true) => query.push(format!("{}={}", encoded(name), encoded(value))),
            ("header", true) => headers.push((name.clone(), value.clone())),
            _ => {}
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let body = operation.body.as_ref();
    Request {
        method: &operation.method,
        url: format!("{base}{path}{query}"),
        headers,
        body: body.and_then(|body| Some((body.media.first()?.as_str(), &body.value))),
    }
}

/// Text in a part of an address (RFC 3986 section 2.3).
fn encoded(text: &str) -> String {
    const KEPT: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, &KEPT).to_string()
}
