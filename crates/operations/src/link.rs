//! The links of mails. They lead to the app's hosted pages, at the address that the configuration says.

use daemun_model::{AccountUuid, App, Language, ids};

/// Whether the token of a link works now. To ask spends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It works.
    Live,
    /// It is unknown, expired, spent or replaced by a newer one.
    Dead,
}

/// Where a new password is chosen.
pub(crate) fn to_reset(app: &App, account: AccountUuid, token: &str, language: Language) -> String {
    let uid = ids::to_short(account.0);
    format!("{}/pages/reset?uid={uid}&token={token}&lang={}", app.public_url, language.code())
}

/// Where an address is verified.
pub(crate) fn to_verify(app: &App, token: &str, language: Language) -> String {
    format!("{}/pages/verify?token={token}&lang={}", app.public_url, language.code())
}
