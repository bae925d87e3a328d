//! Confirming an e-mail address with the link of a mail.

use axum::response::Response;
use daemun_operations::email::verify::{Input, verify};
use daemun_operations::email::verify_link_state;
use daemun_operations::link::LinkState;
use http::StatusCode;
use minijinja::context;

use crate::Visit;
use crate::screen::{Notice, Screen, failed};

const PAGE: &str = "verify";

/// A button, or the news that the link is dead. Opening the page confirms nothing: mail scanners open every link.
pub(crate) async fn show(visit: &Visit) -> Response {
    let token = visit.fields.get("token").unwrap_or("");
    match verify_link_state(&visit.daemun, &visit.app, token).await {
        Ok(LinkState::Live) => {
            let values = context! { token };
            Screen::form(visit, PAGE, StatusCode::OK, "verify-title", values).respond()
        }
        Ok(LinkState::Dead) => Screen::notice(visit, Notice::VERIFY_EXPIRED).respond(),
        Err(failure) => failed(visit, Notice::VERIFY_EXPIRED, &failure),
    }
}

/// Confirms the address.
pub(crate) async fn act(visit: &Visit) -> Response {
    let input = Input { token: Some(visit.fields.get("token").unwrap_or("").to_owned()) };
    match verify(visit.daemun.clone(), visit.call(), input).await {
        Ok(_) => Screen::notice(visit, Notice::VERIFIED).respond(),
        Err(failure) => failed(visit, Notice::VERIFY_EXPIRED, &failure),
    }
}
