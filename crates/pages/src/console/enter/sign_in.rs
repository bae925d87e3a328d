//! Signing in: the password, then the second factor.

use daemun_model::{Code, Failure};
use daemun_operations::administrator::{authenticate, sign_in};
use http::StatusCode;
use minijinja::{Value, context};

use super::super::answer::Answer;
use super::super::asked::Asked;
use super::super::page::Page;
use super::super::refused;
use super::{call, faults, is_forms, next, status_of, typed};
use crate::texts;

/// Where one goes on: from the link that led here, or from the form.
fn wanted(asked: &Asked) -> Option<&str> {
    asked.form.get("next").or_else(|| asked.query.get("next")).and_then(next::safe)
}

/// Asks for address and password; who is signed in goes on.
pub(super) async fn show(asked: &Asked) -> Result<Answer, Failure> {
    if let Some(cookie) = asked.cookie()
        && authenticate(&asked.daemun, cookie).await?.is_some()
    {
        return Ok(Answer::Go(next::place(wanted(asked))));
    }
    let late = asked.query.get("late").map(|_| "sign-in-late");
    Ok(form(asked, StatusCode::OK, (late, Value::UNDEFINED)).render(&asked.frame()))
}

fn form(asked: &Asked, status: StatusCode, (told, faults): (Option<&str>, Value)) -> Page {
    let values = context! {
        email => typed(asked, "email"),
        next => wanted(asked),
        told => told.map(|key| texts::text(asked.language, key)),
        faults,
    };
    Page::new("console/enter-sign-in.html", "sign-in-title", values).status(status)
}

/// The first step.
pub(super) async fn act(asked: &Asked) -> Result<Answer, Failure> {
    let input = sign_in::Input {
        email: typed(asked, "email").to_owned(),
        password: typed(asked, "password").to_owned(),
    };
    match sign_in::sign_in(asked.daemun.clone(), call(asked), input).await {
        Ok(opened) => {
            let to = next::with("/sign-in/code", wanted(asked));
            Ok(Answer::GoWith(to, asked.session_cookie(Some(&opened.cookie))))
        }
        Err(failure) => {
            let told = match &failure {
                Failure::Refused { code: Code::WrongCredentials, .. } => Some("sign-in-wrong"),
                failure if is_forms(failure) => None,
                failure => return Ok(refused::failed(&asked.frame(), failure)),
            };
            let page = form(asked, status_of(&failure), (told, faults(asked, &failure)));
            Ok(page.because(&failure).render(&asked.frame()))
        }
    }
}

/// Asks for the second factor.
pub(super) async fn show_code(asked: &Asked) -> Result<Answer, Failure> {
    code_form(asked, None).await
}

/// The form of the second factor; who has not proven their password, or did so too long ago, begins again.
async fn code_form(asked: &Asked, failure: Option<&Failure>) -> Result<Answer, Failure> {
    let waiting = match asked.cookie() {
        Some(cookie) => sign_in::waiting(&asked.daemun, cookie).await?,
        None => None,
    };
    let Some(administrator) = waiting else {
        return Ok(Answer::Go(next::with("/sign-in?late=1", wanted(asked))));
    };
    let by_recovery_code =
        asked.query.get("with").or_else(|| asked.form.get("with")) == Some("recovery-code");
    let values = context! {
        email => administrator.email,
        next => wanted(asked),
        by_recovery_code,
        other => next::with(
            if by_recovery_code { "/sign-in/code" } else { "/sign-in/code?with=recovery-code" },
            wanted(asked),
        ),
        faults => failure.map(|failure| faults(asked, failure)),
    };
    let page = Page::new("console/enter-code.html", "second-step-title", values);
    Ok(match failure {
        Some(failure) => page.status(status_of(failure)).because(failure),
        None => page,
    }
    .render(&asked.frame()))
}

/// The second step.
pub(super) async fn act_code(asked: &Asked) -> Result<Answer, Failure> {
    let cookie = asked.cookie().unwrap_or_default();
    let typed = (cookie, typed(asked, "code"));
    match sign_in::second_factor(asked.daemun.clone(), call(asked), typed).await {
        Ok(opened) => {
            let to = next::place(wanted(asked));
            Ok(Answer::GoWith(to, asked.session_cookie(Some(&opened.cookie))))
        }
        Err(Failure::Refused { code: Code::Unauthenticated, .. }) => {
            Ok(Answer::Go(next::with("/sign-in?late=1", wanted(asked))))
        }
        Err(failure) if is_forms(&failure) => code_form(asked, Some(&failure)).await,
        Err(failure) => Ok(refused::failed(&asked.frame(), &failure)),
    }
}
