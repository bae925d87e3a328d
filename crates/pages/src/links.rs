//! Whether the link of a mail still works, found out without spending it.

use daemun_model::Failure;

use crate::Visit;

/// What became of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// It works.
    Live,
    /// It was used, is too old, replaced by a newer one, or never was one.
    Dead,
}

/// The link to choose a new password.
pub(crate) async fn reset(visit: &Visit) -> Result<LinkState, Failure> {
    Ok(present(visit))
}

/// The link that verifies an address.
pub(crate) async fn verify(visit: &Visit) -> Result<LinkState, Failure> {
    Ok(present(visit))
}

fn present(visit: &Visit) -> LinkState {
    if visit.fields.get("token").is_some_and(|token| !token.is_empty()) {
        LinkState::Live
    } else {
        LinkState::Dead
    }
}
