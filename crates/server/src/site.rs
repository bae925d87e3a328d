//! Which app a request is for.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_contract::Door;
use daemun_contract::ast::{Action, Alternative};
use daemun_model::Code;
use daemun_operations::Daemun;
use daemun_operations::upload::MEDIA;
use daemun_pages::{CONSOLE_PATH, Color, Console, Pages, Route, Serves};
use daemun_web::log::PROBE;
use daemun_web::{Edge, Front, Logged, answer};
use http::header::HOST;
use http::{HeaderMap, Method, Request, StatusCode, Uri};

use crate::health::Health;
use crate::introspect::{self, Introspect};
use crate::listen::Answer;
use crate::media::{self, Pictures};
use crate::metrics::Metrics;
use crate::reports;

/// One app as it is served.
#[derive(Debug)]
pub struct Served {
    /// Its contract's door.
    pub door: Door,
    /// The door for programs of its operators.
    pub admin: Door,
    /// Hosts that serve it at the root, in lower case.
    pub hosts: Vec<String>,
    /// The colour of its pages.
    pub color: Option<Color>,
    /// How resource servers ask about its tokens, where they may.
    pub introspect: Option<Introspect>,
    /// The pictures of its demo.
    pub pictures: Pictures,
}

/// Everything that is served on one port.
pub struct Site {
    front: Front,
    health: Health,
    daemun: Daemun,
    pages: Pages,
    console: Console,
    /// The numbers, where they are shown on this port.
    metrics: Option<Metrics>,
    /// The longest mount first, so that the first that fits is the one.
    apps: Vec<Served>,
}

/// The paths below a mount that are the API for operators.
pub const ADMIN: &str = "/admin";
/// The paths below a mount that are pages.
const PAGES: &str = "/pages";

impl Site {
    /// A site of these apps.
    pub fn new(
        front: Front,
        health: Health,
        daemun: Daemun,
        metrics: Option<Metrics>,
        mut apps: Vec<Served>,
    ) -> Self {
        let all = apps.iter().map(|served| Arc::clone(served.door.app()));
        let console = Console::new(daemun.clone(), all, front.transport()).serving(apps.iter().map(serves));
        apps.sort_by_key(|served| std::cmp::Reverse(served.door.app().mount.len()));
        let colors = apps.iter().filter_map(|served| Some((served.door.app().name.clone(), served.color?)));
        let pages = Pages::new(daemun.clone(), &colors.collect());
        Self { front, health, daemun, pages, console, metrics, apps }
    }

    async fn route(&self, request: Request<Body>) -> Response {
        // A clone of a URI shares its text.
        let uri = request.uri().clone();
        let path = uri.path();
        match path {
            "/healthz" => return probe(&request, Health::alive),
            "/readyz" => {
                let readiness = Box::pin(self.health.readiness()).await;
                return probe(&request, || readiness);
            }
            "/metrics" => {
                let Some(metrics) = self.metrics.as_ref().filter(|_| is_direct(&request)) else {
                    return nothing(&request);
                };
                let text = Box::pin(metrics.text()).await;
                return probe(&request, || text);
            }
            _ => {}
        }
        if let Some(message) = reports::message(path) {
            return reports::serve(&self.daemun, message, request).await;
        }
        if let Some(file) = path.strip_prefix(MEDIA) {
            let demo = self.apps.iter().find_map(|served| served.pictures.find(file));
            return media::serve(&self.daemun, file, demo, request).await;
        }
        if let Some(path) = strip(path, CONSOLE_PATH) {
            return Box::pin(self.console.serve(request, path)).await;
        }
        let Some((served, rest)) = self.find(&uri, request.headers()) else {
            return nothing(&request);
        };
        if let (introspect::PATH, Some(introspect)) = (rest, &served.introspect) {
            return Box::pin(introspect.serve(&self.daemun, served.door.app(), request)).await;
        }
        if let Some(path) = strip(rest, ADMIN) {
            return Box::pin(served.admin.serve(request, path)).await;
        }
        // What is rare is boxed, so that the future of what is not is small: it is moved about for each request.
        match strip(rest, PAGES) {
            Some(page) => Box::pin(self.pages.serve(served.door.app(), request, page)).await,
            None => served.door.serve(request, rest).await,
        }
    }

