//! The OpenAPI 3.1 document of a contract: what the door serves, told from the same compiled contract.

mod components;
mod core;
mod failures;
mod gives;
pub(crate) mod headers;
mod infer;
mod known;
mod samples;
mod security;
mod takes;

use std::collections::BTreeSet;

use daemun_model::App;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::ast::{Action, Alternative, Contract, Does, PathPattern, Route, Segment};
use crate::examples::Examples;
use components::Components;
use core::Core;
use failures::Failures;
use gives::Bodies;
use infer::Types;
use known::Known;
use samples::{Sample, samples};
use security::Schemes;
use takes::Taken;

/// The document of a contract as an app serves it. `examples` give its requests and answers a face.
pub fn document(contract: &Contract, app: &App, examples: Option<&Examples>) -> Value {
    let mut writer = Writer {
        contract,
        app,
        core: Core::new(contract, app),
        components: Components::default(),
        samples: examples.map(samples).unwrap_or_default(),
        ids: BTreeSet::new(),
    };
    let mut paths: IndexMap<String, Value> = IndexMap::new();
    for route in &contract.routes {
        let method = route.method.as_str().to_ascii_lowercase();
        for path in &route.paths {
            let path = as_before(path, &method, &paths);
            let operation = writer.operation(route, &path);
            let item = paths.entry(template(&path)).or_insert_with(|| json!({}));
            item[&method] = operation;
        }
    }
    let tags: BTreeSet<String> = contract.routes.iter().map(tag).collect();
    let mut info = json!({ "title": contract.title, "version": contract.version });
    if let Some(description) = &contract.description {
        info["description"] = description.as_str().into();
    }
    let schemas = std::mem::take(&mut writer.components).into_value();
    json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{ "url": app.public_url }],
        "tags": tags.into_iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "paths": paths.into_iter().collect::<Map<_, _>>(),
        "components": {
            "schemas": schemas,
            "headers": headers::components(),
            "securitySchemes": Schemes::of(contract).into_value(),
        },
    })
}

struct Writer<'c> {
    contract: &'c Contract,
    app: &'c App,
    core: Core<'c>,
    components: Components,
    samples: Vec<Sample<'c>>,
    ids: BTreeSet<String>,
}

impl<'c> Writer<'c> {
    fn operation(&mut self, route: &'c Route, path: &PathPattern) -> Value {
        let mut operation = json!({ "operationId": self.id(route, path), "tags": [tag(route)] });
        if !route.summary.is_empty() {
            operation["summary"] = route.summary.as_str().into();
        }
        if let Some(description) = &route.description {
            operation["description"] = description.as_str().into();
        }
        if route.beyond {
            operation["x-beyond"] = true.into();
        }
        let taken: Vec<Taken> =
            route.alternatives.iter().map(|one| Taken::of(self.contract, self.core, one)).collect();
        let mut parameters = parameters(path, &taken);
        parameters.extend(self.idempotency(route));
        if !parameters.is_empty() {
            operation["parameters"] = self.components.fold(Value::Array(parameters));
        }
        if let Some(body) = self.request_body(route, path, &taken) {
            operation["requestBody"] = body;
        }
        operation["responses"] = self.responses(route, path);
        operation["security"] = Schemes::of_route(self.contract, route);
        operation
    }

    /// The header by which a client asks that a request is not done twice.
    fn idempotency(&self, route: &Route) -> Option<Value> {
        let asked = self.contract.idempotency.as_ref()?;
        if matches!(route.method, http::Method::GET | http::Method::HEAD) {
            return None;
        }
        let hours = asked.keep / 3600;
        Some(json!({
            "name": headers::name(&asked.header),
            "in": "header",
            "required": false,
            "description": format!("Names this request: sent again with the same name within {hours} hours it is not done again, and gets the same answer."),
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }))
    }

    /// A name that no other operation has: the method and the words of the path.
    fn id(&mut self, route: &Route, path: &PathPattern) -> String {
        let id = id_of(route, path);
        let mut unique = id.clone();
        let mut number = 1;
        while !self.ids.insert(unique.clone()) {
            number += 1;
            unique = format!("{id}_{number}");
        }
        unique
    }

