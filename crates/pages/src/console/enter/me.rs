//! One's own page: name and language, browsers, password, second factor.

use daemun_model::{Code, Failure, Language};
use daemun_operations::administrator::{own, sessions};
use minijinja::value::Serde;
use minijinja::{Value, context};
use uuid::Uuid;

use super::super::CONSOLE;
use super::super::answer::Answer;
use super::super::page::Page;
use super::super::visit::Visit;
use super::{confirm, is_forms, own_call, qr, recovery_codes, status_of, typed};

pub(super) async fn serve(visit: &Visit<'_>, rest: &[&str]) -> Result<Answer, Failure> {
    match (visit.acts(), rest) {
        (false, []) => show(visit, None).await,
        (true, ["profile"]) => profile(visit).await,
        (true, ["password"]) => password(visit).await,
        (true, ["sessions", "end-others"]) => {
            sessions::end_others(visit.daemun(), own_call(visit), &visit.signed).await?;
            Ok(visit.done("/me", "sessions-ended"))
        }
        (true, ["sessions", id, "end"]) => end(visit, id).await,
        (false, ["second-factor"]) => second_factor(visit, None),
        (true, ["second-factor"]) => change_second_factor(visit).await,
        (true, ["recovery-codes"]) => renew(visit).await,
        _ => Err(Code::RouteNotFound.into()),
    }
}

async fn show(visit: &Visit<'_>, failure: Option<&Failure>) -> Result<Answer, Failure> {
    let daemun = visit.daemun();
    let administrator = &visit.signed.administrator;
    let values = context! {
        administrator => Value::from(Serde(administrator)),
        listed => Value::from(Serde(&sessions::list(&daemun, &visit.signed).await?)),
        codes_left => own::count_recovery_codes(&daemun, &visit.signed).await?,
        typed_name => visit.given("name").unwrap_or_else(|| administrator.name.clone()),
        language => administrator.language.map_or("", Language::code),
        faults => failure.map(|failure| visit.faults(failure)),
    };
    let page = Page::new("console/enter-me.html", "section-me", values);
    Ok(visit.page(match failure {
        Some(failure) => page.status(status_of(failure)).because(failure),
        None => page,
    }))
}

/// Shows the page again for what was typed wrong.
async fn again(visit: &Visit<'_>, failure: Failure) -> Result<Answer, Failure> {
    if is_forms(&failure) { show(visit, Some(&failure)).await } else { Err(failure) }
}

async fn profile(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let language = Language::from_tag(typed(visit.asked, "language"));
    let input = (typed(visit.asked, "name"), language);
    match own::update_profile(visit.daemun(), own_call(visit), &visit.signed, input).await {
        Ok(()) => {
            // What was chosen here counts from now on, whatever was chosen on a page before.
            let code = language.map_or("", Language::code);
            let query = if code.is_empty() { String::new() } else { format!("lang={code}&") };
            Ok(Answer::Go(format!("{CONSOLE}/me?{query}done=saved")))
        }
        Err(failure) => again(visit, failure).await,
    }
}

async fn password(visit: &Visit<'_>) -> Result<Answer, Failure> {
    let input = own::NewPassword {
        current: typed(visit.asked, "current_password").to_owned(),
        password: typed(visit.asked, "password").to_owned(),
        password_again: typed(visit.asked, "password_again").to_owned(),
    };
    match own::change_password(visit.daemun(), own_call(visit), &visit.signed, input).await {
        Ok(()) => Ok(visit.done("/me", "password-changed")),
        Err(failure) => again(visit, failure).await,
    }
}

async fn end(visit: &Visit<'_>, id: &str) -> Result<Answer, Failure> {
    let id = Uuid::try_parse(id).map_err(|_| Failure::from(Code::NotFound))?;
    sessions::end(visit.daemun(), own_call(visit), &visit.signed, id).await?;
    Ok(visit.done("/me", "session-ended"))
}

/// Shows a new second factor.
fn second_factor(visit: &Visit<'_>, failure: Option<&Failure>) -> Result<Answer, Failure> {
    if let Some(answer) = confirm::first(visit, "/me/second-factor") {
        return Ok(answer);
    }
    let draft = own::draft(&visit.asked.daemun, &visit.signed, visit.asked.form.get("draft"))?;
    let values = context! {
        draft => &draft.sealed,
        secret => &draft.secret,
        uri => &draft.uri,
        qr => qr(&draft.uri)?,
        faults => failure.map(|failure| visit.faults(failure)),
    };
    let page = Page::new("console/enter-second-factor.html", "second-factor-title", values);
    Ok(visit.page(match failure {
        Some(failure) => page.status(status_of(failure)).because(failure),
        None => page,
    }))
}

async fn change_second_factor(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) = confirm::first(visit, "/me/second-factor") {
        return Ok(answer);
    }
    let input = (typed(visit.asked, "draft"), typed(visit.asked, "code"));
    match own::change_second_factor(visit.daemun(), own_call(visit), &visit.signed, input).await {
        Ok(codes) => Ok(visit.page(recovery_codes(&codes, &format!("{CONSOLE}/me")))),
        Err(failure) if is_forms(&failure) => second_factor(visit, Some(&failure)),
        Err(failure) => Err(failure),
    }
}

async fn renew(visit: &Visit<'_>) -> Result<Answer, Failure> {
    if let Some(answer) = confirm::first(visit, "/me") {
        return Ok(answer);
    }
    let codes = own::renew_recovery_codes(visit.daemun(), own_call(visit), &visit.signed).await?;
    Ok(visit.page(recovery_codes(&codes, &format!("{CONSOLE}/me"))))
}
