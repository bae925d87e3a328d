//! The door of one app: serves its contract.

pub mod body;
mod cors;
mod give;
mod refuse;
mod route;
mod router;
mod take;
mod token;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_model::app::Attribute;
use daemun_model::{Account, App, Code, Failure, Language};
use daemun_operations::{Caller, CallerRule, ClaimsMaker, Daemun};
use daemun_web::{Edge, Logged};
use http::header::{ACCEPT_LANGUAGE, ALLOW};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Map, Value};

pub use body::LARGEST_BODY;
pub use cors::Origins;

use crate::ast::{Action, Alternative, Carrier, Contract, Does, Group};
use crate::docs::Docs;
use crate::expression::{Scope, World};
use body::{Fields, Unread};
use refuse::{Circumstances, Place, respond};
use route::Needs;
use router::{Match, Router};
use take::Taken;
use token::Carried;

/// What an operator says about the door of an app.
#[derive(Clone, Debug, Default)]
pub struct DoorOptions {
    /// The origins whose pages may call it.
    pub origins: Origins,
    /// The values of the contract's switches; those left out have their defaults.
    pub switches: BTreeMap<String, String>,
}

/// The door of one app.
#[derive(Debug)]
pub struct Door {
    daemun: Daemun,
    app: Arc<App>,
    contract: Arc<Contract>,
    router: Router,
    needs: Vec<Needs>,
    option: Value,
    world: World,
    origins: Origins,
    claims: Claims,
    openapi: bytes::Bytes,
    docs: Docs,
    names: Names,
}

/// The contract's own claims, made for each access token.
#[derive(Clone)]
struct Claims(Option<ClaimsMaker>);

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claims({})", self.0.is_some())
    }
}

/// What the log calls the app and its routes.
#[derive(Debug)]
struct Names {
    app: Arc<str>,
    routes: Vec<Arc<str>>,
}

/// A switch that the contract does not have, or a value that it does not take.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SwitchError {
    /// There is no such switch.
    #[error("the contract `{contract}` has no option `{name}`; it has: {known}")]
    Unknown {
        /// The contract.
        contract: String,
        /// The option that was set.
        name: String,
        /// Those it has.
        known: String,
    },
    /// The switch does not take this value.
    #[error("option `{name}` of the contract `{contract}` cannot be `{value}`; it can be: {choices}")]
    NotAChoice {
        /// The contract.
        contract: String,
        /// The option that was set.
        name: String,
        /// What it was set to.
        value: String,
        /// What it can be.
        choices: String,
    },
}

/// Everything of one request that the steps hand on.
struct Exchange {
    head: Parts,
    edge: Edge,
    language: Option<Language>,
    world: World,
}

impl Door {
    /// The door of an app.
    ///
    /// # Errors
    /// A switch that the contract does not have, or a value it does not take.
    pub fn new(
        daemun: Daemun,
        app: Arc<App>,
        contract: Arc<Contract>,
        options: DoorOptions,
    ) -> Result<Self, SwitchError> {
        let option = switches(&contract, &options.switches)?;
        let origin = url::Url::parse(&app.public_url)
            .map_or_else(|_| app.public_url.clone(), |url| url.origin().ascii_serialization());
        let world = World {
            enums: Arc::new(contract.enums.clone()),
            timezone: contract.timezone,
            now: daemun.clock.now(),
            origin: origin.into(),
            url: None,
        };
        let openapi = bytes::Bytes::new();
        let names = Names {
            app: app.name.as_str().into(),
            routes: contract.routes.iter().map(|route| route.paths[0].text.as_str().into()).collect(),
        };
        Ok(Self {
            claims: Claims(claims_maker(&daemun, &contract, &world)),
            router: Router::new(&contract.routes),
            needs: contract.routes.iter().map(Needs::of).collect(),
            origins: options.origins,
            docs: Docs::new(openapi.clone()),
            openapi,
            daemun,
            app,
            contract,
            option,
            world,
            names,
        })
    }

    /// The app that is served.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The contract that is served.
    pub fn contract(&self) -> &Arc<Contract> {
        &self.contract
    }

    /// Answers a request for `path`, which is relative to the mount and begins with a slash. The request carries
    /// its [`Edge`] as an extension.
    pub async fn serve(&self, request: Request<Body>, path: &str) -> Response {
        let (head, body) = request.into_parts();
        let Some(edge) = head.extensions.get::<Edge>().cloned() else {
            tracing::error!("a request reached a door without passing the edge");
            return respond(StatusCode::INTERNAL_SERVER_ERROR, &Value::Null);
        };
        let language = head
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .and_then(Language::negotiate);
        let mut world = self.world.clone();
        world.now = self.daemun.clock.now();
        let exchange = Exchange { head, edge, language, world };
        let mut response = self.dispatch(&exchange, body, path).await;
        cors::permit(&self.origins, &exchange.head.headers, response.headers_mut());
        if cors::is_preflight(&exchange.head.method, &exchange.head.headers) {
            cors::answer_preflight(&self.methods(path), &exchange.head.headers, response.headers_mut());
        }
        response
    }

