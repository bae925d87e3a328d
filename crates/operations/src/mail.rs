//! Messages to members: written here, kept in the transaction of what they tell about, sent by the worker.

use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{Account, Language, Timestamp};
use daemun_store::outbox::NewMessage;

use crate::call::Call;
use crate::daemun::Daemun;

/// The language in which a member reads: their own, else what the client asks for, else the app's.
pub(crate) fn language_of(call: &Call, account: Option<&Account>) -> Language {
    account
        .and_then(|account| account.locale.as_deref())
        .and_then(Language::from_tag)
        .unwrap_or_else(|| call.language())
}

/// A notice without a secret to an account's address, where it has one.
pub(crate) fn notice(
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    template: Template,
) -> Option<NewMessage> {
    let to = account.email.clone()?;
    Some(compose(daemun, call, Some(account), to, (template, Secret::default(), None)))
}

/// A mail with a secret that works until a moment.
pub(crate) fn with_secret(
    daemun: &Daemun,
    call: &Call,
    (account, to): (Option<&Account>, &str),
    (template, secret): (Template, Secret),
    expires_at: Timestamp,
) -> NewMessage {
    compose(daemun, call, account, to.to_owned(), (template, secret, Some(expires_at)))
}

fn compose(
    daemun: &Daemun,
    call: &Call,
    account: Option<&Account>,
    to: String,
    (template, secret, expires_at): (Template, Secret, Option<Timestamp>),
) -> NewMessage {
    let now = daemun.clock.now();
    NewMessage {
        id: daemun.random.uuid_v7(now),
        app: call.app.id,
        account: account.map(|account| account.uuid),
        message: Message {
            channel: Channel::Email,
            to,
            template,
            language: language_of(call, account),
            app_title: call.app.title.clone(),
            secret,
        },
        created_at: now,
        expires_at,
    }
}
