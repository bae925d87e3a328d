//! The members of an app: finding them, seeing what happened to one, and helping or stopping them.

mod acts;
mod edit;
mod show;
mod trouble;

pub(super) use show::{decision, face, files, title_of};

use daemun_model::{Account, Code, Failure, Permission, Status};
use daemun_operations::account::{export, list};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::listing;
use super::page::Page;
use super::visit::Visit;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["export"]) => take_out(visit),
        (false, [account]) => show::show(visit, account).await,
        (false, [account, "files", place]) => show::file(visit, account, place).await,
        (false, [account, "edit"]) => edit::ask(visit, account).await,
        (true, [account, "edit"]) => edit::run(visit, account).await,
        (acts, [account, act]) => {
            let act = acts::Act::from_name(act).ok_or(Code::RouteNotFound)?;
            if acts { acts::run(visit, account, act).await } else { acts::ask(visit, account, act).await }
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// What the filter wants.
///
/// # Errors
/// A day that is none, on `since` or `until`.
fn wanted(visit: &Visit<'_>) -> Result<list::Input, Failure> {
    let (created_since, created_until) = listing::days(visit, visit.zone())?;
    Ok(list::Input {
        search: visit.given("q"),
        status: visit.given("status"),
        created_since,
        created_until,
        cursor: visit.given("cursor"),
        ..list::Input::default()
    })
}

/// Accounts that somebody looks for, or the latest.
async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let found = match wanted(visit) {
        Ok(input) => list::list(visit.daemun(), visit.call(Permission::AccountsRead)?, input).await,
        Err(failure) => Err(failure),
    };
    // A filter that cannot be is shown with what is wrong with it.
    let (found, faults, status) = match found {
        Ok(found) => (Some(found), context! {}, StatusCode::OK),
        Err(failure @ Failure::Invalid(_)) => (None, visit.faults(&failure), StatusCode::BAD_REQUEST),
        Err(failure) => return Err(failure),
    };
    let elsewhere = match &found {
        Some(found) if found.accounts.is_empty() => elsewhere(visit).await?,
        _ => Vec::new(),
    };
    let filters = listing::filters(visit);
    let values = context! {
        elsewhere,
        accounts => found.as_ref().map(|found| Value::from(Serde(&found.accounts))),
        total => found.as_ref().and_then(|found| found.total),
        pages => listing::pager(visit, "/accounts", found.and_then(|found| found.page.next)),
        q => visit.given("q"),
        status => visit.given("status"),
        typed => visit.typed(),
        faults,
        filtered => !filters.is_empty(),
        statuses => [Status::Pending, Status::Approved, Status::Rejected, Status::Suspended].map(Status::as_str),
        path => visit.path("/accounts"),
        export => visit
            .may(Permission::AccountsExport)
            .then(|| visit.path(&format!("/accounts/export?{filters}"))),
    };
    Ok(visit.page(Page::new("console/accounts.html", "section-accounts", values).status(status)))
}

/// The other apps in which the same words find somebody: who calls seldom says of which app one is a member.
async fn elsewhere(visit: &Visit<'_>) -> Result<Vec<Value>, Failure> {
    let Some(q) = visit.given("q") else { return Ok(Vec::new()) };
    let here = visit.app()?.name.as_str();
    let mut found = Vec::new();
    for app in visit.asked.apps.iter().filter(|app| app.name != here) {
        let input = list::Input { search: Some(q.clone()), limit: Some(1), ..list::Input::default() };
        let call = visit.call_in(app, Permission::AccountsRead)?;
        if list::list(visit.daemun(), call, input).await?.accounts.is_empty() {
            continue;
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &q);
        let href = format!("{}/{}/accounts?{}", super::CONSOLE, app.name, query.finish());
        found.push(context! { title => &app.title, href });
    }
    Ok(found)
}

/// What the filter finds, all of it, as a table.
fn take_out(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let call = visit.call(Permission::AccountsExport)?;
    if let Some(answer) = visit.confirm(&format!("/accounts/export?{}", listing::filters(visit))) {
        return Ok(answer);
    }
    let daemun = visit.daemun();
    // What is wrong with the filter is told before the file begins.
    let wanted = wanted(visit)?;
    Ok(listing::table(listing::file_name(visit, "accounts"), String::new(), move |cursor| {
        let (daemun, call) = (daemun.clone(), call.clone());
        let input = export::Input {
            search: wanted.search.clone(),
            status: wanted.status.clone(),
            created_since: wanted.created_since,
            created_until: wanted.created_until,
            cursor,
            ..export::Input::default()
        };
        async move {
            let part = export::export(daemun, call, input).await?;
            Ok((part.text, part.page.next))
        }
    }))
}

/// The account that a path or a search names, as it is now.
async fn read(visit: &Visit<'_>, account: &str) -> Result<Account, Failure> {
    let input = daemun_operations::account::find::Input { account: Some(account.to_owned()) };
    Ok(daemun_operations::account::find::find(visit.daemun(), visit.call(Permission::AccountsRead)?, input)
        .await?
        .account)
}