    async fn dispatch(&self, exchange: &Exchange, body: Body, path: &str) -> Response {
        let method = &exchange.head.method;
        match self.built_in(exchange, path).await {
            None => {}
            Some(Ok(response)) => return self.logged(None, None).on(response),
            Some(Err(failure)) => return self.refuse(exchange, path, &failure, &[]),
        }
        match self.router.find(method, path) {
            Match::Route(route, parameters) => self.run(exchange, body, route, parameters).await,
            Match::OtherMethods(methods) if *method == Method::OPTIONS => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response.headers_mut().insert(ALLOW, refuse::allow(&methods));
                self.logged(None, None).on(response)
            }
            Match::OtherMethods(methods) => {
                self.refuse(exchange, path, &Code::MethodNotAllowed.into(), &methods)
            }
            Match::Nothing => self.refuse(exchange, path, &Code::RouteNotFound.into(), &[]),
        }
    }

    /// What every app serves beside its contract.
    async fn built_in(&self, exchange: &Exchange, path: &str) -> Option<Result<Response, Failure>> {
        if !matches!(exchange.head.method, Method::GET | Method::HEAD) {
            return None;
        }
        let language = exchange.language.unwrap_or(self.app.language);
        if let Some(response) = self.docs.answer(path, exchange.head.uri.query(), language) {
            return Some(Ok(response));
        }
        let body = match path {
            "/openapi.json" => self.openapi.clone(),
            "/.well-known/jwks.json" => match daemun_operations::keys::jwks(&self.daemun, &self.app).await {
                Ok(keys) => serde_json::to_vec(&keys).unwrap_or_default().into(),
                Err(failure) => return Some(Err(failure)),
            },
            _ => return None,
        };
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=60"));
        Some(Ok(response))
    }

    fn methods(&self, path: &str) -> Vec<Method> {
        match self.router.find(&Method::OPTIONS, path) {
            Match::OtherMethods(methods) => methods,
            Match::Route(..) | Match::Nothing => Vec::new(),
        }
    }

    /// A refusal before any route: in the style of the group that the path belongs to.
    fn refuse(&self, exchange: &Exchange, path: &str, failure: &Failure, methods: &[Method]) -> Response {
        let group = self.group_of(path);
        let place = self.place(group, &[]);
        let circumstances = Circumstances { methods, ..self.circumstances(exchange, None) };
        self.logged(None, Some(failure)).on(place.answer(failure, circumstances))
    }

    async fn run(
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
            caller = self.caller(&exchange.head.headers, carriers, does.caller).await?;
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
            caller = self.caller(&exchange.head.headers, carriers, does.caller).await?;
        }
        let taken =
            take::take(&does.takes, &does.operation.input, &scope, &self.contract.enums, fields.textual)
                .map_err(Failure::broken)?;
        let taken = step.taken.insert(taken);
        let output = self.operate(exchange, does, caller.clone(), taken).await?;
        self.give(exchange, does, route.wrap.then_some(group), caller.as_ref(), output)
    }

    async fn receive(&self, head: &Parts, body: Body, needs: &Needs) -> Result<Fields, Failure> {
        if matches!(head.method, Method::GET | Method::HEAD) && !needs.body {
            return Ok(Fields::empty());
        }
        let bytes = body::receive(&head.headers, body).await?;
        let unread = if needs.body { Unread::Refused } else { Unread::Ignored };
        Ok(body::parse(&head.headers, bytes, self.contract.accepts, unread).await?)
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

    /// Runs the operation as a task of its own: a client that hangs up never cuts a write in half.
    async fn operate(
        &self,
        exchange: &Exchange,
        does: &Does,
        caller: Option<Caller>,
        taken: &mut Taken,
    ) -> Result<Value, Failure> {
        let call = daemun_operations::Call {
            app: Arc::clone(&self.app),
            caller,
            operator: None,
            client: exchange.edge.client.clone(),
            request_id: exchange.edge.request_id.clone(),
            language: exchange.language,
            faults: std::mem::take(&mut taken.faults),
            claims: self.claims.0.clone(),
        };
        let running = does.operation.run(self.daemun.clone(), call, std::mem::take(&mut taken.input));
        let mut output =
            tokio::spawn(running).await.unwrap_or_else(|panicked| Err(Failure::broken(panicked)))?;
        if !self.contract.attributes.is_empty() {
            fill_attributes(&mut output, &self.contract.attributes);
        }
        Ok(output)
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

    fn carriers<'s>(&'s self, group: &'s Group) -> &'s [Carrier] {
        group.carried_in.as_deref().unwrap_or(&self.contract.carried_in)
    }

    fn group_of(&self, path: &str) -> &Group {
        let slashed = format!("{}/", path.trim_end_matches('/'));
        let groups = &self.contract.groups;
        groups.iter().find(|group| slashed.starts_with(&group.prefix)).unwrap_or(&groups[groups.len() - 1])
    }

    fn place<'s>(&'s self, group: &'s Group, nearest: &[&'s crate::ast::Errors]) -> Place<'s> {
        let mut errors = nearest.to_vec();
        errors.push(&group.errors);
        errors.push(&self.contract.errors);
        Place { contract: &self.contract, errors, carriers: self.carriers(group) }
    }

    fn circumstances<'r>(&'r self, exchange: &'r Exchange, taken: Option<&'r Taken>) -> Circumstances<'r> {
        Circumstances {
            world: &exchange.world,
            option: &self.option,
            language: exchange.language.unwrap_or(self.app.language),
            request_id: &exchange.edge.request_id,
            taken,
            methods: &[],
        }
    }

    fn logged(&self, route: Option<usize>, failure: Option<&Failure>) -> Logged {
        let logged = Logged {
            app: Some(Arc::clone(&self.names.app)),
            route: route.map(|index| Arc::clone(&self.names.routes[index])),
            ..Logged::default()
        };
        match failure {
            Some(failure) => logged.failed(failure),
            None => logged,
        }
    }
}

