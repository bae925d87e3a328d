//! How the server does, and the signing keys of its apps.

use std::sync::Arc;

use daemun_model::{App, Code, Failure, Permission};
use daemun_operations::keys;
use daemun_operations::system::show;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::Answer;
use super::page::Page;
use super::refused;
use super::visit::Visit;

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    if !rest.is_empty() {
        if !visit.may(Permission::SystemWrite) {
            return Ok(refused::forbidden(&visit.frame(), Permission::SystemWrite));
        }
        if let Some(answer) = visit.confirm(&format!("/system/{}", rest.join("/"))) {
            return Ok(answer);
        }
    }
    match (visit.acts(), rest) {
        (false, []) => index(visit).await,
        (false, ["keys", app, "rotate"]) => Ok(ask(visit, find(visit, app)?, None)),
        (true, ["keys", app, "rotate"]) => {
            let call = visit.call_in(find(visit, app)?, Permission::SystemWrite)?;
            keys::rotate(&visit.daemun(), &call).await?;
            Ok(visit.done("/system", "key-rotate"))
        }
        (false, ["keys", app, kid, "revoke"]) => {
            let app = find(visit, app)?;
            let call = visit.call_in(app, Permission::SystemRead)?;
            let listed = keys::list(&visit.daemun(), &call).await?;
            let key = listed.into_iter().find(|key| key.kid == *kid).ok_or(Code::NotFound)?;
            Ok(ask(visit, app, Some(&key)))
        }
        (true, ["keys", app, kid, "revoke"]) => {
            let call = visit.call_in(find(visit, app)?, Permission::SystemWrite)?;
            keys::revoke(&visit.daemun(), &call, kid).await?;
            Ok(visit.done("/system", "key-revoke"))
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

fn find<'v>(visit: &'v Visit<'_>, name: &str) -> Result<&'v Arc<App>, Failure> {
    visit.asked.apps.iter().find(|app| app.name == name).ok_or_else(|| Code::NotFound.into())
}

async fn index(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let call = visit.call(Permission::SystemRead)?;
    let shown = show::show(visit.daemun(), call, show::Input {}).await?;
    let mut apps = Vec::with_capacity(shown.keys.len());
    for one in &shown.keys {
        apps.push(context! {
            name => &one.app,
            title => &find(visit, &one.app)?.title,
            // A key that is published and waits would be passed over.
            rotates => !one.keys.iter().any(|key| key.state == keys::State::Next),
            keys => Value::from(Serde(&one.keys)),
        });
    }
    let values = context! {
        system => Value::from(Serde(&shown)),
        keys => apps,
        writes => visit.may(Permission::SystemWrite),
        path => visit.path("/system"),
    };
    Ok(visit.page(Page::new("console/system.html", "section-system", values)))
}

/// The page that asks before a key is made or taken out.
fn ask(visit: &Visit<'_>, app: &App, key: Option<&keys::Listed>) -> Answer {
    let (title, action) = match key {
        None => ("key-rotate-title", format!("/system/keys/{}/rotate", app.name)),
        Some(key) => ("key-revoke-title", format!("/system/keys/{}/{}/revoke", app.name, key.kid)),
    };
    let values = context! {
        title_of_app => &app.title,
        key => key.map(|key| Value::from(Serde(key))),
        minutes => visit.asked.daemun.settings.key_publication / 60,
        action => visit.path(&action),
        base => visit.path("/system"),
    };
    visit.page(Page::new("console/key-act.html", title, values))
}
