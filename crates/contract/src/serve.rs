//! The door of one app: serves its contract.

pub mod body;
mod claims;
mod cors;
mod exchange;
mod give;
pub(crate) mod refuse;
mod route;
mod router;
pub(crate) mod switches;
pub(crate) mod take;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_model::{App, Code, Failure, Language};
use daemun_operations::Daemun;
use daemun_web::{Edge, Logged};
use http::header::{ACCEPT_LANGUAGE, ALLOW};
use http::{Method, Request, StatusCode};
use serde_json::Value;

pub use body::LARGEST_BODY;
pub use cors::Origins;
pub use switches::SwitchError;

use crate::ast::{Callers, Carrier, Contract, Errors, Group};
use crate::docs::Docs;
use crate::examples::{Examples, ExamplesText};
use crate::expression::World;
use crate::openapi;
use claims::Claims;
use exchange::Exchange;
use refuse::{Circumstances, Place, respond};
use route::Needs;
use router::{Match, Router};
use take::Taken;

/// What an operator says about the door of an app.
#[derive(Clone, Debug)]
pub struct DoorOptions {
    /// The origins whose pages may call it.
    pub origins: Origins,
    /// The values of the contract's switches; those left out have their defaults.
    pub switches: BTreeMap<String, String>,
    /// Where it is served, below the app's own mount: `/admin`, or nothing.
    pub below: &'static str,
    /// The contract's examples, for its documentation.
    pub examples: Option<ExamplesText>,
    /// The bytes of the largest body that is read.
    pub largest_body: usize,
}

impl Default for DoorOptions {
    fn default() -> Self {
        Self {
            origins: Origins::default(),
            switches: BTreeMap::new(),
            below: "",
            examples: None,
            largest_body: LARGEST_BODY,
        }
    }
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
    largest_body: usize,
    claims: Claims,
    docs: Docs,
    names: Names,
}

/// What is told of a contract as an app serves it. Examples that cannot be read are left out.
fn documents(contract: Arc<Contract>, app: App, examples: Option<ExamplesText>) -> Docs {
    Docs::new(move || {
        let text = examples.as_ref();
        let examples = text.and_then(|text| Examples::load(&text.file, &text.text).ok());
        openapi::document(&contract, &app, examples.as_ref()).to_string().into()
    })
}

/// What the log calls the app and its routes.
#[derive(Debug)]
struct Names {
    app: Arc<str>,
    routes: Vec<Arc<str>>,
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
        let option = switches::switches(&contract, &options.switches)?;
        let origin = url::Url::parse(&app.public_url)
            .map_or_else(|_| app.public_url.clone(), |url| url.origin().ascii_serialization());
        let world = World {
            enums: Arc::new(contract.enums.clone()),
            timezone: contract.timezone,
            now: daemun.clock.now(),
            origin: origin.into(),
            url: None,
        };
        let told = App { public_url: format!("{}{}", app.public_url, options.below), ..App::clone(&app) };
        let names = Names {
            app: app.name.as_str().into(),
            routes: contract
                .routes
                .iter()
                .map(|route| format!("{}{}", options.below, route.paths[0].text).into())
                .collect(),
        };
        Ok(Self {
            claims: Claims::of(&daemun, &contract, &world),
            router: Router::new(&contract.routes),
            needs: contract.routes.iter().map(Needs::of).collect(),
            origins: options.origins,
            largest_body: options.largest_body,
            docs: documents(Arc::clone(&contract), told, options.examples),
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
        let (mut head, body) = request.into_parts();
        let Some(edge) = head.extensions.remove::<Edge>() else {
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
        let language = self.language(exchange);
        if let Some(response) = self.docs.answer(path, exchange.head.uri.query(), language) {
            return Some(Ok(response));
        }
        let body = match path {
            "/openapi.json" => self.docs.document(),
            "/.well-known/jwks.json" if self.contract.callers == Callers::Members => {
                match Box::pin(self.keys(exchange)).await {
                    Ok(keys) => serde_json::to_vec(&keys).unwrap_or_default().into(),
                    Err(failure) => return Some(Err(failure)),
                }
            }
            _ => return None,
        };
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=60"));
        Some(Ok(response))
    }

    async fn keys(&self, exchange: &Exchange) -> Result<Value, Failure> {
        exchange::in_time(exchange, daemun_operations::keys::jwks(&self.daemun, &self.app)).await
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

    fn carriers<'s>(&'s self, group: &'s Group) -> &'s [Carrier] {
        group.carried_in.as_deref().unwrap_or(&self.contract.carried_in)
    }

    fn group_of(&self, path: &str) -> &Group {
        let slashed = format!("{}/", path.trim_end_matches('/'));
        let groups = &self.contract.groups;
        groups.iter().find(|group| slashed.starts_with(&group.prefix)).unwrap_or(&groups[groups.len() - 1])
    }

    fn place<'s>(&'s self, group: &'s Group, nearest: &[&'s Errors]) -> Place<'s> {
        let mut errors = nearest.to_vec();
        errors.push(&group.errors);
        errors.push(&self.contract.errors);
        Place { contract: &self.contract, errors, carriers: self.carriers(group) }
    }

    /// What is read in: the language that the client asked for, else that of members, or of the contract for programs.
    fn language(&self, exchange: &Exchange) -> Language {
        exchange.language.unwrap_or(match self.contract.callers {
            Callers::Members => self.app.language,
            Callers::ApiKeys => self.contract.language,
        })
    }

    fn circumstances<'r>(&'r self, exchange: &'r Exchange, taken: Option<&'r Taken>) -> Circumstances<'r> {
        Circumstances {
            world: &exchange.world,
            option: &self.option,
            language: self.language(exchange),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of the future that a function makes.
    fn size<A, B, C, F>(_: impl FnOnce(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn what_serves_a_request_is_small_enough_to_be_moved_about() {
        let bytes = size::<&'static Door, Request<Body>, &'static str, _>(Door::serve);
        assert!(bytes < 5 * 1024, "{bytes} bytes: box what is rare");
    }
}
