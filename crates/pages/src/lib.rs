//! The pages that members see without an app: choosing a new password, confirming an e-mail address; and the console of
//! who runs the server. They are rendered here, work without JavaScript, and call the same operations as the contracts.

mod color;
mod console;
mod forgot;
mod form;
mod inputs;
mod resend;
mod reset;
mod screen;
mod texts;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_model::{App, Failure, Language};
use daemun_operations::{Call, Daemun};
use daemun_web::{Edge, Logged, headers};
use http::header::{ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};

pub use crate::color::Color;
pub use crate::console::{CONSOLE as CONSOLE_PATH, Console, Route, Serves};
use crate::form::{Fields, Unreadable};
use crate::screen::{Notice, Screen, failed};

/// The pages of all apps.
#[derive(Clone)]
pub struct Pages {
    daemun: Daemun,
    /// The stylesheets of apps that have a colour of their own, by name.
    styles: Arc<BTreeMap<String, String>>,
}

const STYLE: &str = include_str!("../assets/style.css");

/// The most a form of ours can hold: two passwords of 1024 bytes, percent-encoded, and a token.
const LARGEST_FORM: usize = 16 * 1024;

/// What a page works on.
struct Visit {
    daemun: Daemun,
    app: Arc<App>,
    edge: Edge,
    /// The fields of the link, for the form and for the links to the other language.
    fields: Fields,
    language: Language,
    /// `""`, or `../` where the path was called with a final slash: links in pages are relative, so that they hold
    /// under any mount and host.
    up: &'static str,
}

impl Visit {
    fn call(&self) -> Call {
        let mut call =
            Call::new(Arc::clone(&self.app), self.edge.client.clone(), self.edge.request_id.clone());
        call.language = Some(self.language);
        call
    }
}

impl Pages {
    /// The pages that work on `daemun`; some apps have a colour of their own, by name.
    pub fn new(daemun: Daemun, colors: &BTreeMap<String, Color>) -> Self {
        let style = |(name, color): (&String, &Color)| (name.clone(), format!("{STYLE}{}", color.css()));
        Self { daemun, styles: Arc::new(colors.iter().map(style).collect()) }
    }

    /// Answers a request for `path`, which is relative to `{mount}/pages` and starts with `/`.
    ///
    /// Forms need no further token against forgery (CSRF): there is no signed-in browser whose rights a foreign page
    /// could borrow. What a form may do is what its link's token or its code allows, and only the mail's reader has that.
    /// A form that a browser says another site has sent is refused all the same.
    pub async fn serve(&self, app: &Arc<App>, request: Request<Body>, path: &str) -> Response {
        let page = match path.trim_matches('/') {
            "style.css" => return logged(app, "/pages/style.css", self.style(app)),
            "reset" => Some(Page::Reset),
            "verify" => Some(Page::Verify),
            "resend" if resend::offered(app) => Some(Page::Resend),
            "forgot" if forgot::offered(app) => Some(Page::Forgot),
            "code" if forgot::offered(app) => Some(Page::Code),
            _ => None,
        };
        let up = if path.ends_with('/') { "../" } else { "" };
        let foreign = is_foreign(app, request.headers());
        let (mut visit, method, body) = self.visit(app, request, up);
        let Some(page) = page else {
            let response = Screen::notice(&visit, Notice::MISSING).respond();
            return logged(app, "/pages", response);
        };
        let response = match method {
            Method::GET | Method::HEAD => page.show(&visit).await,
            Method::POST if foreign => Screen::notice(&visit, Notice::CROSS_SITE).respond(),
            Method::POST => match form::read(body, LARGEST_FORM).await {
                Ok(fields) => {
                    visit.adopt(fields);
                    page.act(&visit).await
                }
                Err(Unreadable::Foreign | Unreadable::Malformed) => {
                    Screen::notice(&visit, Notice::FOREIGN).respond()
                }
                Err(Unreadable::Large) => Screen::notice(&visit, Notice::LARGE).respond(),
                Err(Unreadable::Busy) => {
                    failed(&visit, Notice::MISSING, &Failure::Unavailable { retry_after: 1 })
                }
            },
            _ => not_allowed(&visit),
        };
        logged(app, page.route(), response)
    }

