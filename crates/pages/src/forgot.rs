//! Choosing a new password with the code of a mail: the address first, then the code with the new password. Nothing that is
//! shown tells whether anybody has the address.

use axum::response::Response;
use daemun_model::App;
use daemun_model::app::Identifier;
use daemun_operations::password::request_reset::{Input as Request, request_reset};
use daemun_operations::password::reset::{Input as Reset, reset};
use daemun_web::Logged;
use http::StatusCode;

use crate::Visit;
use crate::inputs::{Form, Input, told};
use crate::screen::{Notice, Screen, failed, failed_or_limited};

const ASK: Form<'_> = Form {
    page: "forgot",
    key: "forgot",
    inputs: &[Input::EMAIL],
    hidden: &[],
    aside: Some(("code", "forgot-aside")),
};

const CODE: Form<'_> = Form {
    page: "code",
    key: "code",
    inputs: &[Input::EMAIL, Input::CODE, Input::PASSWORD, Input::PASSWORD_AGAIN],
    hidden: &[],
    aside: Some(("forgot", "code-aside")),
};

/// Whether members of this app have passwords that can be forgotten: who signs in by telephone number gets codes.
pub(crate) fn offered(app: &App) -> bool {
    let by_password = |identifier: &Identifier| match identifier {
        Identifier::Email | Identifier::PreferredUsername => true,
        Identifier::PhoneNumber => false,
    };
    app.policy.sign_in.iter().any(by_password)
}

/// Asks for the address.
pub(crate) fn show(visit: &Visit) -> Response {
    ASK.show(visit)
}

/// Sends the mail, and goes on with the code.
pub(crate) async fn act(visit: &Visit) -> Response {
    let input = Request { email: Some(visit.fields.get("email").unwrap_or("").to_owned()) };
    match request_reset(visit.daemun.clone(), visit.call(), input).await {
        Ok(_) => CODE.show(visit),
        Err(failure) => {
            let told = told(visit, ASK.inputs, &failure);
            if told.is_empty() {
                let notices = (Notice::REFUSED, Notice::LIMITED_MAILS);
                return failed_or_limited(visit, notices, &failure);
            }
            let form = ASK.show_again(visit, StatusCode::BAD_REQUEST, &told);
            Logged::default().failed(&failure).on(form)
        }
    }
}

/// Asks for the code and the new password.
pub(crate) fn show_code(visit: &Visit) -> Response {
    CODE.show(visit)
}

/// Sets the password, or shows the form again with what is wrong.
pub(crate) async fn act_on_code(visit: &Visit) -> Response {
    let given = |name| Some(visit.fields.get(name).unwrap_or("").trim().to_owned());
    let typed = |name| Some(visit.fields.get(name).unwrap_or("").to_owned());
    let input = Reset {
        email: given("email"),
        code: given("code"),
        password: typed("password"),
        password_again: typed("password_again"),
        ..Reset::default()
    };
    match reset(visit.daemun.clone(), visit.call(), input).await {
        Ok(_) => Screen::notice(visit, Notice::RESET).respond(),
        Err(failure) => {
            let told = told(visit, CODE.inputs, &failure);
            if told.is_empty() {
                return failed(visit, Notice::REFUSED, &failure);
            }
            let form = CODE.show_again(visit, StatusCode::BAD_REQUEST, &told);
            Logged::default().failed(&failure).on(form)
        }
    }
}
