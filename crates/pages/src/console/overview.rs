//! The first screen: what happens in each app, and where somebody waits.

mod plot;

use daemun_model::app::Approval;
use daemun_model::{App, Code, Failure, Permission};
use daemun_operations::statistics::overview;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use std::sync::Arc;

use super::CONSOLE;
use super::answer::Answer;
use super::page::Page;
use super::visit::Visit;
use plot::Plot;

/// How time can be divided.
const DIVISIONS: [&str; 3] = ["day", "week", "month"];

/// One app.
#[derive(Serialize)]
struct Card<'a> {
    title: &'a str,
    mount: &'a str,
    accounts: Option<String>,
    approvals: Option<String>,
    /// How many wait for approval.
    waiting: i64,
    /// How many members there are.
    members: Option<i64>,
    /// The first and the last day of the plots.
    days: Option<(String, String)>,
    plots: Vec<Plot>,
    /// Whether anything happened in them.
    happened: bool,
    /// Whether everything is counted.
    complete: bool,
}

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    if !rest.is_empty() || visit.acts() {
        return Err(Code::RouteNotFound.into());
    }
    let by = visit.given("by");
    let by = DIVISIONS.into_iter().find(|one| by.as_deref() == Some(*one)).unwrap_or(DIVISIONS[0]);
    let mut list = Vec::with_capacity(visit.asked.apps.len());
    for app in visit.asked.apps.iter() {
        list.push(card(visit, app, by).await?);
    }
    let values = context! { list => Value::from(Serde(&list)), by, divisions => DIVISIONS };
    Ok(visit.page(Page::new("console/overview.html", "section-overview", values)))
}

async fn card<'a>(visit: &Visit<'_>, app: &'a Arc<App>, by: &str) -> Result<Card<'a>, Failure> {
    let decides = visit.may(Permission::ApprovalsRead) && app.policy.approval == Approval::Required;
    let mut card = Card {
        title: &app.title,
        mount: &app.mount,
        accounts: None,
        approvals: decides.then(|| format!("{CONSOLE}/{}/approvals", app.name)),
        waiting: 0,
        members: None,
        days: None,
        plots: Vec::new(),
        happened: false,
        complete: true,
    };
    if !visit.may(Permission::AccountsRead) {
        return Ok(card);
    }
    let input = overview::Input { by: Some(by.to_owned()), from: None, to: None };
    let call = visit.call_in(app, Permission::AccountsRead)?;
    let found = overview::overview(visit.daemun(), call, input).await?;
    card.accounts = Some(format!("{CONSOLE}/{}/accounts", app.name));
    card.waiting = if decides { found.accounts.pending } else { 0 };
    card.members = Some(found.accounts.approved);
    card.plots = Plot::all(&found);
    card.happened = card.plots.iter().any(Plot::shows_something);
    card.complete = found.complete;
    card.days = Some((found.from, found.to));
    Ok(card)
}
