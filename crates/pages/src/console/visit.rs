//! What a screen works on: a request of somebody who is signed in.

use std::sync::Arc;

use chrono_tz::Tz;
use daemun_model::{App, Code, Failure, Language, Permission, Timestamp};
use daemun_operations::administrator::Signed;
use daemun_operations::{Call, Daemun};
use minijinja::Value;
use minijinja::value::Serde;

use super::answer::Answer;
use super::asked::{Asked, Verb};
use super::enter::own_call;
use super::frame::Frame;
use super::page::Page;
use crate::texts;

/// A request of somebody who is signed in.
pub(crate) struct Visit<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) signed: Signed,
    /// The app of the path, where the section belongs to one.
    pub(crate) app: Option<Arc<App>>,
}

impl<'a> Visit<'a> {
    pub(super) const fn new(asked: &'a Asked, signed: Signed, app: Option<Arc<App>>) -> Self {
        Self { asked, signed, app }
    }

    /// The core.
    pub(crate) fn daemun(&self) -> Daemun {
        self.asked.daemun.clone()
    }

    /// Whether this is an act.
    pub(crate) fn acts(&self) -> bool {
        self.asked.verb == Verb::Act
    }

    /// The language of the screen.
    pub(crate) const fn language(&self) -> Language {
        self.asked.language
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.asked.daemun.clock.now()
    }

    /// Whether the administrator has a permission.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.signed.administrator.role.permissions().hold(permission)
    }

    /// The app of the path.
    ///
    /// # Errors
    /// `not_found` in a section of the server.
    pub(crate) fn app(&self) -> Result<&Arc<App>, Failure> {
        self.app.as_ref().ok_or_else(|| Code::NotFound.into())
    }

    /// The time zone of what is shown: the app's, and in a section of the server the one that is configured.
    pub(crate) fn zone(&self) -> Tz {
        self.frame().zone()
    }

    /// A call of an operation in the app of the path, by the administrator; in a section of the server it is where the server
    /// keeps what is its own. `permission` is the operation's: its function does not ask for it, its entry in the registry
    /// does.
    ///
    /// # Errors
    /// `forbidden` where the administrator does not have it.
    pub(crate) fn call(&self, permission: Permission) -> Result<Call, Failure> {
        match &self.app {
            Some(app) => self.call_in(app, permission),
            None => {
                let call = own_call(self);
                call.permit(permission)?;
                Ok(call)
            }
        }
    }

    /// As [`Self::call`], in an app.
    ///
    /// # Errors
    /// `forbidden`.
    pub(crate) fn call_in(&self, app: &Arc<App>, permission: Permission) -> Result<Call, Failure> {
        let edge = &self.asked.edge;
        let mut call = Call::new(Arc::clone(app), edge.client.clone(), edge.request_id.clone());
        call.operator = Some(self.signed.operator());
        call.language = Some(self.asked.language);
        call.permit(permission)?;
        Ok(call)
    }

    /// What a form or a filter holds under a name, without the white space around it; none where it is empty.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        let fields = if self.acts() { &self.asked.form } else { &self.asked.query };
        fields.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// As [`Self::given`], on one line: what is typed into a field of several lines where operations take one.
    pub(crate) fn given_line(&self, name: &str) -> Option<String> {
        self.given(name).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// What an operator is called where the audit and decisions tell who it was: an administrator by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn name_of(&self, operator: &str) -> Result<String, Failure> {
        let name = daemun_operations::administrator::name_of(&self.asked.daemun, operator).await?;
        Ok(name.unwrap_or_else(|| operator.to_owned()))
    }

    /// What surrounds a page.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame { asked: self.asked, signed: Some(&self.signed), app: self.app.as_deref() }
    }

    /// The answer with a page.
    pub(crate) fn page(&self, page: Page) -> Answer {
        page.render(&self.frame())
    }

    /// Sends the browser to a path below `/console` of this app, with a notice: the text `done-KEY`.
    pub(crate) fn done(&self, path: &str, key: &str) -> Answer {
        let to = self.path(path);
        let separator = if to.contains('?') { '&' } else { '?' };
        Answer::Go(format!("{to}{separator}done={key}"))
    }

    /// The absolute path of something below the console: below the app's part of it, where there is an app.
    pub(crate) fn path(&self, path: &str) -> String {
        match &self.app {
            Some(app) => format!("{}/{}{path}", super::CONSOLE, app.name),
            None => format!("{}{path}", super::CONSOLE),
        }
    }

    /// Where to go to prove that one is still oneself, when that was too long ago; then it goes on at `path`.
    pub(crate) fn confirm(&self, path: &str) -> Option<Answer> {
        if self.signed.confirmed_recently(self.now()) {
            return None;
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", &self.path(path));
        Some(Answer::Go(format!("{}/confirm?{}", super::CONSOLE, query.finish())))
    }

    /// What a failure says about a form's inputs, by their names, for `ui.field`: an empty list where it says nothing.
    pub(crate) fn faults(&self, failure: &Failure) -> Value {
        Value::from(Serde(&texts::faults(self.language(), failure)))
    }

    /// What was typed into the form or the filter, by name, for `ui.field`.
    pub(crate) fn typed(&self) -> Value {
        let fields = if self.acts() { &self.asked.form } else { &self.asked.query };
        fields.to_value()
    }
}
