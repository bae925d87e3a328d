//! One request that has a route, from its headers to its answer.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_model::{Account, Code, Failure, Language};
use daemun_operations::idempotency::{Once, run_once};
use daemun_operations::operation::Running;
use daemun_operations::{Call, Caller, CallerRule, Effect, Operator, relations};
use daemun_web::{Edge, Logged, within};
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};
use tracing::Instrument;

use super::body::{self, Fields, Unread};
use super::refuse::respond;
use super::route::Needs;
use super::take::{self, Taken};
use super::token::{self, Carried};
use super::{Door, give};
use crate::ast::{Action, Alternative, Carrier, Does, Group};
use crate::expression::{Expression, Scope, World};
use crate::openapi::headers;

/// Everything of one request that the steps hand on.
pub struct Exchange {
    pub head: Parts,
    pub edge: Edge,
    pub language: Option<Language>,
    pub world: World,
}

/// Who calls.
#[derive(Clone, Debug, Default)]
struct Who {
    caller: Option<Caller>,
    operator: Option<Operator>,
}

/// How far a request came: what its failure needs to be told well.
struct Step<'s> {
    who: Who,
    taken: Option<Taken>,
    alternative: Option<&'s Alternative>,
}

impl Door {
    /// Answers by a route of the contract, in its own words if it fails.
    pub(super) async fn run(
        &self,
        exchange: &Exchange,
        body: Body,
        index: usize,
        parameters: Map<String, Value>,
    ) -> Response {
        let route = &self.contract.routes[index];
        let group = &self.contract.groups[route.group];
        let mut step = Step { who: Who::default(), taken: None, alternative: None };
        let answered = self.answer(exchange, body, index, parameters, &mut step).await;
        match answered {
            Ok(response) => step.who.named(self.logged(Some(index), None)).on(response),
            Err(failure) => {
                let mut errors = vec![&route.errors];
                if let Some(alternative) = step.alternative {
                    errors.insert(0, &alternative.errors);
                }
                let place = self.place(group, &errors);
                let answer = place.answer(&failure, self.circumstances(exchange, step.taken.as_ref()));
                step.who.named(self.logged(Some(index), Some(&failure))).on(answer)
            }
        }
    }

