//! Coming in by a link: password, authenticator app and, when that is done, the recovery codes.

use daemun_model::{Code, Failure};
use daemun_operations::administrator::join::{self, Input, draft, look_at};
use daemun_operations::administrator::links::Way;
use http::StatusCode;
use minijinja::{Value, context};

use super::super::CONSOLE;
use super::super::answer::Answer;
use super::super::asked::Asked;
use super::super::page::Page;
use super::super::refused;
use super::{call, faults, is_forms, qr, recovery_codes, status_of, typed};
use crate::texts;

/// The token of the link, or of the form that it led to.
fn token(asked: &Asked) -> &str {
    asked.form.get("token").or_else(|| asked.query.get("token")).unwrap_or_default()
}

/// The form, or the news that the link is dead. Opening it spends nothing.
pub(super) async fn show(asked: &Asked, page: &str) -> Result<Answer, Failure> {
    form(asked, page, None).await
}

async fn form(asked: &Asked, page: &str, failure: Option<&Failure>) -> Result<Answer, Failure> {
    let Some(way) = look_at(&asked.daemun, token(asked)).await? else { return Ok(dead(asked)) };
    let (title, email, name) = match &way {
        Way::SetUp => ("set-up-title", None, None),
        Way::Invitation { email, name, .. } => ("join-title", Some(email.as_str()), Some(name.as_str())),
        Way::Reset { email, name } => ("set-up-again-title", Some(email.as_str()), Some(name.as_str())),
    };
    // Whose address is not known yet: the app shows where it is for.
    let label = email.map_or_else(|| host(asked), str::to_owned);
    let draft = draft(&asked.daemun, token(asked), (asked.form.get("draft"), &label))?;
    let again = failure.is_some();
    let values = context! {
        page,
        way => match &way { Way::SetUp => "set-up", Way::Invitation { .. } => "join", Way::Reset { .. } => "again" },
        role => match &way {
            Way::SetUp => Some("owner"),
            Way::Invitation { role, .. } => Some(role.as_str()),
            Way::Reset { .. } => None,
        },
        fixed_email => email,
        token => token(asked),
        email => typed(asked, "email"),
        name => if again { typed(asked, "name") } else { name.unwrap_or_default() },
        draft => &draft.sealed,
        secret => &draft.secret,
        uri => &draft.uri,
        qr => qr(&draft.uri)?,
        faults => failure.map_or(Value::UNDEFINED, |failure| faults(asked, failure)),
    };
    let page = Page::new("console/enter-join.html", title, values);
    Ok(match failure {
        Some(failure) => page.status(status_of(failure)).because(failure),
        None => page,
    }
    .render(&asked.frame()))
}

fn host(asked: &Asked) -> String {
    let url = url::Url::parse(&asked.daemun.settings.console.url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "console".to_owned())
}

fn dead(asked: &Asked) -> Answer {
    let values = context! { mood => "bad", text => texts::text(asked.language, "link-dead-text") };
    Page::new("console/notice.html", "link-dead-title", values)
        .status(StatusCode::GONE)
        .because(&Code::TokenInvalid.into())
        .render(&asked.frame())
}

/// Comes in.
pub(super) async fn act(asked: &Asked, page: &str) -> Result<Answer, Failure> {
    let text = |name: &str| typed(asked, name).to_owned();
    let input = Input {
        token: token(asked).to_owned(),
        email: text("email"),
        name: text("name"),
        password: text("password"),
        password_again: text("password_again"),
        draft: text("draft"),
        code: text("code"),
        language: Some(asked.language),
    };
    match join::join(asked.daemun.clone(), call(asked), input).await {
        Ok(joined) => {
            let page = recovery_codes(&joined.recovery_codes, &format!("{CONSOLE}/"));
            Ok(page.render(&asked.frame()).with(asked.session_cookie(Some(&joined.cookie))))
        }
        Err(Failure::Refused { code: Code::TokenInvalid, .. }) => form(asked, page, None).await,
        Err(failure) if is_forms(&failure) => form(asked, page, Some(&failure)).await,
        Err(failure) => Ok(refused::failed(&asked.frame(), &failure)),
    }
}
