//! The schools and companies that members belong to: listing, changing, bringing in and taking out.

mod bring_in;

use daemun_model::{Code, Failure, Permission};
use daemun_operations::csv;
use daemun_operations::organization::{Detailed, Row, export, list, list_all, save};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::listing::{self, pager};
use super::page::Page;
use super::refused;
use super::visit::Visit;

/// Organisations of a page.
const PAGE: usize = 100;
/// The columns of a table, as the command line reads and writes them.
const COLUMNS: [&str; 4] = ["id", "name", "region", "domains"];

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    if !rest.is_empty() && !visit.may(Permission::OrganizationsWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::OrganizationsWrite));
    }
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["export"]) => take_out(visit).await,
        (false, ["new"]) => Ok(form(visit, None, None)),
        (true, ["new"]) => keep(visit, None).await,
        (false, ["import"]) => Ok(bring_in::ask(visit)),
        (true, ["import"]) => bring_in::run(visit).await,
        (acts, [id]) => {
            let Some(found) = all(visit).await?.into_iter().find(|one| one.id == *id) else {
                return Err(Code::NotFound.into());
            };
            if acts { keep(visit, Some(&found)).await } else { Ok(form(visit, Some(&found), None)) }
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// Every organisation; their domains are shown to who may change them.
async fn all(visit: &Visit<'_>) -> Result<Vec<Detailed>, Failure> {
    if visit.may(Permission::OrganizationsWrite) {
        let call = visit.call(Permission::OrganizationsWrite)?;
        return Ok(list_all::list_all(visit.daemun(), call, list_all::Input {}).await?.organizations);
    }
    let call = visit.call(Permission::AccountsRead)?;
    let listed = list::list(visit.daemun(), call, list::Input {}).await?.organizations;
    let detailed = |one: daemun_model::Organization| Detailed {
        id: one.id,
        name: one.name,
        region: one.region,
        domains: Vec::new(),
    };
    Ok(listed.into_iter().map(detailed).collect())
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let sought = visit.given("q").map(|text| text.to_lowercase());
    let fits = |one: &Detailed| {
        sought.as_deref().is_none_or(|sought| {
            let texts = [&one.id, &one.name, &one.region].into_iter().chain(&one.domains);
            texts.into_iter().any(|text| text.to_lowercase().contains(sought))
        })
    };
    let mut found: Vec<Detailed> = all(visit).await?.into_iter().filter(fits).collect();
    let total = found.len();
    // All are in memory here: the cursor is a place in the list.
    let from = visit.given("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0).min(total);
    let next = (from + PAGE < total).then(|| (from + PAGE).to_string());
    found.drain(..from);
    found.truncate(PAGE);
    let values = context! {
        organizations => Value::from(Serde(&found)),
        total,
        pages => pager(visit, "/organizations", next),
        typed => visit.typed(),
        filtered => sought.is_some(),
        writes => visit.may(Permission::OrganizationsWrite),
        path => visit.path("/organizations"),
    };
    Ok(visit.page(Page::new("console/organizations.html", "section-organizations", values)))
}

/// All of them, as `daemun organization import` takes them.
async fn take_out(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) = visit.confirm("/organizations/export") {
        return Ok(answer);
    }
    let call = visit.call(Permission::OrganizationsWrite)?;
    let rows = export::export(visit.daemun(), call, export::Input {}).await?.organizations;
    let text: String = rows
        .iter()
        .map(|one| csv::line(&[&one.id, &one.name, &one.region, &one.domains.join(" ")]))
        .collect();
    let name = listing::file_name(visit, "organizations");
    Ok(listing::table(name, csv::line(&COLUMNS), move |_| {
        let text = text.clone();
        async move { Ok((text, None)) }
    }))
}

fn form(visit: &Visit<'_>, organization: Option<&Detailed>, failure: Option<&Failure>) -> Answer {
    let typed = match (organization, failure) {
        (Some(one), None) => context! {
            id => &one.id, name => &one.name, region => &one.region, domains => one.domains.join("\n"),
        },
        _ => visit.typed(),
    };
    let values = context! {
        organization => organization.map(|one| Value::from(Serde(one))),
        typed,
        faults => failure.map_or(context! {}, |failure| visit.faults(failure)),
        base => visit.path("/organizations"),
    };
    let page = match organization {
        None => Page::new("console/organization.html", "organizations-new-title", values),
        Some(one) => {
            Page::new("console/organization.html", "section-organizations", values).titled(&one.name)
        }
    };
    visit.page(page.status(failure.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST)))
}

async fn keep(visit: &Visit<'_>, organization: Option<&Detailed>) -> Result<Answer, Failure> {
    let form_text = |name: &str| visit.asked.form.get(name).unwrap_or_default().trim().to_owned();
    let row = Row {
        id: organization.map(|one| one.id.clone()).or_else(|| visit.given("id")),
        name: visit.given("name"),
        region: Some(form_text("region")),
        domains: Some(bring_in::domains(&form_text("domains"))),
    };
    match save::save(visit.daemun(), visit.call(Permission::OrganizationsWrite)?, row).await {
        Ok(_) => Ok(visit.done("/organizations", "organization-save")),
        Err(failure @ (Failure::Invalid(_) | Failure::Refused { .. })) => {
            Ok(form(visit, organization, Some(&failure)))
        }
        Err(failure) => Err(failure),
    }
}