    /// The steps of a request that has a route: who calls, what is sent, which meaning, what is taken, what comes of it.
    async fn answer<'s>(
        &'s self,
        exchange: &Exchange,
        body: Body,
        index: usize,
        parameters: Map<String, Value>,
        step: &mut Step<'s>,
    ) -> Result<Response, Failure> {
        let route = &self.contract.routes[index];
        let needs = &self.needs[index];
        let group = &self.contract.groups[route.group];
        let carriers = self.carriers(group);

        // A route of one meaning knows whom it needs before anything is read, however else it may refuse.
        let only = only_meaning(&route.alternatives);
        if let Some((alternative, does)) = only {
            step.alternative = Some(alternative);
            // What is rare is boxed, so that the future of what is not is small.
            if does.caller == CallerRule::Administrator {
                step.who = in_time(exchange, Box::pin(self.who(exchange, carriers, does.caller))).await?;
            } else {
                let headers = &exchange.head.headers;
                step.who.caller = in_time(exchange, self.caller(headers, carriers, does.caller)).await?;
            }
            step.alternative = None;
        }
        let fields = self.receive(&exchange.head, body, needs).await?;
        let query = if needs.query { body::query(exchange.head.uri.query()) } else { Value::Null };
        let path = Value::Object(parameters);
        let header = needs.headers_of(&exchange.head.headers);
        let scope = Scope::new(&exchange.world)
            .with("body", &fields.value)
            .with("query", &query)
            .with("path", &path)
            .with("header", &header)
            .with("option", &self.option);

        let alternative = choose(&route.alternatives, &scope)?;
        step.alternative = Some(alternative);
        let does = match &alternative.action {
            Action::Fails(code) => return Err((*code).into()),
            Action::Does(does) => does,
        };
        if only.is_none() {
            step.who = in_time(exchange, Box::pin(self.who(exchange, carriers, does.caller))).await?;
        }
        let taken =
            take::take(&does.takes, &does.operation.input, &scope, &self.contract.enums, fields.textual);
        let taken = step.taken.insert(taken);
        let output = self.operate(exchange, does, &step.who, taken).await?;
        let wanted = does.gives.caller_relations;
        if let Some(caller) = step.who.caller.as_mut().filter(|_| !wanted.is_empty()) {
            let loaded = relations::load(&self.daemun, wanted, Arc::make_mut(&mut caller.account));
            in_time(exchange, Box::pin(loaded)).await?;
        }
        self.give(exchange, does, route.wrap.then_some(group), step.who.caller.as_ref(), output)
    }

    async fn receive(&self, head: &Parts, body: Body, needs: &Needs) -> Result<Fields, Failure> {
        if matches!(head.method, Method::GET | Method::HEAD) && !needs.body {
            return Ok(Fields::empty());
        }
        let bytes = Box::pin(body::receive(&head.headers, body, self.largest_body)).await?;
        let unread = if needs.body { Unread::Refused } else { Unread::Ignored };
        Ok(Box::pin(body::parse(&head.headers, bytes, self.contract.accepts, unread)).await?)
    }

    async fn who(&self, exchange: &Exchange, carriers: &[Carrier], rule: CallerRule) -> Result<Who, Failure> {
        if rule == CallerRule::Administrator {
            let operator = self.operator(exchange, carriers).await?;
            return Ok(Who { caller: None, operator: Some(operator) });
        }
        let caller = self.caller(&exchange.head.headers, carriers, rule).await?;
        Ok(Who { caller, operator: None })
    }

    /// Which member calls. A stale token where none is needed is ignored.
    async fn caller(
        &self,
        headers: &HeaderMap,
        carriers: &[Carrier],
        rule: CallerRule,
    ) -> Result<Option<Caller>, Failure> {
        let sent = token::carried(headers, carriers);
        match (rule, sent) {
            (CallerRule::Nobody | CallerRule::Administrator, _) => Ok(None),
            (CallerRule::Optional, Carried::Token(token)) => {
                match daemun_operations::session::authenticate(&self.daemun, &self.app, token).await {
                    Ok(caller) => Ok(Some(caller)),
                    Err(failure) if failure.code() == Code::Unauthenticated => Ok(None),
                    Err(failure) => Err(failure),
                }
            }
            (CallerRule::Optional, Carried::Nothing | Carried::Contradiction) => Ok(None),
            (CallerRule::Required, Carried::Token(token)) => {
                daemun_operations::session::authenticate(&self.daemun, &self.app, token).await.map(Some)
            }
            (CallerRule::Required, Carried::Nothing | Carried::Contradiction) => {
                Err(Code::Unauthenticated.into())
            }
        }
    }

    /// Which program of the app's operators calls.
    async fn operator(&self, exchange: &Exchange, carriers: &[Carrier]) -> Result<Operator, Failure> {
        match token::carried(&exchange.head.headers, carriers) {
            Carried::Token(key) => {
                daemun_operations::api_key::authenticate(&self.daemun, &self.call(exchange), key).await
            }
            Carried::Nothing | Carried::Contradiction => Err(Code::Unauthenticated.into()),
        }
    }

    /// The name that the client gives a request that must not be done twice.
    fn once(&self, head: &Parts) -> Option<Once> {
        let asked = self.contract.idempotency.as_ref()?;
        if matches!(head.method, Method::GET | Method::HEAD) {
            return None;
        }
        let sent = head.headers.get(&asked.header)?;
        Some(Once { key: String::from_utf8_lossy(sent.as_bytes()).into_owned(), keep: asked.keep })
    }

    /// A call by nobody who is known yet.
    fn call(&self, exchange: &Exchange) -> Call {
        let (client, id) = (exchange.edge.client.clone(), exchange.edge.request_id.clone());
        Call {
            language: exchange.language,
            claims: self.claims.0.clone(),
            ..Call::new(Arc::clone(&self.app), client, id)
        }
    }

    /// Runs the operation. One that writes is a task of its own: neither a client that hangs up nor the end of the
    /// request's time ever cuts a write in half. One that only reads is run here and may be dropped at any moment.
    async fn operate(
        &self,
        exchange: &Exchange,
        does: &Does,
        who: &Who,
        taken: &mut Taken,
    ) -> Result<Value, Failure> {
        let call = Call {
            caller: who.caller.clone(),
            operator: who.operator.clone(),
            faults: std::mem::take(&mut taken.faults),
            relations: does.gives.relations,
            ..self.call(exchange)
        };
        let (daemun, input) = (self.daemun.clone(), std::mem::take(&mut taken.input));
        if let Some(asked) = &self.contract.idempotency {
            taken.also_from("idempotency_key", headers::name(&asked.header));
        }
        let (running, effect) = match self.once(&exchange.head) {
            // What is done once is written down, whatever it is.
            Some(once) => {
                let running: Running = Box::pin(run_once(daemun, call, does.operation, input, once));
                (running, Effect::Writes)
            }
            None => {
                let shows = Some(Arc::clone(&does.gives.shows));
                (does.operation.run_for(daemun, call, input, shows), does.operation.effect)
            }
        };
        match effect {
            Effect::Reads => {
                let ended = AssertUnwindSafe(running).catch_unwind();
                let panicked = |_| Err(Failure::broken("panicked, as an earlier line tells"));
                in_time(exchange, async { ended.await.unwrap_or_else(panicked) }).await
            }
            Effect::Writes => {
                let running = tokio::spawn(running.in_current_span());
                let panicked = |error| Err(Failure::broken(error));
                in_time(exchange, async { running.await.unwrap_or_else(panicked) }).await
            }
        }
    }

    fn give(
        &self,
        exchange: &Exchange,
        does: &Does,
        group: Option<&Group>,
        caller: Option<&Caller>,
        output: Value,
    ) -> Result<Response, Failure> {
        let shapes = &self.contract.shapes;
        let mut world = Cow::Borrowed(&exchange.world);
        if output.get("page").is_some() {
            let origin = &exchange.world.origin;
            world.to_mut().url = Some(format!("{origin}{}", exchange.head.uri).into());
        }
        let mut scope = Scope::new(&world).with("option", &self.option);
        if let Value::Object(members) = &output {
            for (name, value) in members {
                scope = scope.with(name, value);
            }
        }
        if let Some(caller) = caller {
            let shown = does.gives.shows.value_of(&OfCaller { caller: &caller.account });
            if let Some(value) = shown.map_err(Failure::broken)?.get_mut("caller") {
                scope = scope.with_owned("caller", value.take());
            }
        }
        let mut response = match &does.gives.body {
            None => {
                let mut response = Response::new(Body::empty());
                daemun_web::headers::no_store(response.headers_mut());
                response
            }
            Some(node) => {
                let body =
                    give::render(node, &scope, shapes).map_err(Failure::broken)?.unwrap_or(Value::Null);
                let wrap = group.and_then(|group| group.wrap.as_ref());
                let body = match wrap {
                    None => body,
                    Some(wrap) => {
                        let scope = scope.clone().with("body", &body);
                        give::render(wrap, &scope, shapes).map_err(Failure::broken)?.unwrap_or(Value::Null)
                    }
                };
                respond(StatusCode::OK, &body)
            }
        };
        *response.status_mut() = does.gives.status;
        give::headers(&does.gives.headers, &scope, shapes, response.headers_mut())
            .map_err(Failure::broken)?;
        Ok(response)
    }
}

