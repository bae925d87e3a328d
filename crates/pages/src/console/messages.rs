//! Mails and text messages: how far each is, what went wrong, and sending one again.

use daemun_model::{Code, Failure, Permission};
use daemun_operations::outbox::{retry, search, show};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::listing::{self, pager};
use super::page::Page;
use super::visit::Visit;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, [id]) => one(visit, id).await,
        (true, [id, "retry"]) => send_again(visit, id).await,
        _ => Err(Code::RouteNotFound.into()),
    }
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let input = search::Input {
        to: visit.given("to"),
        account: visit.given("account"),
        state: visit.given("state"),
        cursor: visit.given("cursor"),
        limit: None,
    };
    let found = search::search(visit.daemun(), visit.call(Permission::OutboxRead)?, input).await;
    let (found, faults, status) = match found {
        Ok(found) => (Some(found), context! {}, StatusCode::OK),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused { .. })) => {
            (None, visit.faults(&failure), StatusCode::BAD_REQUEST)
        }
        Err(failure) => return Err(failure),
    };
    let values = context! {
        messages => found.as_ref().map(|found| Value::from(Serde(&found.messages))),
        pages => pager(visit, "/messages", found.and_then(|found| found.page.next)),
        filtered => !listing::filters(visit).is_empty(),
        typed => visit.typed(),
        faults,
        states => ["waiting", "sent", "failed"],
        path => visit.path("/messages"),
    };
    Ok(visit.page(Page::new("console/messages.html", "section-messages", values).status(status)))
}

async fn one(visit: &Visit<'_>, id: &str) -> Result<Answer, Failure> {
    let input = show::Input { id: Some(id.to_owned()) };
    let found = show::show(visit.daemun(), visit.call(Permission::OutboxRead)?, input).await;
    // Who typed no identifier looks for something that is not there.
    let message = found.map_err(|failure| match failure {
        Failure::Invalid(_) => Code::NotFound.into(),
        other => other,
    })?;
    let message = message.message;
    let title = message.subject.clone().unwrap_or_else(|| message.template.clone());
    let values = context! {
        message => Value::from(Serde(&message)),
        retries => message.can_retry && visit.may(Permission::OutboxWrite),
        path => visit.path(&format!("/messages/{id}")),
        base => visit.path("/messages"),
        accounts => visit.path("/accounts"),
    };
    Ok(visit.page(Page::new("console/message.html", "section-messages", values).titled(title)))
}

async fn send_again(visit: &Visit<'_>, id: &str) -> Result<Answer, Failure> {
    let input = show::Input { id: Some(id.to_owned()) };
    retry::retry(visit.daemun(), visit.call(Permission::OutboxWrite)?, input).await?;
    Ok(visit.done(&format!("/messages/{id}"), "message-retry"))
}
