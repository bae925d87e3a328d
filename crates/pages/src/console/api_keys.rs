//! The keys of programs that act on an app's accounts, and of those that run the server. Who comes here has proven just now that they are still themselves.

use daemun_model::{Code, Failure, Permission, Reason};
use daemun_operations::api_key::{Listed, create, list, revoke};
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::page::Page;
use super::section::Section;
use super::visit::Visit;

/// Where the keys are: of the app of the path, else of the server.
fn base(visit: &Visit<'_>) -> String {
    let section = if visit.app.is_some() { Section::ApiKeys } else { Section::ServerKeys };
    format!("/{}", section.name())
}

/// The name of the text that is about keys of an app, or of that about keys of the server.
fn text<'t>(visit: &Visit<'_>, of_app: &'t str, of_server: &'t str) -> &'t str {
    if visit.app.is_some() { of_app } else { of_server }
}

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    if !rest.is_empty()
        && let Some(answer) = visit.confirm(&format!("{}/{}", base(visit), rest.join("/")))
    {
        return Ok(answer);
    }
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["new"]) => Ok(form(visit, None)),
        (true, ["new"]) => make(visit).await,
        (false, [id, "revoke"]) => {
            let values = context! {
                key => Value::from(Serde(&find(visit, id).await?)),
                base => visit.path(&base(visit)),
            section => text(visit, "section-api-keys", "section-server-keys"),
            };
            Ok(visit.page(Page::new("console/api-key-revoke.html", "api-keys-revoke-title", values)))
        }
        (true, [id, "revoke"]) => {
            let input = revoke::Input { id: Some((*id).to_owned()), of: None };
            revoke::revoke(visit.daemun(), visit.call(Permission::ApiKeysWrite)?, input).await?;
            Ok(visit.done(&base(visit), "api-key-revoke"))
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

async fn all(visit: &Visit<'_>) -> Result<Vec<Listed>, Failure> {
    let call = visit.call(Permission::ApiKeysWrite)?;
    Ok(list::list(visit.daemun(), call, list::Input { of: None }).await?.api_keys)
}

async fn find(visit: &Visit<'_>, id: &str) -> Result<Listed, Failure> {
    all(visit).await?.into_iter().find(|key| key.id == id).ok_or_else(|| Code::NotFound.into())
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let values = context! {
        keys => Value::from(Serde(&all(visit).await?)),
        docs => visit.app.as_ref().map(|app| format!("{}/admin/docs", app.public_url)),
        none_text => text(visit, "api-keys-none-text", "server-keys-none-text"),
        path => visit.path(&base(visit)),
    };
    Ok(visit.page(Page::new(
        "console/api-keys.html",
        text(visit, "section-api-keys", "section-server-keys"),
        values,
    )))
}

/// What was ticked.
fn ticked(visit: &Visit<'_>) -> Vec<String> {
    let fields = visit.asked.form.iter().filter(|(name, _)| *name == "permissions");
    fields.map(|(_, value)| value.to_owned()).collect()
}

fn form(visit: &Visit<'_>, failure: Option<&Failure>) -> Answer {
    let ticked = ticked(visit);
    let permissions: Vec<Value> = Permission::ALL
        .into_iter()
        .filter(|permission| {
            (visit.app.is_none() || permission.suits_keys_of_apps()) && visit.may(*permission)
        })
        .map(|permission| {
            let name = permission.as_str();
            let text = format!("permission-{}", name.replace([':', '_'], "-"));
            context! { name, text, ticked => ticked.iter().any(|one| one == name) }
        })
        .collect();
    let values = context! {
        permissions,
        faults => failure.map_or(context! {}, |failure| visit.faults(failure)),
        typed => visit.typed(),
        days => text(visit, "365", "90"),
        days_hint => text(visit, "api-keys-days-hint", "server-keys-days-hint"),
        warning => visit.app.is_none().then_some("server-keys-warning"),
        base => visit.path(&base(visit)),
            section => text(visit, "section-api-keys", "section-server-keys"),
    };
    let page = Page::new("console/api-key-new.html", "api-keys-new-title", values);
    visit.page(page.status(failure.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST)))
}

/// Makes a key, and shows its secret this once.
async fn make(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let days = visit.given("expires_in_days").map(|days| days.parse::<i64>()).transpose();
    let Ok(days) = days else {
        return Ok(form(visit, Some(&Failure::invalid("expires_in_days", Reason::Malformed))));
    };
    let input = create::Input {
        name: visit.given("name"),
        permissions: Some(ticked(visit)),
        expires_in_days: days,
        of: None,
    };
    match create::create(visit.daemun(), visit.call(Permission::ApiKeysWrite)?, input).await {
        Ok(made) => {
            let values = context! {
                key => Value::from(Serde(&made.api_key)),
                secret => made.secret,
                base => visit.path(&base(visit)),
            section => text(visit, "section-api-keys", "section-server-keys"),
            };
            Ok(visit.page(Page::new("console/api-key-made.html", "api-keys-made-title", values)))
        }
        Err(failure @ Failure::Invalid(_)) => Ok(form(visit, Some(&failure))),
        Err(failure) => Err(failure),
    }
}
