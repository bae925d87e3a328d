//! Choosing a new password with the link of a mail.

use axum::response::Response;
use daemun_model::{Failure, Faults};
use daemun_operations::link::LinkState;
use daemun_operations::password::reset::{Input, reset};
use daemun_operations::password::reset_link_state;
use daemun_web::Logged;
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use crate::Visit;
use crate::screen::{Notice, Screen, failed};
use crate::texts::{fault, text};

const PAGE: &str = "reset";
/// The inputs of the form, which are those of `password.reset`.
const INPUTS: [(&str, &str); 2] = [("password", "reset-password"), ("password_again", "reset-again")];

/// The form, or the news that the link is dead.
pub(crate) async fn show(visit: &Visit) -> Response {
    let token = visit.fields.get("token").unwrap_or("");
    let uid = visit.fields.get("uid").filter(|uid| !uid.is_empty());
    match reset_link_state(&visit.daemun, &visit.app, uid, token).await {
        Ok(LinkState::Live) => form(visit, StatusCode::OK, &Faults::default()),
        Ok(LinkState::Dead) => Screen::notice(visit, Notice::RESET_EXPIRED).respond(),
        Err(failure) => failed(visit, Notice::RESET_EXPIRED, &failure),
    }
}

/// Sets the password, or shows the form again with what is wrong.
pub(crate) async fn act(visit: &Visit) -> Response {
    let given = |name| visit.fields.get(name).map(str::to_owned);
    let input = Input {
        // A link without `uid` sends the form's field empty.
        uid: given("uid").filter(|uid| !uid.is_empty()),
        token: Some(given("token").unwrap_or_default()),
        password: Some(given("password").unwrap_or_default()),
        // Leaving the repetition out must not be a way around it.
        password_again: Some(given("password_again").unwrap_or_default()),
        ..Input::default()
    };
    match reset(visit.daemun.clone(), visit.call(), input).await {
        Ok(_) => Screen::notice(visit, Notice::RESET).respond(),
        Err(Failure::Invalid(faults)) if INPUTS.iter().any(|(name, _)| faults.blames(name)) => {
            let form = form(visit, StatusCode::BAD_REQUEST, &faults);
            Logged::default().failed(&Failure::Invalid(faults)).on(form)
        }
        Err(failure) => failed(visit, Notice::RESET_EXPIRED, &failure),
    }
}

/// One input as the template shows it.
#[derive(Serialize)]
struct Field {
    name: &'static str,
    label: String,
    hint: Option<String>,
    faults: Vec<String>,
    described_by: Option<String>,
    focused: bool,
}

fn form(visit: &Visit, status: StatusCode, faults: &Faults) -> Response {
    let mut fields: Vec<_> =
        INPUTS.into_iter().map(|(name, label)| field(visit, name, label, faults)).collect();
    let focused = fields.iter().position(|field| !field.faults.is_empty()).unwrap_or(0);
    fields[focused].focused = true;
    let values = context! {
        fields => Value::from(Serde(&fields)),
        summary => !faults.is_empty(),
        uid => visit.fields.get("uid").unwrap_or(""),
        token => visit.fields.get("token").unwrap_or(""),
    };
    Screen::form(visit, PAGE, status, "reset-title", values).respond()
}

fn field(visit: &Visit, name: &'static str, label: &str, faults: &Faults) -> Field {
    let language = visit.language;
    let mut told: Vec<_> =
        faults.iter().filter(|one| one.field == name).map(|one| fault(language, &one.reason)).collect();
    told.dedup();
    // What is wrong says more than the hint.
    let hint = (name == "password" && told.is_empty()).then(|| text(language, "reset-hint"));
    let described: Vec<_> = [hint.as_ref().map(|_| "hint"), (!told.is_empty()).then_some("faults")]
        .into_iter()
        .flatten()
        .map(|part| format!("{name}-{part}"))
        .collect();
    Field {
        name,
        label: text(language, label),
        hint,
        faults: told,
        described_by: (!described.is_empty()).then(|| described.join(" ")),
        focused: false,
    }
}
