//! Who administers this server: inviting, roles, letting out and in again. Owners only, and never without having proven
//! lately that they are still themselves.

use daemun_model::{Administrator, Code, Failure, Language, Role};
use daemun_operations::administrator::invite::{self, Input, invite};
use daemun_operations::administrator::links::Made;
use daemun_operations::administrator::manage::{self, LAST_OWNER};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::enter::{confirmed_first, own_call};
use super::page::Page;
use super::visit::Visit;
use crate::texts;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["invite"]) => Ok(asking(visit, "invite").unwrap_or_else(|| invitation(visit, None))),
        (true, ["invite"]) => send(visit).await,
        (true, ["withdraw"]) => withdraw(visit).await,
        (false, [uuid]) => match asking(visit, uuid) {
            Some(answer) => Ok(answer),
            None => one(visit, uuid, None).await,
        },
        (true, [uuid, act @ ("role" | "disable" | "reset" | "end-sessions")]) => match asking(visit, uuid) {
            Some(answer) => Ok(answer),
            None => act_on(visit, uuid, act).await,
        },
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// Sends away who must prove first that they are still themselves; then they go on at the page of this name.
fn asking(visit: &Visit<'_>, page: &str) -> Option<Answer> {
    confirmed_first(visit, &format!("/administrators/{page}"))
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let (daemun, call) = (visit.daemun(), own_call(visit));
    let values = context! {
        administrators => Value::from(Serde(&manage::list(&daemun, &call).await?)),
        invitations => Value::from(Serde(&invite::list(&daemun, &call).await?)),
        own => visit.signed.administrator.uuid.to_string(),
    };
    Ok(visit.page(Page::new("console/administrators.html", "section-administrators", values)))
}

/// The roles, as a choice.
fn roles(visit: &Visit<'_>) -> Vec<Vec<String>> {
    let option =
        |role: Role| vec![role.as_str().to_owned(), texts::text(visit.language(), &format!("role-{role}"))];
    Role::ALL.into_iter().map(option).collect()
}

fn invitation(visit: &Visit<'_>, failure: Option<&Failure>) -> Answer {
    let values = context! {
        typed => visit.typed(),
        roles => roles(visit),
        faults => failure.map(|failure| visit.faults(failure)),
    };
    let page = Page::new("console/administrator-invite.html", "invite-title", values);
    visit.page(match failure {
        Some(failure) => page.status(StatusCode::BAD_REQUEST).because(failure),
        None => page,
    })
}

async fn send(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) = asking(visit, "invite") {
        return Ok(answer);
    }
    let role = visit.given("role").as_deref().and_then(Role::from_name);
    let Some(role) = role else {
        return Ok(invitation(visit, Some(&Failure::invalid("role", daemun_model::Reason::NotAChoice))));
    };
    let input = Input {
        email: visit.given("email").unwrap_or_default(),
        name: visit.given("name").unwrap_or_default(),
        role,
        language: visit.given("language").as_deref().and_then(Language::from_tag),
    };
    let email = input.email.clone();
    match invite(visit.daemun(), own_call(visit), input).await {
        Ok(made) => Ok(link(visit, &made, ("invited-text", &email))),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused { code: Code::EmailTaken, .. })) => {
            Ok(invitation(visit, Some(&failure)))
        }
        Err(failure) => Err(failure),
    }
}

/// The page that shows a link, this once.
fn link(visit: &Visit<'_>, made: &Made, (text, email): (&str, &str)) -> Answer {
    let values = context! {
        url => &made.url,
        expires_at => Value::from(Serde(&made.expires_at)),
        text,
        email,
    };
    visit.page(Page::new("console/administrator-link.html", "link-made-title", values))
}

async fn withdraw(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let email = visit.given("email").unwrap_or_default();
    invite::withdraw(visit.daemun(), own_call(visit), &email).await?;
    Ok(visit.done("/administrators", "invitation-withdrawn"))
}

async fn find(visit: &Visit<'_>, uuid: &str) -> Result<Administrator, Failure> {
    manage::find(&visit.daemun(), &own_call(visit), uuid).await
}

async fn one(visit: &Visit<'_>, uuid: &str, told: Option<&str>) -> Result<Answer, Failure> {
    let found = find(visit, uuid).await?;
    let values = context! {
        administrator => Value::from(Serde(&found)),
        roles => roles(visit),
        oneself => found.uuid == visit.signed.administrator.uuid,
        told => told.map(|key| texts::text(visit.language(), key)),
    };
    let page = Page::new("console/administrator.html", "section-administrators", values).titled(found.name);
    let status = if told.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(visit.page(page.status(status)))
}

async fn act_on(visit: &Visit<'_>, uuid: &str, act: &str) -> Result<Answer, Failure> {
    let found = find(visit, uuid).await?;
    let (daemun, call, id) = (visit.daemun(), own_call(visit), found.uuid);
    let path = format!("/administrators/{id}");
    let done = match act {
        "role" => {
            let role = visit.given("role").as_deref().and_then(Role::from_name);
            let role = role.ok_or_else(|| Failure::invalid("role", daemun_model::Reason::NotAChoice))?;
            manage::change_role(daemun, call, id, role).await.map(|()| visit.done(&path, "role-changed"))
        }
        "end-sessions" => {
            manage::end_sessions(daemun, call, id).await.map(|_| visit.done(&path, "administrator-sessions"))
        }
        "disable" => manage::disable(daemun, call, id).await.map(|()| visit.done(&path, "disabled")),
        _ => match manage::reset(daemun, call, id).await {
            Ok(made) => Ok(link(visit, &made, ("reset-text", &found.email))),
            Err(failure) => Err(failure),
        },
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(failure) if is_last_owner(&failure) => one(visit, uuid, Some("last-owner")).await,
        Err(Failure::Refused { code: Code::SelfNotAllowed, .. }) => {
            one(visit, uuid, Some("reset-oneself")).await
        }
        Err(failure) => Err(failure),
    }
}

fn is_last_owner(failure: &Failure) -> bool {
    match (failure, &LAST_OWNER) {
        (
            Failure::Refused { field: Some(field), code },
            Failure::Refused { field: Some(rule), code: refused },
        ) => field == rule && code == refused,
        _ => false,
    }
}