    /// The app of a request and its path there. At one of its hosts an app is at the root, and at its mount too:
    /// its public URL, from which links are built, may have either form.
    fn find<'u>(&self, uri: &'u Uri, headers: &HeaderMap) -> Option<(&Served, &'u str)> {
        let path = uri.path();
        let host = uri.host().or_else(|| headers.get(HOST)?.to_str().ok()).map(without_port);
        let at_host = host.and_then(|host| {
            self.apps.iter().find(|served| served.hosts.iter().any(|name| name.eq_ignore_ascii_case(host)))
        });
        match at_host {
            Some(served) => Some((served, strip(path, &served.door.app().mount).unwrap_or(path))),
            None => {
                self.apps.iter().find_map(|served| Some((served, strip(path, &served.door.app().mount)?)))
            }
        }
    }
}

/// What an app serves, for the console.
fn serves(served: &Served) -> Serves {
    let contract = served.door.contract();
    let does = |alternative: &Alternative| match &alternative.action {
        Action::Does(does) => Some(does.operation.name.to_owned()),
        Action::Fails(_) => None,
    };
    let routes = contract.routes.iter().map(|route| Route {
        method: route.method.to_string(),
        paths: route.paths.iter().map(|path| path.text.clone()).collect(),
        summary: route.summary.clone(),
        does: route.alternatives.iter().filter_map(does).collect(),
    });
    Serves {
        app: served.door.app().name.clone(),
        contract: contract.name.clone(),
        title: contract.title.clone(),
        version: contract.version.clone(),
        hosts: served.hosts.clone(),
        routes: routes.collect(),
    }
}

impl Answer for Site {
    async fn answer(self: Arc<Self>, peer: IpAddr, request: Request<Body>) -> Response {
        self.front.serve(peer, request, |request| self.route(request)).await
    }
}

/// What follows a prefix of whole segments; `/` where nothing does.
fn strip<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest if rest.starts_with('/') => Some(rest),
        _ => None,
    }
}

/// The name of a `Host` header, without its port.
fn without_port(host: &str) -> &str {
    let end = match host.rfind(']') {
        Some(bracket) => bracket + 1,
        None => host.find(':').unwrap_or(host.len()),
    };
    host[..end].trim_end_matches('.')
}

fn probe(request: &Request<Body>, answered: impl FnOnce() -> Response) -> Response {
    let logged = Logged { route: Some(PROBE.into()), ..Logged::default() };
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return logged.on(answered());
    }
    let code = Code::MethodNotAllowed;
    let mut response = answer::failure(StatusCode::METHOD_NOT_ALLOWED, code.as_str(), id(request));
    response.headers_mut().insert(http::header::ALLOW, http::HeaderValue::from_static("GET, HEAD"));
    Logged { code: Some(code), ..logged }.on(response)
}

/// Whether a request comes from this machine and through nobody: the numbers are for its operator.
fn is_direct(request: &Request<Body>) -> bool {
    let local = request.extensions().get::<Edge>().is_some_and(|edge| edge.client.address.is_loopback());
    local && ["forwarded", "x-forwarded-for", "via"].iter().all(|name| !request.headers().contains_key(*name))
}

fn nothing(request: &Request<Body>) -> Response {
    let code = Code::RouteNotFound;
    Logged { code: Some(code), ..Logged::default() }.on(answer::failure(
        StatusCode::NOT_FOUND,
        code.as_str(),
        id(request),
    ))
}

fn id(request: &Request<Body>) -> &str {
    request.extensions().get::<Edge>().map_or("", |edge| &edge.request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_whole_segments() {
        assert_eq!(strip("/one/users", "/one"), Some("/users"));
        assert_eq!(strip("/one", "/one"), Some("/"));
        assert_eq!(strip("/one/", "/one"), Some("/"));
        assert_eq!(strip("/oneself", "/one"), None);
        assert_eq!(strip("/users", ""), Some("/users"));
    }

    #[test]
    fn a_host_is_a_name_without_a_port() {
        for (header, name) in [
            ("api.example.com", "api.example.com"),
            ("api.example.com:8080", "api.example.com"),
            ("api.example.com.", "api.example.com"),
            ("[::1]:8080", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(without_port(header), name);
        }
    }
}
