//! Forms: their inputs, what is wrong with them, and how both are shown.

use axum::response::Response;
use daemun_model::{Code, Failure};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use crate::Visit;
use crate::screen::Screen;
use crate::texts::{fault, text};

/// An input, named as the operation that gets it names it.
#[derive(Clone, Copy)]
pub(crate) struct Input {
    pub(crate) name: &'static str,
    /// The key of its label.
    label: &'static str,
    /// The key of what helps to fill it in.
    hint: Option<&'static str>,
    kind: &'static str,
    autocomplete: &'static str,
    keyboard: Option<&'static str>,
    longest: usize,
    value: Typed,
}

/// Whether a form that is shown again shows what was typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    Kept,
    Forgotten,
}

impl Input {
    pub(crate) const EMAIL: Self = Self {
        name: "email",
        label: "email-label",
        hint: None,
        kind: "email",
        autocomplete: "username",
        keyboard: Some("email"),
        longest: 320,
        value: Typed::Kept,
    };
    pub(crate) const CODE: Self = Self {
        name: "code",
        label: "code-label",
        hint: Some("code-hint"),
        kind: "text",
        autocomplete: "one-time-code",
        keyboard: Some("numeric"),
        longest: 20,
        value: Typed::Forgotten,
    };
    pub(crate) const PASSWORD: Self = Self {
        name: "password",
        label: "reset-password",
        hint: Some("reset-hint"),
        kind: "password",
        autocomplete: "new-password",
        keyboard: None,
        longest: 1024,
        value: Typed::Forgotten,
    };
    pub(crate) const PASSWORD_AGAIN: Self =
        Self { name: "password_again", label: "reset-again", hint: None, ..Self::PASSWORD };
}

/// What is wrong, by the input's name, in the reader's words.
pub(crate) type Told = Vec<(&'static str, String)>;

/// What a failure says about these inputs: nothing where it is about something else.
pub(crate) fn told(visit: &Visit, inputs: &[Input], failure: &Failure) -> Told {
    let language = visit.language;
    let mut told = Told::new();
    match failure {
        Failure::Invalid(faults) => {
            for input in inputs {
                let own = faults.iter().filter(|one| one.field == input.name);
                told.extend(own.map(|one| (input.name, fault(language, input.name, &one.reason))));
            }
        }
        Failure::Refused { code: Code::CodeInvalid, .. } => {
            let code = inputs.iter().find(|input| input.name == Input::CODE.name);
            told.extend(code.map(|code| (code.name, text(language, "reason-code"))));
        }
        Failure::Refused { .. }
        | Failure::TooManyRequests { .. }
        | Failure::Unavailable { .. }
        | Failure::Broken(_) => {}
    }
    told.dedup();
    told
}

/// A page with a form.
pub(crate) struct Form<'a> {
    /// The page it is sent to, which is the one it is shown by when it is opened.
    pub(crate) page: &'static str,
    /// The key of its heading; those of its introduction and button begin alike.
    pub(crate) key: &'static str,
    pub(crate) inputs: &'a [Input],
    /// What the link carries, sent along unseen.
    pub(crate) hidden: &'a [&'static str],
    /// Another page that may be the right one, and the key of the words that lead there.
    pub(crate) aside: Option<(&'static str, &'static str)>,
}

/// One input as the template shows it.
#[derive(Serialize)]
struct Field<'a> {
    name: &'static str,
    label: String,
    hint: Option<String>,
    kind: &'static str,
    autocomplete: &'static str,
    keyboard: Option<&'static str>,
    longest: usize,
    value: Option<&'a str>,
    faults: Vec<&'a str>,
    described_by: Option<String>,
    focused: bool,
}

impl Form<'_> {
    /// The form as it is opened.
    pub(crate) fn show(&self, visit: &Visit) -> Response {
        self.show_again(visit, StatusCode::OK, &Told::new())
    }

    /// The form with what is wrong.
    pub(crate) fn show_again(&self, visit: &Visit, status: StatusCode, told: &Told) -> Response {
        let language = visit.language;
        let mut fields: Vec<_> = self.inputs.iter().map(|input| field(visit, input, told)).collect();
        // Where somebody types first: what is wrong, else what is still empty.
        let focused = fields.iter().position(|field| !field.faults.is_empty());
        let focused =
            focused.or_else(|| fields.iter().position(|field| field.value.is_none_or(str::is_empty)));
        if let Some(field) = focused.and_then(|place| fields.get_mut(place)) {
            field.focused = true;
        }
        let hidden: Vec<_> =
            self.hidden.iter().map(|name| (*name, visit.fields.get(name).unwrap_or(""))).collect();
        let summary: Vec<_> = told.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let values = context! {
            page => self.page,
            intro => text(language, &format!("{}-intro", self.key)),
            button => text(language, &format!("{}-button", self.key)),
            aside => self.aside.map(|(page, key)| Value::from(vec![page.to_owned(), text(language, key)])),
            fields => Value::from(Serde(&fields)),
            hidden => Value::from(Serde(&hidden)),
            summary => Value::from(Serde(&summary)),
        };
        Screen::form(visit, self.page, status, &format!("{}-title", self.key), values).respond()
    }
}

fn field<'a>(visit: &'a Visit, input: &Input, told: &'a Told) -> Field<'a> {
    let name = input.name;
    let faults: Vec<_> =
        told.iter().filter(|(field, _)| *field == name).map(|(_, text)| text.as_str()).collect();
    // What is wrong says more than the hint.
    let hint = input.hint.filter(|_| faults.is_empty()).map(|key| text(visit.language, key));
    let described: Vec<_> = [hint.as_ref().map(|_| "hint"), (!faults.is_empty()).then_some("faults")]
        .into_iter()
        .flatten()
        .map(|part| format!("{name}-{part}"))
        .collect();
    Field {
        name,
        label: text(visit.language, input.label),
        hint,
        kind: input.kind,
        autocomplete: input.autocomplete,
        keyboard: input.keyboard,
        longest: input.longest,
        value: visit.fields.get(name).filter(|_| input.value == Typed::Kept),
        described_by: (!described.is_empty()).then(|| described.join(" ")),
        faults,
        focused: false,
    }
}
