//! Asking once more for the mail that confirms an address: the way on from a link that is too old. Nothing that is shown
//! tells whether anybody has the address, or has confirmed it.

use axum::response::Response;
use daemun_model::App;
use daemun_model::app::VerifyEmail;
use daemun_operations::email::request_verification::{Input as Request, request_verification};
use daemun_web::Logged;
use http::StatusCode;

use crate::Visit;
use crate::inputs::{Form, Input, told};
use crate::screen::{Notice, Screen, failed};

const FORM: Form<'_> =
    Form { page: "resend", key: "resend", inputs: &[Input::EMAIL], hidden: &[], aside: None };

/// Whether this app sends such mails.
pub(crate) fn offered(app: &App) -> bool {
    match app.policy.verify_email {
        VerifyEmail::Sent | VerifyEmail::Required => true,
        VerifyEmail::None | VerifyEmail::Proven => false,
    }
}

/// Asks for the address.
pub(crate) fn show(visit: &Visit) -> Response {
    FORM.show(visit)
}

/// Sends the mail, where somebody waits for it.
pub(crate) async fn act(visit: &Visit) -> Response {
    let input = Request { email: Some(visit.fields.get("email").unwrap_or("").to_owned()) };
    match request_verification(visit.daemun.clone(), visit.call(), input).await {
        Ok(_) => Screen::notice(visit, Notice::RESENT).respond(),
        Err(failure) => {
            let told = told(visit, FORM.inputs, &failure);
            if told.is_empty() {
                return failed(visit, Notice::REFUSED, &failure);
            }
            let form = FORM.show_again(visit, StatusCode::BAD_REQUEST, &told);
            Logged::default().failed(&failure).on(form)
        }
    }
}
