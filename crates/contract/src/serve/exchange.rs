//! One request that has a route, from its headers to its answer.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_model::{Code, Failure, Language};
use daemun_operations::{Call, Caller, CallerRule, Effect, relations};
use daemun_web::Edge;
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};
use tracing::Instrument;

use super::body::{self, Fields, Unread};
use super::refuse::respond;
use super::route::{self, Needs};
use super::take::{self, Taken};
use super::token::{self, Carried};
use super::{Door, give};
use crate::ast::{Action, Alternative, Carrier, Does, Group};
use crate::expression::{Expression, Scope, World};

/// Everything of one request that the steps hand on.
pub struct Exchange {
    pub head: Parts,
    pub edge: Edge,
    pub language: Option<Language>,
    pub world: World,
}

/// How far a request came: what its failure needs to be told well.
struct Step<'s> {
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
        let mut step = Step { taken: None, alternative: None };
        let answered = self.answer(exchange, body, index, parameters, &mut step).await;
        match answered {
            Ok(response) => self.logged(Some(index), None).on(response),
            Err(failure) => {
                let mut errors = vec![&route.errors];
                if let Some(alternative) = step.alternative {
                    errors.insert(0, &alternative.errors);
                }
                let place = self.place(group, &errors);
                let answer = place.answer(&failure, self.circumstances(exchange, step.taken.as_ref()));
                self.logged(Some(index), Some(&failure)).on(answer)
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

        // A route of one meaning knows whom it needs before anything is read.
        let mut caller = None;
        if let [Alternative { when: None, action: Action::Does(does), .. }] = route.alternatives.as_slice() {
            caller = in_time(exchange, self.caller(&exchange.head.headers, carriers, does.caller)).await?;
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
        if route.alternatives.len() > 1 || alternative.when.is_some() {
            caller = in_time(exchange, self.caller(&exchange.head.headers, carriers, does.caller)).await?;
        }
        let taken =
            take::take(&does.takes, &does.operation.input, &scope, &self.contract.enums, fields.textual);
        let taken = step.taken.insert(taken);
        let output = self.operate(exchange, does, caller.clone(), taken).await?;
        let wanted = does.gives.caller_relations;
        if let Some(caller) = caller.as_mut().filter(|_| !wanted.is_empty()) {
            let loaded = relations::load(&self.daemun, wanted, Arc::make_mut(&mut caller.account));
            in_time(exchange, Box::pin(loaded)).await?;
        }
        self.give(exchange, does, route.wrap.then_some(group), caller.as_ref(), output)
    }

    async fn receive(&self, head: &Parts, body: Body, needs: &Needs) -> Result<Fields, Failure> {
        if matches!(head.method, Method::GET | Method::HEAD) && !needs.body {
            return Ok(Fields::empty());
        }
        let bytes = Box::pin(body::receive(&head.headers, body, self.largest_body)).await?;
        let unread = if needs.body { Unread::Refused } else { Unread::Ignored };
        Ok(Box::pin(body::parse(&head.headers, bytes, self.contract.accepts, unread)).await?)
    }

    /// Who calls. A stale token where none is needed is ignored.
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

    /// Runs the operation. One that writes is a task of its own: neither a client that hangs up nor the end of the
    /// request's time ever cuts a write in half. One that only reads is run here and may be dropped at any moment.
    async fn operate(
        &self,
        exchange: &Exchange,
        does: &Does,
        caller: Option<Caller>,
        taken: &mut Taken,
    ) -> Result<Value, Failure> {
        let call = Call {
            app: Arc::clone(&self.app),
            caller,
            operator: None,
            client: exchange.edge.client.clone(),
            request_id: exchange.edge.request_id.clone(),
            language: exchange.language,
            faults: std::mem::take(&mut taken.faults),
            claims: self.claims.0.clone(),
            relations: does.gives.relations,
        };
        let running = does.operation.run_for(
            self.daemun.clone(),
            call,
            std::mem::take(&mut taken.input),
            Some(Arc::clone(&does.gives.shows)),
        );
        match does.operation.effect {
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
        if let Some(caller) = caller.filter(|_| route::mentions_caller(does)) {
            scope =
                scope.with_owned("caller", serde_json::to_value(&caller.account).map_err(Failure::broken)?);
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

/// What comes of something that may wait for the database, or for a place among the hashes: while there is time.
pub(super) async fn in_time<T>(
    exchange: &Exchange,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let waited = tokio::time::timeout_at(exchange.edge.patience.into(), work).await;
    waited.unwrap_or(Err(Failure::Unavailable { retry_after: 1 }))
}

/// The first alternative whose condition holds; where none does, the request is invalid. A condition that cannot
/// be computed of what was sent does not hold.
fn choose<'c>(alternatives: &'c [Alternative], scope: &Scope<'_>) -> Result<&'c Alternative, Failure> {
    let holds = |when: &Expression| when.holds(scope).unwrap_or(false);
    let chosen = alternatives.iter().find(|alternative| alternative.when.as_ref().is_none_or(holds));
    chosen.ok_or_else(|| Code::Invalid.into())
}
