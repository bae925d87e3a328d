//! The first screen: the apps, and where somebody waits.

use daemun_model::app::Approval;
use daemun_model::{App, Code, Failure, Permission};
use daemun_operations::approval::list;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use std::sync::Arc;

use super::CONSOLE;
use super::answer::Answer;
use super::page::Page;
use super::visit::Visit;

/// One app.
#[derive(Serialize)]
struct Card<'a> {
    title: &'a str,
    mount: &'a str,
    accounts: Option<String>,
    approvals: Option<String>,
    /// How many wait, where any do.
    waiting: Option<i64>,
}

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    if !rest.is_empty() || visit.acts() {
        return Err(Code::RouteNotFound.into());
    }
    let mut list = Vec::with_capacity(visit.asked.apps.len());
    for app in visit.asked.apps.iter() {
        list.push(card(visit, app).await?);
    }
    let values = context! { list => Value::from(Serde(&list)) };
    Ok(visit.page(Page::new("console/overview.html", "section-overview", values)))
}

async fn card<'a>(visit: &Visit<'_>, app: &'a Arc<App>) -> Result<Card<'a>, Failure> {
    let reads = visit.may(Permission::AccountsRead);
    let decides = visit.may(Permission::ApprovalsRead) && app.policy.approval == Approval::Required;
    Ok(Card {
        title: &app.title,
        mount: &app.mount,
        accounts: reads.then(|| format!("{CONSOLE}/{}/accounts", app.name)),
        approvals: decides.then(|| format!("{CONSOLE}/{}/approvals", app.name)),
        waiting: if decides { waiting(visit, app).await? } else { None },
    })
}

async fn waiting(visit: &Visit<'_>, app: &Arc<App>) -> Result<Option<i64>, Failure> {
    let input = list::Input { limit: Some(1), ..list::Input::default() };
    let call = visit.call_in(app, Permission::ApprovalsRead)?;
    let waiting = list::list(visit.daemun(), call, input).await?.total;
    Ok((waiting > 0).then_some(waiting))
}
