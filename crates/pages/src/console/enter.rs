//! How administrators come in and leave: what needs no session, and what somebody does with their own.

mod confirm;
mod join;
mod me;
mod next;
mod sign_in;

use daemun_model::{Code, Failure};
use daemun_operations::Call;
use daemun_operations::administrator::{self, sessions};
use http::StatusCode;
use minijinja::Value;
use minijinja::value::Serde;

use super::CONSOLE;
use super::answer::Answer;
use super::asked::{Asked, Verb};
use super::page::Page;
use super::section::Section;
use super::visit::Visit;
use crate::texts;

/// Answers what needs no session: signing in, becoming the first owner, accepting an invitation. `None` where the path is
/// another's.
pub(super) async fn serve(asked: &Asked, segments: &[&str]) -> Option<Result<Answer, Failure>> {
    let acts = asked.verb == Verb::Act;
    Some(match (segments, acts) {
        (["sign-in"], false) => Box::pin(sign_in::show(asked)).await,
        (["sign-in"], true) => Box::pin(sign_in::act(asked)).await,
        (["sign-in", "code"], false) => Box::pin(sign_in::show_code(asked)).await,
        (["sign-in", "code"], true) => Box::pin(sign_in::act_code(asked)).await,
        ([page @ ("set-up" | "join")], false) => Box::pin(join::show(asked, page)).await,
        ([page @ ("set-up" | "join")], true) => Box::pin(join::act(asked, page)).await,
        _ => return None,
    })
}

/// Answers what an administrator does with their own session.
pub(super) async fn serve_signed(
    visit: &Visit<'_>,
    section: Section,
    rest: &[&str],
) -> Result<Answer, Failure> {
    match (section, visit.acts(), rest) {
        (Section::SignOut, true, []) => {
            sessions::sign_out(visit.daemun(), own_call(visit), &visit.signed).await?;
            Ok(Answer::GoWith(format!("{CONSOLE}/sign-in?done=signed-out"), visit.asked.session_cookie(None)))
        }
        (Section::Confirm, false, []) => Ok(confirm::show(visit)),
        (Section::Confirm, true, []) => confirm::act(visit).await,
        (Section::Me, _, _) => Box::pin(me::serve(visit, rest)).await,
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// The way in, for who is not signed in; after it they are where they wanted to be.
pub(super) fn send_to_sign_in(asked: &Asked) -> Answer {
    // What was to be done is not done by a link.
    let next =
        (asked.verb == Verb::Show && !asked.path.is_empty()).then(|| format!("{CONSOLE}{}", asked.path));
    Answer::Go(next::with("/sign-in", next.as_deref()))
}

/// A call of a verb of administrators by nobody who is known.
fn call(asked: &Asked) -> Call {
    let edge = &asked.edge;
    let call = administrator::call(&asked.daemun, edge.client.clone(), edge.request_id.clone());
    Call { language: Some(asked.language), ..call }
}

/// A call of a verb of administrators by who is signed in.
pub(super) fn own_call(visit: &Visit<'_>) -> Call {
    let edge = &visit.asked.edge;
    let call = visit.signed.call(&visit.asked.daemun, edge.client.clone(), edge.request_id.clone());
    Call { language: Some(visit.language()), ..call }
}

/// A field of the form as it was typed: nothing is cut off a password.
fn typed<'f>(asked: &'f Asked, name: &str) -> &'f str {
    asked.form.get(name).unwrap_or_default()
}

/// Sends away who must prove first that they are still themselves; then they go on at `path` below the console.
pub(super) fn confirmed_first(visit: &Visit<'_>, path: &str) -> Option<Answer> {
    confirm::first(visit, path)
}

/// The status of a form that is shown again.
fn status_of(failure: &Failure) -> StatusCode {
    StatusCode::from_u16(failure.code().default_status()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// What a failure says about a form's inputs.
fn faults(asked: &Asked, failure: &Failure) -> Value {
    Value::from(Serde(&texts::faults(asked.language, failure)))
}

/// Whether a failure is about what was typed: the form is shown again then.
const fn is_forms(failure: &Failure) -> bool {
    match failure {
        Failure::Invalid(_) | Failure::Refused { field: Some(_), .. } => true,
        Failure::Refused { field: None, .. }
        | Failure::TooManyRequests { .. }
        | Failure::Unavailable { .. }
        | Failure::Broken(_) => false,
    }
}

/// The page that shows recovery codes, this once.
fn recovery_codes(codes: &[String], to: &str) -> Page {
    let values = minijinja::context! { codes => Value::from(codes.to_vec()), to };
    Page::new("console/enter-recovery-codes.html", "recovery-codes-title", values)
}

/// A QR code as SVG: attributes only, so that no policy minds.
fn qr(text: &str) -> Result<Value, Failure> {
    let code = qrcode::QrCode::new(text).map_err(Failure::broken)?;
    let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build();
    let begin = picture.find("<svg").unwrap_or_default();
    Ok(Value::from_safe_string(picture[begin..].to_owned()))
}