    /// The one stylesheet, in the app's colour. It holds nothing secret and changes with the program and the configuration.
    fn style(&self, app: &App) -> Response {
        let text = self.styles.get(&app.name).map_or(STYLE, String::as_str);
        let mut response = Response::new(Body::from(text.to_owned()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        response
    }

    fn visit(&self, app: &Arc<App>, request: Request<Body>, up: &'static str) -> (Visit, Method, FormBody) {
        let edge = edge_of(&request);
        let (parts, body) = request.into_parts();
        let fields = Fields::parse(parts.uri.query().unwrap_or("").as_bytes());
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = fields
            .get("lang")
            .and_then(Language::from_tag)
            .or_else(|| accepted.and_then(Language::negotiate))
            .unwrap_or(app.language);
        let visit = Visit { daemun: self.daemun.clone(), app: Arc::clone(app), edge, fields, language, up };
        let content_type = parts.headers.get(CONTENT_TYPE).cloned();
        (visit, parts.method, FormBody { content_type, body })
    }
}

/// Whether a browser says that another site sends this form: Fetch Metadata where there is, else the `Origin`. That is
/// `null` from our own pages, whose policy keeps what they are from everybody.
fn is_foreign(app: &App, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "cross-site";
    }
    let of = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some((_, origin)) = of(ORIGIN).and_then(|origin| origin.split_once("://")) else { return false };
    let ours =
        app.public_url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(rest));
    [of(HOST).unwrap_or_default(), ours].iter().all(|host| !origin.eq_ignore_ascii_case(host))
}

/// What the edge knows of a request; outside a server, in a test say, nothing.
fn edge_of(request: &Request<Body>) -> Edge {
    request.extensions().get::<Edge>().cloned().unwrap_or_else(|| Edge {
        client: daemun_operations::Client {
            address: std::net::Ipv4Addr::UNSPECIFIED.into(),
            user_agent: None,
        },
        request_id: String::new(),
        patience: std::time::Instant::now(),
    })
}

/// A body that may be a form.
struct FormBody {
    content_type: Option<HeaderValue>,
    body: Body,
}

impl Visit {
    /// Goes on with the fields of a form. What it leaves out is the link's: a program may send its form to the link
    /// itself.
    fn adopt(&mut self, form: Fields) {
        self.language = form.get("lang").and_then(Language::from_tag).unwrap_or(self.language);
        self.fields = form.before(std::mem::take(&mut self.fields));
    }
}

#[derive(Clone, Copy)]
enum Page {
    Reset,
    Verify,
    Resend,
    Forgot,
    Code,
}

impl Page {
    const fn route(self) -> &'static str {
        match self {
            Self::Reset => "/pages/reset",
            Self::Verify => "/pages/verify",
            Self::Resend => "/pages/resend",
            Self::Forgot => "/pages/forgot",
            Self::Code => "/pages/code",
        }
    }

    async fn show(self, visit: &Visit) -> Response {
        match self {
            Self::Reset => reset::show(visit).await,
            Self::Verify => verify::show(visit).await,
            Self::Resend => resend::show(visit),
            Self::Forgot => forgot::show(visit),
            Self::Code => forgot::show_code(visit),
        }
    }

    async fn act(self, visit: &Visit) -> Response {
        match self {
            Self::Reset => reset::act(visit).await,
            Self::Verify => verify::act(visit).await,
            Self::Resend => resend::act(visit).await,
            Self::Forgot => forgot::act(visit).await,
            Self::Code => forgot::act_on_code(visit).await,
        }
    }
}

fn not_allowed(visit: &Visit) -> Response {
    let mut response = Screen::notice(visit, Notice::METHOD).respond();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

/// A page's answer: HTML that no cache keeps.
fn html(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    headers::page(response.headers_mut());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Tells the log the app and the route; what a page noted itself stays.
fn logged(app: &App, route: &str, mut response: Response) -> Response {
    let noted = response.extensions_mut().remove::<Logged>().unwrap_or_default();
    Logged { app: Some(app.name.as_str().into()), route: Some(route.into()), ..noted }.on(response)
}
