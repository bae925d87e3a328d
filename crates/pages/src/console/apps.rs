//! The apps of this server: where each is, which contract it serves, and what holds for its members.

use std::sync::Arc;

use daemun_model::app::{Approval, TokenPolicy, VerifyEmail};
use daemun_model::{App, Code, Failure};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::CONSOLE;
use super::answer::Answer;
use super::page::Page;
use super::visit::Visit;

/// What an app serves.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Serves {
    /// The name of its app.
    pub app: String,
    /// The name of its contract.
    pub contract: String,
    /// The title of the API.
    pub title: String,
    /// The version of the API.
    pub version: String,
    /// The hosts that serve it at the root.
    pub hosts: Vec<String>,
    /// Its routes, in the order of the contract.
    pub routes: Vec<Route>,
}

impl Serves {
    /// Whether a route runs the operation of this name.
    pub(super) fn does(&self, operation: &str) -> bool {
        self.routes.iter().any(|route| route.does.iter().any(|does| does == operation))
    }
}

/// A route of a contract.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Route {
    /// The method.
    pub method: String,
    /// The paths, as written.
    pub paths: Vec<String>,
    /// A short sentence.
    pub summary: String,
    /// The operations that it can run.
    pub does: Vec<String>,
}

/// A rule of an app as a line of its screen: the text of the key, and the value or the key of the value's text.
#[derive(Serialize)]
struct Rule {
    key: &'static str,
    value: String,
    /// Whether the value is the key of a text.
    told: bool,
}

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => Ok(index(visit)),
        (false, [name]) => {
            let app = visit.asked.apps.iter().find(|app| app.name == *name).ok_or(Code::NotFound)?;
            Ok(show(visit, app))
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

fn served<'v>(visit: &'v Visit<'_>, app: &App) -> Option<&'v Serves> {
    visit.asked.serves.iter().find(|one| one.app == app.name)
}

fn index(visit: &Visit<'_>) -> Answer {
    let list: Vec<Value> = visit
        .asked
        .apps
        .iter()
        .map(|app| {
            let serves = served(visit, app);
            context! {
                name => &app.name,
                title => &app.title,
                mount => &app.mount,
                public_url => &app.public_url,
                contract => serves.map(|serves| &serves.contract),
                version => serves.map(|serves| &serves.version),
                hosts => serves.map(|serves| &serves.hosts),
                href => format!("{CONSOLE}/apps/{}", app.name),
            }
        })
        .collect();
    visit.page(Page::new("console/apps.html", "section-apps", context! { list }))
}

fn show(visit: &Visit<'_>, app: &Arc<App>) -> Answer {
    let values = context! {
        one => context! {
            name => &app.name,
            mount => &app.mount,
            public_url => &app.public_url,
            language => app.language.code(),
            timezone => app.timezone.name(),
        },
        serves => served(visit, app).map(|serves| Value::from(Serde(serves))),
        rules => Value::from(Serde(&rules(app))),
        tokens => Value::from(Serde(&tokens(app))),
        attributes => app.attributes.keys().cloned().collect::<Vec<_>>(),
        uploads => app.policy.uploads.keys().cloned().collect::<Vec<_>>(),
        docs => format!("{}/docs", app.public_url),
        openapi => format!("{}/openapi.json", app.public_url),
        admin_docs => format!("{}/admin/docs", app.public_url),
        accounts => format!("{CONSOLE}/{}/accounts", app.name),
    };
    visit.page(Page::new("console/app.html", "section-apps", values).titled(&app.title))
}

fn rules(app: &App) -> Vec<Rule> {
    let policy = &app.policy;
    let value = |key, value: String| Rule { key, value, told: false };
    let told = |key, text: &str| Rule { key, value: text.to_owned(), told: true };
    let sign_in: Vec<&str> = policy.sign_in.iter().map(|one| one.field()).collect();
    let approval = match policy.approval {
        Approval::None => "app-approval-none",
        Approval::Required => "app-approval-required",
    };
    let verify_email = match policy.verify_email {
        VerifyEmail::None => "app-verify-none",
        VerifyEmail::Sent => "app-verify-sent",
        VerifyEmail::Required => "app-verify-required",
        VerifyEmail::Proven => "app-verify-proven",
    };
    vec![
        value("app-sign-in", sign_in.join(", ")),
        value("app-required", policy.required.join(", ")),
        value("app-unique", policy.unique.join(", ")),
        told("app-approval", approval),
        told("app-verify", verify_email),
        value("app-phone-region", policy.phone_region.clone()),
    ]
}

/// What the tokens are: keys of texts, and seconds.
fn tokens(app: &App) -> Vec<(&'static str, i64)> {
    match &app.tokens {
        TokenPolicy::Jwt { access, refresh } => vec![
            ("app-access-lifetime", access.lifetime),
            ("app-idle", refresh.idle),
            ("app-absolute", refresh.absolute),
        ],
        TokenPolicy::Opaque(opaque) => vec![("app-idle", opaque.idle), ("app-absolute", opaque.absolute)],
    }
}
