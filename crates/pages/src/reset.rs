//! Choosing a new password with the link of a mail.

use axum::response::Response;
use daemun_operations::link::LinkState;
use daemun_operations::password::reset::{Input as Reset, reset};
use daemun_operations::password::reset_link_state;
use daemun_web::Logged;
use http::StatusCode;

use crate::Visit;
use crate::inputs::{Form, Input, told};
use crate::screen::{Notice, Screen, failed};

const FORM: Form<'_> = Form {
    page: "reset",
    key: "reset",
    inputs: &[Input::PASSWORD, Input::PASSWORD_AGAIN],
    hidden: &["uid", "token"],
    aside: None,
};

/// The form, or the news that the link is dead.
pub(crate) async fn show(visit: &Visit) -> Response {
    let token = visit.fields.get("token").unwrap_or("");
    let uid = visit.fields.get("uid").filter(|uid| !uid.is_empty());
    match reset_link_state(&visit.daemun, &visit.app, uid, token).await {
        Ok(LinkState::Live) => FORM.show(visit),
        Ok(LinkState::Dead) => Screen::notice(visit, Notice::RESET_EXPIRED).respond(),
        Err(failure) => failed(visit, Notice::RESET_EXPIRED, &failure),
    }
}

/// Sets the password, or shows the form again with what is wrong.
pub(crate) async fn act(visit: &Visit) -> Response {
    let given = |name| visit.fields.get(name).map(str::to_owned);
    let input = Reset {
        // A link without `uid` sends the form's field empty.
        uid: given("uid").filter(|uid| !uid.is_empty()),
        token: Some(given("token").unwrap_or_default()),
        password: Some(given("password").unwrap_or_default()),
        // Leaving the repetition out must not be a way around it.
        password_again: Some(given("password_again").unwrap_or_default()),
        ..Reset::default()
    };
    match reset(visit.daemun.clone(), visit.call(), input).await {
        Ok(_) => Screen::notice(visit, Notice::RESET).respond(),
        Err(failure) => {
            let told = told(visit, FORM.inputs, &failure);
            if told.is_empty() {
                return failed(visit, Notice::RESET_EXPIRED, &failure);
            }
            let form = FORM.show_again(visit, StatusCode::BAD_REQUEST, &told);
            Logged::default().failed(&failure).on(form)
        }
    }
}
