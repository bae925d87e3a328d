//! Points: what a member was given and why, and giving them.

use std::collections::{BTreeMap, BTreeSet};

use daemun_model::{Account, Code, Failure, Permission, Reason};
use daemun_operations::account::{find, list};
use daemun_operations::point::{grant, ledger};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::accounts::title_of;
use super::answer::Answer;
use super::listing::{self, pager};
use super::page::Page;
use super::refused;
use super::visit::Visit;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => index(visit, None).await,
        (true, ["grant"]) => give(visit).await,
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// A box to find a member, and what was given to all; with one, their ledger and a form to give points.
async fn index(visit: &Visit<'_>, refused: Option<&Failure>) -> Result<Answer, Failure> {
    let mut faults = refused.map_or(context! {}, |failure| visit.faults(failure));
    let mut status = refused.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    let found = match visit.given("account") {
        None => ledger_of(visit, None).await.map(|ledger| (None, ledger)),
        Some(named) => whose(visit, &named).await.map(|(account, ledger)| (Some(account), ledger)),
    };
    let (account, ledger) = match found {
        Ok((account, ledger)) => (account, Some(ledger)),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused { .. })) => {
            faults = visit.faults(&failure);
            status = match failure {
                Failure::Invalid(_) => StatusCode::BAD_REQUEST,
                _ => StatusCode::NOT_FOUND,
            };
            (None, None)
        }
        Err(failure) => return Err(failure),
    };
    let entries = ledger.iter().flat_map(|ledger| &ledger.entries);
    let operators: BTreeSet<String> = entries.filter_map(|entry| entry.by.clone()).collect();
    let names = listing::names(visit, operators).await?;
    let members = match account {
        None => members(visit, ledger.as_ref()).await?,
        Some(_) => BTreeMap::new(),
    };
    let next = ledger.as_ref().and_then(|ledger| ledger.page.next.clone());
    let values = context! {
        account => account.as_ref().map(|account| Value::from(Serde(account))),
        names,
        members => Value::from(Serde(&members)),
        filtered => !listing::filters(visit).is_empty() && !visit.acts(),
        who => account.as_ref().map(title_of),
        ledger => ledger.as_ref().map(|ledger| Value::from(Serde(ledger))),
        pages => pager(visit, "/points", next),
        writes => visit.may(Permission::PointsWrite),
        // Two clicks on a button, or a page that is sent again, give once.
        once => once(visit),
        typed => visit.typed(),
        faults,
        path => visit.path("/points"),
        accounts => visit.path("/accounts"),
    };
    Ok(visit.page(Page::new("console/points.html", "section-points", values).status(status)))
}

/// What the accounts of a ledger are called, by their numbers: those that are still there.
async fn members(
    visit: &Visit<'_>,
    ledger: Option<&ledger::Output>,
) -> Result<BTreeMap<i64, String>, Failure> {
    let entries = ledger.iter().flat_map(|ledger| &ledger.entries);
    let numbers: BTreeSet<i64> = entries.map(|entry| entry.account).collect();
    if numbers.is_empty() || !visit.may(Permission::AccountsRead) {
        return Ok(BTreeMap::new());
    }
    let numbers: Vec<i64> = numbers.into_iter().collect();
    let found = list::numbered(&visit.daemun(), visit.app()?, &numbers).await?;
    Ok(found.iter().map(|account| (account.id, title_of(account))).collect())
}

/// The name of the grant that the form would make.
fn once(visit: &Visit<'_>) -> String {
    let before = visit.given("idempotency_key").filter(|_| visit.acts());
    before.unwrap_or_else(|| visit.asked.daemun.random.uuid_v4().to_string())
}

async fn whose(visit: &Visit<'_>, named: &str) -> Result<(Account, ledger::Output), Failure> {
    let input = find::Input { account: Some(named.to_owned()) };
    let found = find::find(visit.daemun(), visit.call(Permission::AccountsRead)?, input).await?;
    let ledger = ledger_of(visit, Some(found.account.uuid.to_string())).await?;
    Ok((found.account, ledger))
}

/// A page of the ledger of an account, or of the whole app.
async fn ledger_of(visit: &Visit<'_>, account: Option<String>) -> Result<ledger::Output, Failure> {
    // After an act there is no page of the ledger to go on from.
    let cursor = visit.given("cursor").filter(|_| !visit.acts());
    let (since, until) = if visit.acts() { (None, None) } else { listing::days(visit, visit.zone())? };
    let input = ledger::Input { account, since, until, cursor, limit: None };
    ledger::ledger(visit.daemun(), visit.call(Permission::PointsRead)?, input).await
}

async fn give(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if !visit.may(Permission::PointsWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::PointsWrite));
    }
    let amount = visit.given("amount").map(|amount| amount.replace([',', ' '], "").replace('−', "-"));
    let amount = match amount.map(|amount| amount.parse::<i64>()).transpose() {
        Ok(amount) => amount,
        Err(_) => {
            let failure = Failure::invalid("amount", Reason::Malformed);
            return index(visit, Some(&failure)).await;
        }
    };
    let input = grant::Input {
        account: visit.given("account"),
        amount,
        reason: visit.given("reason"),
        idempotency_key: visit.given("idempotency_key").map(|key| format!("console:{key}")),
    };
    match grant::grant(visit.daemun(), visit.call(Permission::PointsWrite)?, input).await {
        Ok(_) => {
            let account = visit.given("account").unwrap_or_default();
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let query = query.append_pair("account", &account).finish();
            Ok(visit.done(&format!("/points?{query}"), "points"))
        }
        Err(failure @ (Failure::Invalid(_) | Failure::Refused { .. })) => index(visit, Some(&failure)).await,
        Err(failure) => Err(failure),
    }
}
