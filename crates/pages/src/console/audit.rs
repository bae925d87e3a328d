//! The audit of an app, or of the server: who did what, on whom, from where.

use std::collections::BTreeSet;

use daemun_model::{Code, Failure, Permission};
use daemun_operations::audit::{export, search};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::listing::{self, pager};
use super::page::Page;
use super::section::Section;
use super::visit::Visit;

/// Where the audit is: of the app of the path, else of the server.
fn section(visit: &Visit<'_>) -> Section {
    if visit.app.is_some() { Section::Audit } else { Section::ServerAudit }
}

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["export"]) => take_out(visit),
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// The filter that is wanted.
fn filter(visit: &Visit<'_>) -> Result<search::Input, Failure> {
    let (since, until) = listing::days(visit, visit.zone())?;
    Ok(search::Input {
        act: visit.given("act"),
        outcome: visit.given("outcome"),
        actor: visit.given("actor"),
        account: visit.given("account"),
        since,
        until,
        cursor: visit.given("cursor"),
        limit: None,
        of: None,
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
    let here = format!("/{}", section(visit).name());
    let lines = || found.iter().flat_map(|found| &found.lines);
    let mut people: BTreeSet<String> = lines().filter_map(|line| line.actor.clone()).collect();
    if visit.app.is_none() {
        // Whom something was done to is an administrator here, too.
        people.extend(
            lines().filter_map(|line| line.account.as_ref()).map(|uuid| format!("administrator:{uuid}")),
        );
    }
    let names = listing::names(visit, people).await?;
    let values = context! {
        names,
        lines => found.as_ref().map(|found| Value::from(Serde(&found.lines))),
        pages => pager(visit, &here, found.and_then(|found| found.page.next)),
        filtered => !filters.is_empty(),
        typed => visit.typed(),
        faults,
        path => visit.path(&here),
        of_server => visit.app.is_none(),
        accounts => match &visit.app {
            Some(_) => Some(visit.path("/accounts")),
            None => visit.may(Permission::AdministratorsWrite).then(|| visit.path("/administrators")),
        },
        export => visit.path(&format!("{here}/export?{filters}")),
    };
    let title = if visit.app.is_some() { "section-audit" } else { "section-server-audit" };
    Ok(visit.page(Page::new("console/audit.html", title, values).status(status)))
}

/// What the filter finds, all of it, as a table.
fn take_out(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) =
        visit.confirm(&format!("/{}/export?{}", section(visit).name(), listing::filters(visit)))
    {
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
            of: None,
        };
        async move {
            let part = export::export(daemun, call, input).await?;
            Ok((part.text, part.page.next))
        }
    }))
}
