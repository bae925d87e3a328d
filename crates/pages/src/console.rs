//! The console: where operators and moderators live. Every screen is rendered here, works without JavaScript, and calls
//! the same operations as the contracts and the command line.
//!
//! A request becomes an [`Asked`], an [`Asked`] whose browser is signed in becomes a [`Visit`], and a [`Section`] answers
//! the visit with a [`Page`] or sends it on. What holds for every act (the token against forgery, the permission of the
//! section) is asked here, once.

mod accounts;
mod administrators;
mod answer;
mod api_keys;
mod approvals;
mod apps;
mod asked;
mod assets;
mod audit;
mod catalogs;
mod cookie;
mod enter;
mod filters;
mod frame;
mod listing;
mod messages;
mod organizations;
mod overview;
mod page;
mod points;
mod product_keys;
mod refused;
mod section;
mod system;
mod visit;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use daemun_model::{App, Code, Failure};
use daemun_operations::Daemun;
use daemun_operations::administrator::authenticate;
use daemun_web::Logged;
use daemun_web::headers::Transport;
use http::{Method, Request};

use answer::Answer;
pub use apps::{Route, Serves};
use asked::{Asked, Verb};
pub(crate) use filters::grouped;
use section::{Place, Section};
use visit::Visit;

/// Where the console is, at every host.
pub const CONSOLE: &str = "/console";

/// The console of a server.
#[derive(Clone)]
pub struct Console {
    daemun: Daemun,
    /// In the order of the configuration.
    apps: Arc<[Arc<App>]>,
    /// What they serve.
    serves: Arc<[Serves]>,
    transport: Transport,
}

impl Console {
    /// The console over these apps. `transport` decides on the attributes of cookies.
    pub fn new(daemun: Daemun, apps: impl IntoIterator<Item = Arc<App>>, transport: Transport) -> Self {
        Self { daemun, apps: apps.into_iter().collect(), serves: Arc::default(), transport }
    }

    /// With what the apps serve, for the screen that shows it.
    #[must_use]
    pub fn serving(mut self, serves: impl IntoIterator<Item = Serves>) -> Self {
        self.serves = serves.into_iter().collect();
        self
    }

    /// Answers a request for `path`, which is relative to [`CONSOLE`] and starts with `/`.
    pub async fn serve(&self, request: Request<Body>, path: &str) -> Response {
        if let Some(name) = path.strip_prefix("/assets/") {
            return Logged { route: Some("/console/assets".into()), ..Logged::default() }
                .on(assets::serve(name));
        }
        let verb = match *request.method() {
            Method::GET | Method::HEAD => Verb::Show,
            Method::POST => Verb::Act,
            _ => Verb::Other,
        };
        let (mut asked, body) = Asked::read(self, request, path, verb);
        let mut route = String::from(CONSOLE);
        let admitted = asked.admit(body).await;
        let answered = self.answer(&mut asked, admitted, &mut route).await;
        let mut response = match answered {
            Ok(answer) => answer.respond(&asked.edge.request_id),
            Err(failure) => refused::failed(&asked.frame(), &failure).respond(&asked.edge.request_id),
        };
        asked.keep_language(&mut response);
        let noted = response.extensions_mut().remove::<Logged>().unwrap_or_default();
        Logged { route: Some(route.into()), ..noted }.on(response)
    }

    /// `route` becomes the words by which the log knows the place.
    async fn answer(
        &self,
        asked: &mut Asked,
        admitted: Result<(), Failure>,
        route: &mut String,
    ) -> Result<Answer, Failure> {
        let path = asked.path.clone();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        if admitted.is_ok()
            && let Some(answered) = enter::serve(asked, &segments).await
        {
            *route = format!("{CONSOLE}/{}", segments.first().copied().unwrap_or_default());
            return answered;
        }
        let signed = match asked.cookie() {
            Some(cookie) => authenticate(&self.daemun, cookie).await?,
            None => None,
        };
        let Some(signed) = signed else { return admitted.map(|()| enter::send_to_sign_in(asked)) };
        asked.language = asked.language_of(&signed.administrator);
        let place = Place::find(&segments, &self.apps);
        let visit = Visit::new(asked, signed, place.as_ref().and_then(|place| place.app.clone()));
        if let Some(place) = &place {
            *route = place.route();
        }
        // What was not taken in is told where one is.
        let answered = match (admitted, place) {
            (Ok(()), Some(place)) => Self::enter(&visit, &place).await,
            (Ok(()), None) => Err(Code::RouteNotFound.into()),
            (Err(failure), _) => Err(failure),
        };
        Ok(answered.unwrap_or_else(|failure| refused::failed(&visit.frame(), &failure)))
    }

    async fn enter(visit: &Visit<'_>, place: &Place<'_>) -> Result<Answer, Failure> {
        if visit.asked.verb == Verb::Act && !visit.signed.sent(visit.asked.form.get("csrf").unwrap_or("")) {
            return Ok(refused::forged(&visit.frame()));
        }
        if let Some(needed) = place.section.needs()
            && !visit.may(needed)
        {
            return Ok(refused::forbidden(&visit.frame(), needed));
        }
        // Screens are many and large: boxed, so that this future is not as large as the largest of them.
        match place.section {
            Section::Overview => Box::pin(overview::serve(visit, &place.rest)).await,
            Section::Accounts => Box::pin(accounts::serve(visit, &place.rest)).await,
            Section::Administrators => Box::pin(administrators::serve(visit, &place.rest)).await,
            Section::Approvals => Box::pin(approvals::serve(visit, &place.rest)).await,
            Section::Organizations => Box::pin(organizations::serve(visit, &place.rest)).await,
            Section::ProductKeys => Box::pin(product_keys::serve(visit, &place.rest)).await,
            Section::Catalogs => Box::pin(catalogs::serve(visit, &place.rest)).await,
            Section::Points => Box::pin(points::serve(visit, &place.rest)).await,
            Section::Messages => Box::pin(messages::serve(visit, &place.rest)).await,
            Section::Audit | Section::ServerAudit => Box::pin(audit::serve(visit, &place.rest)).await,
            Section::ApiKeys | Section::ServerKeys => Box::pin(api_keys::serve(visit, &place.rest)).await,
            Section::Apps => Box::pin(apps::serve(visit, &place.rest)).await,
            Section::System => Box::pin(system::serve(visit, &place.rest)).await,
            Section::Me | Section::Confirm | Section::SignOut => {
                Box::pin(enter::serve_signed(visit, place.section, &place.rest)).await
            }
        }
    }
}