/// The caller as a member, of which an answer looks at some.
#[derive(serde::Serialize)]
struct OfCaller<'a> {
    caller: &'a Account,
}

impl Who {
    /// Notes for the log which program of the app's operators it was.
    fn named(&self, logged: Logged) -> Logged {
        let operator = self.operator.as_ref().map(|operator| operator.name.as_str().into());
        Logged { operator, ..logged }
    }
}

/// What comes of something that may wait for the database, or for a place among the hashes: while there is time.
pub(super) fn in_time<T>(
    exchange: &Exchange,
    work: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, Failure>> {
    let late = Err(Failure::Unavailable { retry_after: 1 });
    within(exchange.edge.patience, work).map(|done| done.unwrap_or(late))
}

/// What a route does, where it does one thing only.
fn only_meaning(alternatives: &[Alternative]) -> Option<(&Alternative, &Does)> {
    let mut meanings = alternatives.iter().filter_map(|alternative| match &alternative.action {
        Action::Does(does) => Some((alternative, does.as_ref())),
        Action::Fails(_) => None,
    });
    meanings.next().filter(|_| meanings.next().is_none())
}

/// The first alternative whose condition holds; where none does, the request is invalid. A condition that cannot
/// be computed of what was sent does not hold.
fn choose<'c>(alternatives: &'c [Alternative], scope: &Scope<'_>) -> Result<&'c Alternative, Failure> {
    let holds = |when: &Expression| when.holds(scope).unwrap_or(false);
    let chosen = alternatives.iter().find(|alternative| alternative.when.as_ref().is_none_or(holds));
    chosen.ok_or_else(|| Code::Invalid.into())
}