/// How far a request came: what its failure needs to be told well.
struct Step<'s> {
    taken: Option<Taken>,
    alternative: Option<&'s Alternative>,
}

/// Gives every account of an output all attributes that the contract declares: one that was declared after the
/// account was made has its default, or is null.
fn fill_attributes(value: &mut Value, declared: &BTreeMap<String, Attribute>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::Object(attributes) if key == "attributes" => {
                        for (name, attribute) in declared {
                            if !attributes.contains_key(name) {
                                attributes
                                    .insert(name.clone(), attribute.default.clone().unwrap_or(Value::Null));
                            }
                        }
                    }
                    other => fill_attributes(other, declared),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_attributes(item, declared)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The first alternative whose condition holds; where none does, the request is invalid.
fn choose<'c>(alternatives: &'c [Alternative], scope: &Scope<'_>) -> Result<&'c Alternative, Failure> {
    for alternative in alternatives {
        match &alternative.when {
            None => return Ok(alternative),
            Some(condition) if condition.holds(scope).map_err(Failure::broken)? => return Ok(alternative),
            Some(_) => {}
        }
    }
    Err(Code::Invalid.into())
}

/// `option.NAME` for every switch of the contract.
fn switches(contract: &Contract, set: &BTreeMap<String, String>) -> Result<Value, SwitchError> {
    if let Some(name) = set.keys().find(|name| !contract.switches.contains_key(*name)) {
        return Err(SwitchError::Unknown {
            contract: contract.name.clone(),
            name: name.clone(),
            known: contract.switches.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        });
    }
    let mut option = Map::new();
    for (name, switch) in &contract.switches {
        let value = set.get(name).unwrap_or(&switch.default);
        if !switch.choices.contains(value) {
            return Err(SwitchError::NotAChoice {
                contract: contract.name.clone(),
                name: name.clone(),
                value: value.clone(),
                choices: switch.choices.join(", "),
            });
        }
        option.insert(name.clone(), Value::String(value.clone()));
    }
    Ok(Value::Object(option))
}

fn claims_maker(daemun: &Daemun, contract: &Arc<Contract>, world: &World) -> Option<ClaimsMaker> {
    if contract.claims.is_empty() {
        return None;
    }
    let (daemun, contract, world) = (daemun.clone(), Arc::clone(contract), world.clone());
    Some(Arc::new(move |account: &Account| {
        let account = serde_json::to_value(account).map_err(Failure::broken)?;
        let world = World { now: daemun.clock.now(), ..world.clone() };
        let scope = Scope::new(&world).with("account", &account);
        let mut claims = Map::new();
        for (name, node) in &contract.claims {
            if let Some(value) = give::render(node, &scope, &contract.shapes).map_err(Failure::broken)? {
                claims.insert(name.clone(), value);
            }
        }
        Ok(claims)
    }))
}
