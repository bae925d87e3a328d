//! The audit of an app: who did what, on whom, from where.

use std::collections::BTreeSet;

use daemun_model::{Code, Failure, Permission};
use daemun_operations::audit::{export, search};
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
        (false, ["export"]) => take_out(visit),
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// The filter that is wanted.
fn filter(visit: &Visit<'_>) -> Result<search::Input, Failure> {
    let (since, until) = listing::days(visit, visit.app()?.timezone)?;
    Ok(search::Input {
        act: visit.given("act"),
        outcome: visit.given("outcome"),
        actor: visit.given("actor"),
        account: visit.given("account"),
        since,
        until,
        cursor: visit.given("cursor"),
        limit: None,
    })
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let found = match filter(visit) {
        Ok(input) => search::search(visit.daemun(), visit.call(Permission::AuditRead)?, input).await,
        Err(failure) => Err(failure),
    };
    // A filter that cannot be is shown with what is wrong with it.
    let (found, faults, status) = match found {
        Ok(found) => (Some(found), context! {}, StatusCode::OK),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused { .. })) => {
            (None, visit.faults(&failure), StatusCode::BAD_REQUEST)
        }
        Err(failure) => return Err(failure),
    };
    let filters = listing::filters(visit);
    let actors: BTreeSet<String> =
        found.iter().flat_map(|found| &found.lines).filter_map(|line| line.actor.clone()).collect();
    let names = listing::names(visit, actors).await?;
    let values = context! {
        names,
        lines => found.as_ref().map(|found| Value::from(Serde(&found.lines))),
        pages => pager(visit, "/audit", found.and_then(|found| found.page.next)),
        filtered => !filters.is_empty(),
        typed => visit.typed(),
        faults,
        path => visit.path("/audit"),
        accounts => visit.path("/accounts"),
        export => visit.path(&format!("/audit/export?{filters}")),
    };
    Ok(visit.page(Page::new("console/audit.html", "section-audit", values).status(status)))
}

/// What the filter finds, all of it, as a table.
fn take_out(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) = visit.confirm(&format!("/audit/export?{}", listing::filters(visit))) {
        return Ok(answer);
    }
    let call = visit.call(Permission::AuditRead)?;
    // What is wrong with the filter is told before the file begins.
    let wanted = filter(visit)?;
    let daemun = visit.daemun();
    Ok(listing::table(listing::file_name(visit, "audit"), String::new(), move |cursor| {
        let (daemun, call) = (daemun.clone(), call.clone());
        let input = export::Input {
            format: None,
            act: wanted.act.clone(),
            outcome: wanted.outcome.clone(),
            actor: wanted.actor.clone(),
            account: wanted.account.clone(),
            since: wanted.since,
            until: wanted.until,
            cursor,
            limit: None,
        };
        async move {
            let part = export::export(daemun, call, input).await?;
            Ok((part.text, part.page.next))
        }
    }))
}
