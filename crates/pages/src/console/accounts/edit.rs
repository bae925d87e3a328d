//! Changing an account's profile.

use daemun_model::app::AttributeKind;
use daemun_model::{Account, App, Failure, Permission};
use daemun_operations::Change;
use daemun_operations::account::edit;
use http::StatusCode;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use serde_json::Map;

use super::super::answer::Answer;
use super::super::page::Page;
use super::super::refused;
use super::super::visit::Visit;
use super::show::title_of;

/// What stands before the name of an attribute in the form: none of them hides a field of the profile.
const ATTRIBUTE: &str = "attribute-";

/// An attribute's input.
#[derive(Serialize)]
struct Input {
    name: String,
    label: String,
    value: String,
    kind: &'static str,
    choices: Vec<String>,
}

/// The form.
pub(super) async fn ask(visit: &Visit<'_>, account: &str) -> Result<Answer, Failure> {
    if !visit.may(Permission::AccountsWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::AccountsWrite));
    }
    let account = super::read(visit, account).await?;
    form(visit, &account, (StatusCode::OK, Value::UNDEFINED))
}

/// The change; the form again where something is wrong.
pub(super) async fn run(visit: &Visit<'_>, account: &str) -> Result<Answer, Failure> {
    if !visit.may(Permission::AccountsWrite) {
        return Ok(refused::forbidden(&visit.frame(), Permission::AccountsWrite));
    }
    let account = super::read(visit, account).await?;
    let app = visit.app()?;
    let input = read(visit, app, &account);
    match edit::edit(visit.daemun(), visit.call(Permission::AccountsWrite)?, input).await {
        Ok(_) => Ok(visit.done(&format!("/accounts/{}", account.uuid), "edit")),
        Err(failure) => {
            let faults = visit.faults(&failure);
            if faults.len() == Some(0) {
                return Err(failure);
            }
            form(visit, &account, (StatusCode::BAD_REQUEST, faults))
        }
    }
}

fn form(
    visit: &Visit<'_>,
    account: &Account,
    (status, faults): (StatusCode, Value),
) -> Result<Answer, Failure> {
    let app = visit.app()?;
    let shown = |name: &String, kind: &AttributeKind| {
        let value = match account.attributes.get(name) {
            None | Some(serde_json::Value::Null) => String::new(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let (kind, choices) = match kind {
            AttributeKind::String { choices, .. } if !choices.is_empty() => ("choice", choices.clone()),
            AttributeKind::Boolean => ("choice", vec!["true".to_owned(), "false".to_owned()]),
            AttributeKind::String { .. } => ("text", Vec::new()),
            AttributeKind::Integer { .. } | AttributeKind::Number => ("number", Vec::new()),
            AttributeKind::Date => ("date", Vec::new()),
        };
        Input { name: format!("{ATTRIBUTE}{name}"), label: name.clone(), value, kind, choices }
    };
    let attributes: Vec<_> =
        app.attributes.iter().map(|(name, attribute)| shown(name, &attribute.kind)).collect();
    let values = context! {
        account => Value::from(Serde(account)),
        who => title_of(account),
        attributes => Value::from(Serde(&attributes)),
        // What was typed, and where the form is opened what is there.
        typed => if visit.acts() { visit.typed() } else { Value::from(Serde(account)) },
        again => visit.acts(),
        faults,
        path => visit.path(&format!("/accounts/{}", account.uuid)),
        base => visit.path("/accounts"),
    };
    Ok(visit.page(Page::new("console/account-edit.html", "act-edit-title", values).status(status)))
}

/// What was changed, against what is there: a field that stays is not named, so that nothing that hangs on it ends.
fn read(visit: &Visit<'_>, app: &App, account: &Account) -> edit::Input {
    let change = |name: &str, there: &Option<String>| match (visit.given(name), there) {
        (Some(typed), there) if there.as_deref().map(str::trim) != Some(&typed) => Change::Set(typed),
        (None, Some(there)) if !there.is_empty() => Change::Clear,
        _ => Change::Keep,
    };
    let ticked = |name: &str, there: bool| {
        let ticked = visit.given(name).is_some();
        (ticked != there).then_some(ticked)
    };
    edit::Input {
        account: Some(account.uuid.to_string()),
        email: change("email", &account.email),
        email_verified: ticked("email_verified", account.email_verified),
        phone_number: change("phone_number", &account.phone_number),
        phone_number_verified: ticked("phone_number_verified", account.phone_number_verified),
        preferred_username: change("preferred_username", &account.preferred_username),
        name: change("name", &account.name),
        given_name: change("given_name", &account.given_name),
        family_name: change("family_name", &account.family_name),
        nickname: change("nickname", &account.nickname),
        birthdate: change("birthdate", &account.birthdate),
        gender: change("gender", &account.gender),
        locale: change("locale", &account.locale),
        attributes: attributes(visit, app, account),
        ..edit::Input::default()
    }
}

/// The attributes that were changed.
fn attributes(visit: &Visit<'_>, app: &App, account: &Account) -> Change<Map<String, serde_json::Value>> {
    let mut changed = Map::new();
    for (name, attribute) in &app.attributes {
        let typed = match (visit.given(&format!("{ATTRIBUTE}{name}")), &attribute.kind) {
            (None, _) => serde_json::Value::Null,
            (Some(text), AttributeKind::String { .. } | AttributeKind::Date) => text.into(),
            // What is no number or truth stays text, at which the operation finds fault.
            (Some(text), AttributeKind::Boolean | AttributeKind::Integer { .. } | AttributeKind::Number) => {
                serde_json::from_str(&text).unwrap_or_else(|_| text.into())
            }
        };
        if account.attributes.get(name).unwrap_or(&serde_json::Value::Null) != &typed {
            changed.insert(name.clone(), typed);
        }
    }
    if changed.is_empty() { Change::Keep } else { Change::Set(changed) }
}