    fn request_body(&mut self, route: &Route, path: &PathPattern, taken: &[Taken]) -> Option<Value> {
        let mut schemas: Vec<Value> = Vec::new();
        for schema in taken.iter().filter_map(Taken::body) {
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        // An alternative that fails, or takes nothing of the body, leaves it open whether there is one.
        let always = route.alternatives.iter().zip(taken).all(|(one, taken)| {
            matches!(one.action, Action::Fails(_))
                || taken.body().is_some_and(|body| body.get("required").is_some())
        });
        let schema = match schemas.len() {
            0 => return None,
            1 => schemas.remove(0),
            _ => json!({ "anyOf": schemas }),
        };
        // One schema serves every content type and every path.
        let name = format!("{}_body", id_of(route, &route.paths[0]));
        let schema = self.components.fold(gives::named(Known::always(schema), &name).schema);
        let examples = self.examples(route, path, |sample| sample.request.clone(), |status| status < 300);
        let media = media(schema, examples);
        let accepts = self.contract.accepts;
        let mut content = Map::new();
        for (name, read) in [
            ("application/json", accepts.json),
            ("application/x-www-form-urlencoded", accepts.form),
            ("multipart/form-data", accepts.multipart),
        ] {
            if read {
                content.insert(name.to_owned(), media.clone());
            }
        }
        Some(json!({ "required": always, "content": content }))
    }

    fn responses(&mut self, route: &'c Route, path: &PathPattern) -> Value {
        let mut responses: IndexMap<u16, Answer> = IndexMap::new();
        for alternative in &route.alternatives {
            if let Action::Does(does) = &alternative.action {
                let status = does.gives.status.as_u16();
                let (body, headers) = self.success(route, does);
                let answer = responses.entry(status).or_default();
                answer.describe("Done.");
                if let Some(body) = &body {
                    let found = self.examples(route, path, |one| one.response(body), |of| of == status);
                    answer.examples.extend(found);
                }
                answer.bodies.extend(body);
                answer.headers.extend(headers);
            }
        }
        Failures { contract: self.contract, app: self.app, route, path }.note(&mut responses);
        let mut statuses: Vec<(u16, Answer)> = responses.into_iter().collect();
        statuses.sort_by_key(|(status, _)| *status);
        let written = statuses.into_iter().map(|(status, answer)| (status.to_string(), self.answer(answer)));
        Value::Object(written.collect())
    }

    /// The body of a success, and its headers.
    fn success(&self, route: &Route, does: &Does) -> (Option<Value>, Vec<(String, Value)>) {
        let opens_session = does.takes.iter().any(|take| take.input[0] == "open_session");
        let mut types = Types::new(&self.contract.enums);
        for (name, schema, always) in self.core.output(does.operation, opens_session) {
            types = types.with(&name, Known { schema, optional: !always });
        }
        types =
            types.with("caller", Known::always(self.core.caller())).with("option", options(self.contract));
        let bodies = Bodies::new(&self.contract.shapes);
        let headers = does.gives.headers.iter().map(|(name, node)| {
            let known = bodies.of(node, &types);
            (headers::name(name), json!({ "schema": known::without_null(known.schema) }))
        });
        let headers = headers.collect();
        let body = does.gives.body.as_ref().map(|node| {
            let body = bodies.of(node, &types);
            match self.contract.groups[route.group].wrap.as_ref().filter(|_| route.wrap) {
                Some(wrap) => bodies.of(wrap, &types.clone().with("body", body)).schema,
                None => body.schema,
            }
        });
        (body, headers)
    }

    fn answer(&mut self, answer: Answer) -> Value {
        let mut response = json!({ "description": answer.description });
        let own = answer.headers.into_iter();
        let always = [("X-Request-Id".to_owned(), headers::request_id())];
        response["headers"] = Value::Object(own.chain(always).collect());
        let mut bodies: Vec<Value> = Vec::new();
        for body in answer.bodies {
            let body = self.components.fold(body);
            if !bodies.contains(&body) {
                bodies.push(body);
            }
        }
        let schema = match bodies.len() {
            0 => return response,
            1 => bodies.remove(0),
            _ => json!({ "anyOf": bodies }),
        };
        let kind = answer.kind.unwrap_or_else(|| "application/json".to_owned());
        response["content"] = json!({ kind: media(schema, answer.examples) });
        response
    }

    /// What the contract's examples show of a route: the first of each kind.
    fn examples(
        &self,
        route: &Route,
        path: &PathPattern,
        part: impl Fn(&Sample<'_>) -> Option<Value>,
        wanted: impl Fn(u16) -> bool,
    ) -> Vec<(String, String, Value)> {
        let main = &route.paths[0];
        let mut found: Vec<(String, String, Value)> = Vec::new();
        for sample in &self.samples {
            let of_route =
                *sample.method == route.method && (fits(main, &sample.path) || fits(path, &sample.path));
            if let Some(value) = part(sample).filter(|_| of_route && wanted(sample.status))
                && found.len() < MOST_EXAMPLES
                && !found.iter().any(|(_, _, known)| *known == value)
            {
                found.push((format!("example{}", found.len() + 1), sample.example.to_owned(), value));
            }
        }
        found
    }
}

/// The most examples of one body.
const MOST_EXAMPLES: usize = 2;

/// One response while it is put together.
#[derive(Debug, Default)]
struct Answer {
    description: String,
    /// Its content type, where it is not `application/json`.
    kind: Option<String>,
    bodies: Vec<Value>,
    headers: IndexMap<String, Value>,
    /// (key, summary, value).
    examples: Vec<(String, String, Value)>,
}

impl Answer {
    /// Adds a sentence, once.
    fn describe(&mut self, sentence: &str) {
        if !self.description.contains(sentence) {
            if !self.description.is_empty() {
                self.description.push(' ');
            }
            self.description.push_str(sentence);
        }
    }
}

fn media(schema: Value, examples: Vec<(String, String, Value)>) -> Value {
    let mut media = json!({ "schema": schema });
    if !examples.is_empty() {
        let named = examples
            .into_iter()
            .map(|(key, summary, value)| (key, json!({ "summary": summary, "value": value })));
        media["examples"] = Value::Object(named.collect());
    }
    media
}

/// The method and the words of a path.
fn id_of(route: &Route, path: &PathPattern) -> String {
    let mut id = route.method.as_str().to_ascii_lowercase();
    for segment in &path.segments {
        let (Segment::Literal(word) | Segment::Parameter { name: word, .. }) = segment;
        id.push('_');
        id.extend(word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
    }
    id
}

/// The path as OpenAPI writes it: the types of parameters stand in their schemas.
fn template(path: &PathPattern) -> String {
    let parts = path.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Parameter { name, .. } => format!("{{{name}}}"),
    });
    format!("/{}", parts.collect::<Vec<_>>().join("/"))
}

/// The same path with the parameter names of an earlier one that differs in nothing else: OpenAPI takes two such
/// for one. Where that has the method already, the two differ by the kinds of their parameters and stay apart.
fn as_before(path: &PathPattern, method: &str, paths: &IndexMap<String, Value>) -> PathPattern {
    let parts = |text: &str| text.trim_start_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let is_parameter = |part: &str| part.starts_with('{') && part.ends_with('}');
    let mine = parts(&template(path));
    let same = |known: &&String| {
        let known = parts(known);
        let alike =
            |(one, other): (&String, &String)| one == other || (is_parameter(one) && is_parameter(other));
        known.len() == mine.len() && known.iter().zip(&mine).all(alike)
    };
    let mut path = path.clone();
    let before = paths.iter().find(|(known, item)| same(known) && item.get(method).is_none());
    if let Some((known, _)) = before {
        for (segment, part) in path.segments.iter_mut().zip(parts(known)) {
            if let Segment::Parameter { name, .. } = segment {
                *name = part.trim_matches(['{', '}']).to_owned();
            }
        }
    }
    path
}

/// The first word of a route's path: also of its further paths, so that they stand together.
fn tag(route: &Route) -> String {
    let segments = route.paths.first().map_or(&[][..], |path| &path.segments);
    let first = segments.iter().find_map(|segment| match segment {
        Segment::Literal(text) => Some(text.clone()),
        Segment::Parameter { .. } => None,
    });
    first.unwrap_or_else(|| "/".to_owned())
}

/// Whether a path of an example is one of a pattern.
fn fits(pattern: &PathPattern, path: &str) -> bool {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    parts.len() == pattern.segments.len()
        && pattern.segments.iter().zip(parts).all(|(segment, part)| match segment {
            Segment::Literal(text) => text == part,
            Segment::Parameter { .. } => !part.is_empty(),
        })
}

/// The parameters of all meanings of a route; one that not every meaning needs is optional.
fn parameters(path: &PathPattern, taken: &[Taken]) -> Vec<Value> {
    let mut parameters = takes::path_parameters(path);
    for (index, one) in taken.iter().enumerate() {
        for mut parameter in one.parameters() {
            let same = |known: &Value| known["name"] == parameter["name"] && known["in"] == parameter["in"];
            if parameters.iter().any(same) {
                continue;
            }
            let everywhere = taken.iter().enumerate().all(|(other, taken)| {
                other == index
                    || taken.parameters().iter().any(|known| same(known) && known["required"] == true)
            });
            if !everywhere {
                parameter["required"] = false.into();
            }
            parameters.push(parameter);
        }
    }
    parameters
}

/// `option`: the switches.
fn options(contract: &Contract) -> Known {
    let known = contract.switches.iter().map(|(name, switch)| {
        (name.clone(), Known::always(json!({ "type": "string", "enum": switch.choices })))
    });
    Known::always(known::object(known.collect()))
}

/// The operations of a route, each with its alternative.
fn operations(route: &Route) -> impl Iterator<Item = (&Alternative, &Does)> {
    route.alternatives.iter().filter_map(|alternative| match &alternative.action {
        Action::Does(does) => Some((alternative, &**does)),
        Action::Fails(_) => None,
    })
}
