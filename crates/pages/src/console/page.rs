//! A page: a template, what it shows, and what surrounds it.

use std::sync::LazyLock;

use daemun_model::Failure;
use http::StatusCode;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::answer::{Answer, Shown};
use super::assets::NAMES;
use super::filters::{self, Phone, When};
use super::frame::Frame;
use super::section::Scope;
use crate::texts::{Catalogue, text};

/// A page.
pub(crate) struct Page {
    template: &'static str,
    title: Title,
    status: StatusCode,
    values: Value,
    pictures: Vec<String>,
    retry_after: Option<u32>,
    failure: Option<Failure>,
}

enum Title {
    /// A key of the texts.
    Key(&'static str),
    /// A member's name, say.
    Own(String),
}

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    filters::add(&mut environment);
    for (name, source) in SOURCES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
});

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        /// Every template of the console.
        const SOURCES: &[(&str, &str)] = &[$((
            concat!("console/", $name),
            include_str!(concat!("../../templates/console/", $name)),
        )),*];
    };
}

sources![
    "account-act.html",
    "account.html",
    "account-edit.html",
    "accounts.html",
    "administrator-invite.html",
    "administrator-link.html",
    "administrator.html",
    "administrators.html",
    "approval-tabs.html",
    "approval.html",
    "approvals-done.html",
    "approvals-rejected.html",
    "api-key-made.html",
    "api-key-new.html",
    "api-key-revoke.html",
    "api-keys.html",
    "app.html",
    "apps.html",
    "audit.html",
    "base.html",
    "enter-app.html",
    "enter-code.html",
    "enter-confirm.html",
    "enter-join.html",
    "enter-me.html",
    "enter-recovery-codes.html",
    "enter-second-factor.html",
    "enter-sign-in.html",
    "catalog-item.html",
    "catalog.html",
    "icons.html",
    "key-act.html",
    "macros.html",
    "message.html",
    "messages.html",
    "notice.html",
    "organization.html",
    "organizations-import.html",
    "organizations.html",
    "overview.html",
    "points.html",
    "product-keys-generate.html",
    "product-keys-import.html",
    "product-keys-imported.html",
    "product-keys-made.html",
    "product-keys.html",
    "system.html",
];

impl Page {
    /// A page whose title is a key of the texts.
    pub(crate) fn new(template: &'static str, title: &'static str, values: Value) -> Self {
        Self {
            template,
            title: Title::Key(title),
            status: StatusCode::OK,
            values,
            pictures: Vec::new(),
            retry_after: None,
            failure: None,
        }
    }

    /// With a title of its own.
    pub(crate) fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Title::Own(title.into());
        self
    }

    /// With another status than 200.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With pictures of these URLs, of which the browser is told where they may be.
    pub(crate) fn showing<'u>(mut self, urls: impl IntoIterator<Item = &'u str>) -> Self {
        let origins = urls.into_iter().filter_map(|url| url::Url::parse(url).ok());
        let origins = origins.map(|url| url.origin()).filter(url::Origin::is_tuple);
        self.pictures.extend(origins.map(|origin| origin.ascii_serialization()));
        self.pictures.sort_unstable();
        self.pictures.dedup();
        self
    }

    /// With the time after which to try again.
    pub(crate) fn retry_after(mut self, seconds: Option<u32>) -> Self {
        self.retry_after = seconds;
        self
    }

    /// Because of a failure, of which the log learns.
    pub(crate) fn because(mut self, failure: &Failure) -> Self {
        self.failure = Some(failure.clone());
        self
    }

    /// The page inside its frame.
    pub(crate) fn render(self, frame: &Frame<'_>) -> Answer {
        let language = frame.language();
        let title = match self.title {
            Title::Key(key) => text(language, key),
            Title::Own(title) => title,
        };
        let zone = frame.zone();
        let common = context! {
            lang => language.code(),
            t => Value::from_object(Catalogue(language)),
            when => Value::from_object(When { zone, language, now: frame.asked.daemun.clock.now() }),
            phone => Value::from_object(Phone {
                region: frame.app.map(|app| app.policy.phone_region.clone()).unwrap_or_default(),
            }),
            title,
            style => &NAMES.style,
            script => &NAMES.script,
            symbol => &NAMES.symbol,
            here => format!("{}{}", super::CONSOLE, frame.asked.path),
            languages => Value::from(Serde(&frame.translations())),
            sections => Value::from(Serde(&frame.links(Scope::App))),
            server => Value::from(Serde(&frame.links(Scope::Server))),
            apps => Value::from(Serde(&frame.apps())),
            app => frame.app.map(|app| context! { name => &app.name, title => &app.title }),
            zone => zone.name(),
            me => frame.signed.map(|signed| context! {
                name => &signed.administrator.name,
                email => &signed.administrator.email,
                role => signed.administrator.role.as_str(),
            }),
            csrf => frame.signed.map(|signed| signed.csrf.as_str()),
            done => frame.asked.query.get("done").and_then(|key| crate::texts::notice(language, key)),
        };
        let broken = |error: minijinja::Error| Failure::broken(format!("{error:#}"));
        let rendered = match TEMPLATES.as_ref() {
            Ok(environment) => environment
                .get_template(self.template)
                .and_then(|template| template.render(context! { ..self.values, ..common }))
                .map_err(broken),
            Err(error) => Err(Failure::broken(format!("{error:#}"))),
        };
        let Self { status, pictures, retry_after, failure, .. } = self;
        Answer::Page(Shown { status, rendered, pictures, retry_after, failure, cookie: None })
    }
}
