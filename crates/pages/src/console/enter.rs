//! How administrators come in and leave.

use daemun_model::{Code, Failure};

use super::CONSOLE;
use super::answer::Answer;
use super::asked::{Asked, Verb};
use super::section::Section;
use super::visit::Visit;

/// Answers what needs no session: signing in, becoming the first owner, accepting an invitation. `None` where the path is
/// another's.
pub(super) async fn serve(_asked: &Asked, _segments: &[&str]) -> Option<Result<Answer, Failure>> {
    None
}

/// Answers what an administrator does with their own session.
pub(super) async fn serve_signed(
    visit: &Visit<'_>,
    section: Section,
    _rest: &[&str],
) -> Result<Answer, Failure> {
    match (section, visit.acts()) {
        (Section::SignOut, true) => {
            Ok(Answer::GoWith(format!("{CONSOLE}/sign-in"), visit.asked.session_cookie(None)))
        }
        _ => Err(Code::RouteNotFound.into()),
    }
}

/// The way in, for who is not signed in; after it they are where they wanted to be.
pub(super) fn send_to_sign_in(asked: &Asked) -> Answer {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    // What was to be done is not done by a link.
    if asked.verb == Verb::Show && !asked.path.is_empty() {
        query.append_pair("next", &format!("{CONSOLE}{}", asked.path));
    }
    let query = query.finish();
    let separator = if query.is_empty() { "" } else { "?" };
    Answer::Go(format!("{CONSOLE}/sign-in{separator}{query}"))
}
