//! The failures that a route can end in, as the contract says them.

use std::sync::Arc;

use daemun_model::{App, Code, Failure, Faults, Reason};
use http::{Method, StatusCode};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::gives::{Bodies, named};
use super::infer::Types;
use super::known::{self, Known};
use super::{Answer, headers, operations};
use crate::ast::{Action, Contract, Does, Errors, PathPattern, Route, Segment, Source};
use crate::check::failures::{Doing, happens, possible};
use crate::expression::World;
use crate::messages;
use crate::serve::refuse::{Circumstances, Place};
use crate::serve::take::Taken;
use crate::yaml::Position;

/// The failures of one route.
pub(super) struct Failures<'c> {
    pub(super) contract: &'c Contract,
    pub(super) app: &'c App,
    pub(super) route: &'c Route,
    pub(super) path: &'c PathPattern,
}

/// The request id that examples show.
const REQUEST_ID: &str = "0191f3c2a7e94c5d8e1f2a3b4c5d6e7f";

impl Failures<'_> {
    /// Adds the failures to the answers of their statuses.
    pub(super) fn note(&self, answers: &mut IndexMap<u16, Answer>) {
        for (alternative, does) in operations(self.route) {
            let nearest = [&alternative.errors, &self.route.errors];
            let takes = Taken::of_nothing(&does.takes);
            for code in self.codes_of(does) {
                self.say(&nearest, &failure(code, does), Some(&takes), answers);
            }
        }
        let nearest = [&self.route.errors];
        for code in self.codes_of_door() {
            self.say(&nearest, &bare(code), None, answers);
        }
    }

    /// What an operation can end in here.
    fn codes_of(&self, does: &Does) -> Vec<Code> {
        let doing = Doing { operation: does.operation, takes: &does.takes, at: Position::default() };
        let mut codes = possible(does.operation, does.caller);
        codes.retain(|code| happens(*code, doing, &self.app.policy) || *code == Code::EmailTaken);
        // A route that takes nothing of the client's cannot be told wrong things.
        codes.retain(|code| *code != Code::Invalid);
        if does.takes.iter().any(|take| !matches!(take.source, Source::Constant(_))) {
            codes.insert(0, Code::Invalid);
        }
        codes
    }

    /// What any request can end in, whatever the operation.
    fn codes_of_door(&self) -> Vec<Code> {
        let mut codes: Vec<Code> = self
            .route
            .alternatives
            .iter()
            .filter_map(|alternative| match alternative.action {
                Action::Fails(code) => Some(code),
                Action::Does(_) => None,
            })
            .collect();
        if self.route.alternatives.iter().all(|alternative| alternative.when.is_some()) {
            codes.push(Code::Invalid);
        }
        if self.path.segments.iter().any(|segment| matches!(segment, Segment::Parameter { .. })) {
            codes.push(Code::RouteNotFound);
        }
        if !matches!(self.route.method, Method::GET | Method::HEAD) {
            codes.extend([Code::BodyMalformed, Code::BodyTooLarge, Code::UnsupportedMediaType]);
        }
        if self.contract.idempotency.is_some() && !matches!(self.route.method, Method::GET | Method::HEAD) {
            codes.extend([Code::IdempotencyKeyReused, Code::RequestInProgress]);
        }
        codes.extend([Code::TooManyRequests, Code::Internal, Code::Unavailable]);
        codes
    }

    fn say(
        &self,
        nearest: &[&Errors],
        failure: &Failure,
        taken: Option<&Taken>,
        answers: &mut IndexMap<u16, Answer>,
    ) {
        let group = &self.contract.groups[self.route.group];
        let mut errors = nearest.to_vec();
        errors.extend([&group.errors, &self.contract.errors]);
        let carriers = group.carried_in.as_deref().unwrap_or(&self.contract.carried_in);
        let place = Place { contract: self.contract, errors, carriers };
        let option: Value = self
            .contract
            .switches
            .iter()
            .map(|(name, switch)| (name.clone(), Value::from(switch.default.as_str())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let world = World {
            enums: Arc::new(self.contract.enums.clone()),
            timezone: self.contract.timezone,
            ..World::default()
        };
        let circumstances = Circumstances {
            world: &world,
            option: &option,
            language: self.contract.language,
            request_id: REQUEST_ID,
            taken,
            methods: &[],
        };
        let code = failure.code();
        // What cannot be said without a real request is left to be seen there.
        let Ok((status, body)) = place.said(failure, circumstances) else { return };
        let answer = answers.entry(status.as_u16()).or_default();
        answer.kind = place
            .errors
            .iter()
            .find_map(|errors| errors.content_type.as_ref()?.to_str().ok())
            .map(str::to_owned);
        answer.describe(&messages::of_code(daemun_model::Language::En, code));
        answer.bodies.push(self.schema(&place, code));
        if !answer.examples.iter().any(|(key, ..)| key == code.as_str()) {
            answer.examples.push((code.as_str().to_owned(), code.as_str().to_owned(), body));
        }
        self.headers(&place, code, status, answer);
    }

    fn headers(&self, place: &Place<'_>, code: Code, status: StatusCode, answer: &mut Answer) {
        let mut add = |name: String, header: Value| {
            answer.headers.entry(name).or_insert(header);
        };
        if status == StatusCode::UNAUTHORIZED {
            let words = "The scheme in which a token is expected.";
            add("WWW-Authenticate".to_owned(), headers::described(words, &json!({ "type": "string" })));
        }
        if matches!(code, Code::TooManyRequests | Code::Unavailable) {
            let words = "Seconds until it is worth trying again.";
            add(
                "Retry-After".to_owned(),
                headers::described(words, &json!({ "type": "integer", "minimum": 1 })),
            );
        }
        let types = self.types(code);
        let codes = [Some(code), code.falls_back_to()];
        for code in codes.into_iter().flatten() {
            for rule in place.errors.iter().filter_map(|errors| errors.rules.get(&code)) {
                for (name, node) in &rule.headers {
                    let known = Bodies::new(&self.contract.shapes).of(node, &types);
                    add(headers::name(name), json!({ "schema": known::without_null(known.schema) }));
                }
            }
        }
    }

    /// The schema of the body of a failure. Failures that share a body share its name: a code of its own body
    /// gives it that code's.
    fn schema(&self, place: &Place<'_>, code: Code) -> Value {
        let Some(node) = place.body(code) else {
            let body = known::object(vec![
                ("error".into(), Known::typed("string")),
                ("message".into(), Known::typed("string")),
                ("fields".into(), Known { schema: messages_by_field(), optional: true }),
            ]);
            return named(Known::always(body), "Error").schema;
        };
        let owns = |code: &Code| {
            let mut rules = place.errors.iter().filter_map(|errors| errors.rules.get(code));
            rules.any(|rule| rule.body.as_ref().is_some_and(|body| std::ptr::eq(body, node)))
        };
        let owner = [Some(code), code.falls_back_to()].into_iter().flatten().find(owns);
        let words = owner.map_or("", Code::as_str).split('_').map(capitalised);
        let name: String = words.chain(["Error".to_owned()]).collect();
        named(Bodies::new(&self.contract.shapes).of(node, &self.types(code)), &name).schema
    }

    /// What expressions about a failure see. The status is not told more closely: so one schema serves them all.
    fn types(&self, code: Code) -> Types<'_> {
        let limited = matches!(code, Code::TooManyRequests | Code::Unavailable);
        let error = known::object(vec![
            ("code".into(), Known::typed("string")),
            ("status".into(), Known::typed("integer")),
            ("message".into(), Known::typed("string")),
            ("fields".into(), Known::always(messages_by_field())),
            ("reasons".into(), Known::always(json!({ "type": "array", "items": { "type": "string" } }))),
            ("retry_after".into(), Known::typed(if limited { "integer" } else { "null" })),
            ("request_id".into(), Known::typed("string")),
        ]);
        Types::new(&self.contract.enums)
            .with("error", Known::always(error))
            .with("option", super::options(self.contract))
    }
}

