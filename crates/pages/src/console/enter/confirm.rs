//! Proving again who sits there, before a sensitive act.

use daemun_model::{Code, Failure};
use daemun_operations::administrator::confirm::{Input, confirm};
use minijinja::context;

use super::super::CONSOLE;
use super::super::answer::Answer;
use super::super::page::Page;
use super::super::visit::Visit;
use super::{is_forms, next, own_call, status_of, typed};

/// Asks for password and second factor.
pub(super) fn show(visit: &Visit<'_>) -> Answer {
    form(visit, None)
}

fn wanted<'a>(visit: &'a Visit<'_>) -> Option<&'a str> {
    let asked = visit.asked;
    asked.form.get("next").or_else(|| asked.query.get("next")).and_then(next::safe)
}

fn form(visit: &Visit<'_>, failure: Option<&Failure>) -> Answer {
    let values = context! {
        next => wanted(visit),
        faults => failure.map(|failure| visit.faults(failure)),
        minutes => visit.asked.daemun.settings.console.confirmed / 60,
    };
    let page = Page::new("console/enter-confirm.html", "confirm-title", values);
    visit.page(match failure {
        Some(failure) => page.status(status_of(failure)).because(failure),
        None => page,
    })
}

/// Confirms; the browser gets a new cookie and goes on.
pub(super) async fn act(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let asked = visit.asked;
    let input =
        Input { password: typed(asked, "password").to_owned(), code: typed(asked, "code").to_owned() };
    match confirm(visit.daemun(), own_call(visit), &visit.signed, input).await {
        Ok(cookie) => Ok(Answer::GoWith(next::place(wanted(visit)), asked.session_cookie(Some(&cookie)))),
        Err(Failure::Refused { code: Code::Unauthenticated, .. }) => {
            Ok(Answer::Go(next::with("/sign-in?late=1", wanted(visit))))
        }
        Err(failure) if is_forms(&failure) => Ok(form(visit, Some(&failure))),
        Err(failure) => Err(failure),
    }
}

/// Sends away who must prove first that they are still themselves; then they go on at `path` below the console.
pub(super) fn first(visit: &Visit<'_>, path: &str) -> Option<Answer> {
    let due = !visit.signed.confirmed_recently(visit.now());
    due.then(|| Answer::Go(next::with("/confirm", Some(&format!("{CONSOLE}{path}")))))
}
