//! What surrounds a page: where one is, where one may go, and who one is.

use chrono_tz::Tz;
use daemun_model::{App, Language};
use daemun_operations::administrator::Signed;
use serde::Serialize;

use super::CONSOLE;
use super::asked::Asked;
use super::section::{Place, Scope, Section};

/// What surrounds a page.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) signed: Option<&'a Signed>,
    pub(crate) app: Option<&'a App>,
}

/// A link of the navigation.
#[derive(Serialize)]
pub(super) struct Link {
    /// The section's name: its text is `section-NAME`.
    name: &'static str,
    href: String,
    icon: &'static str,
    here: bool,
}

/// An app that one may go to.
#[derive(Serialize)]
pub(super) struct Elsewhere {
    name: String,
    title: String,
    href: String,
    here: bool,
}

/// The same screen in another language.
#[derive(Serialize)]
pub(super) struct Translation {
    code: &'static str,
    name: &'static str,
    href: String,
    here: bool,
}

impl Frame<'_> {
    pub(crate) const fn language(&self) -> Language {
        self.asked.language
    }

    /// The time zone of what is shown.
    pub(super) fn zone(&self) -> Tz {
        self.app.map_or(self.asked.daemun.settings.console.timezone, |app| app.timezone)
    }

    /// Where the path leads.
    fn place(&self) -> Option<Place<'_>> {
        let segments: Vec<_> = self.asked.path.split('/').filter(|segment| !segment.is_empty()).collect();
        Place::find(&segments, &self.asked.apps)
    }

    /// The sections of this scope that the administrator may see.
    pub(super) fn links(&self, scope: Scope) -> Vec<Link> {
        let Some(signed) = self.signed else { return Vec::new() };
        let here = self.place().map(|place| place.section);
        let permissions = signed.administrator.role.permissions();
        let fits = |section: &Section| {
            section.scope() == scope
                && section.needs().is_none_or(|needed| permissions.hold(needed))
                && (scope != Scope::App || self.app.is_some_and(|app| section.suits(app)))
        };
        let base = self.app.filter(|_| scope == Scope::App).map(|app| format!("/{}", app.name));
        let link = |section: Section| Link {
            name: if section == Section::Overview { "overview" } else { section.name() },
            href: format!("{CONSOLE}{}/{}", base.as_deref().unwrap_or_default(), section.name()),
            icon: section.icon(),
            here: here == Some(section),
        };
        Section::ALL.into_iter().filter(fits).map(link).collect()
    }

    /// Every app, each at the section where one is.
    pub(super) fn apps(&self) -> Vec<Elsewhere> {
        let section = self.place().map(|place| place.section).filter(|section| section.scope() == Scope::App);
        let elsewhere = |app: &std::sync::Arc<App>| {
            let section = section.filter(|section| section.suits(app)).unwrap_or(Section::Accounts);
            Elsewhere {
                name: app.name.clone(),
                title: app.title.clone(),
                href: format!("{CONSOLE}/{}/{}", app.name, section.name()),
                here: self.app.is_some_and(|here| here.name == app.name),
            }
        };
        self.asked.apps.iter().map(elsewhere).collect()
    }

    /// This screen in each language. An act's page cannot be had again: there the way leads to where the act began.
    pub(super) fn translations(&self) -> Vec<Translation> {
        let translation = |language: Language| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let kept = self.asked.query.iter().filter(|(name, _)| *name != "lang" && *name != "done");
            query.extend_pairs(kept).append_pair("lang", language.code());
            let (code, name) = match language {
                Language::Ko => ("ko", "한국어"),
                Language::En => ("en", "English"),
            };
            let href = format!("{CONSOLE}{}?{}", self.asked.path, query.finish());
            Translation { code, name, href, here: language == self.asked.language }
        };
        Language::ALL.into_iter().map(translation).collect()
    }
}