/// `error.fields`.
fn messages_by_field() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "array", "items": { "type": "string" } } })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The failure of a code as this route would meet it: bound to the input that is most likely at fault.
fn failure(code: Code, does: &Does) -> Failure {
    let takes = |name: &str| does.takes.iter().any(|take| take.input[0] == name);
    let first = |names: &[&'static str]| names.iter().copied().find(|name| takes(name));
    let field = match code {
        Code::Invalid => {
            let mut faults = Faults::default();
            let input = does.takes.iter().find(|take| !matches!(take.source, Source::Constant(_)));
            faults.add(input.map_or_else(String::new, |take| take.input.join(".")), Reason::Required);
            return Failure::Invalid(faults);
        }
        Code::EmailTaken | Code::EmailDomainNotAllowed | Code::EmailNotProven => first(&["email"]),
        Code::NotFound => first(&["organization"]),
        Code::UsernameTaken => first(&["preferred_username"]),
        Code::PhoneTaken => first(&["phone_number"]),
        Code::NicknameTaken => first(&["nickname"]),
        Code::WrongPassword => first(&["current_password", "password"]),
        Code::CodeInvalid => first(&["code"]),
        Code::TokenInvalid | Code::TokenRevoked => first(&["token", "refresh_token", "proof"]),
        _ => None,
    };
    field.map_or_else(|| bare(code), |field| code.on(field))
}

fn bare(code: Code) -> Failure {
    match code {
        Code::TooManyRequests => Failure::TooManyRequests { retry_after: 30 },
        Code::Unavailable => Failure::Unavailable { retry_after: 1 },
        Code::Internal => Failure::broken("an example"),
        other => other.into(),
    }
}
