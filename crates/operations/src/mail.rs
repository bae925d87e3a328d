//! Messages to members: written here, kept in the transaction of what they tell about, sent by the worker.

use daemun_model::app::Identifier as SignInWith;
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_model::{Account, Language, PhoneNumber, Timestamp};
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

/// How an account is told something: by the way it signs in first, of those that lead to it. A text message goes only
/// where [`Limits`](crate::Limits) allows it.
fn way_to(daemun: &Daemun, call: &Call, account: &Account) -> Option<(Channel, String)> {
    let by_phone = || {
        let number =
            PhoneNumber::parse(account.phone_number.as_deref()?, &call.app.policy.phone_region).ok()?;
        let takes_sms = number.takes_sms(&daemun.settings.limits.sms_regions);
        takes_sms.then(|| (Channel::Sms, number.e164().to_owned()))
    };
    let by_mail = || Some((Channel::Email, account.email.clone()?));
    if call.app.policy.sign_in.first() == Some(&SignInWith::PhoneNumber) {
        by_phone().or_else(by_mail)
    } else {
        by_mail().or_else(by_phone)
    }
}

/// Where messages of a channel reach an account, as it is kept.
pub(crate) fn address_of(account: &Account, channel: Channel) -> Option<String> {
    match channel {
        Channel::Email => account.email.clone(),
        Channel::Sms => account.phone_number.clone(),
    }
}

/// A notice without a secret to an account, where something leads to it.
pub(crate) fn notice(
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    template: Template,
) -> Option<NewMessage> {
    notice_with(daemun, call, account, (template, Secret::default()))
}

/// As [`notice`], with words that are the reader's alone.
pub(crate) fn notice_with(
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    (template, secret): (Template, Secret),
) -> Option<NewMessage> {
    let way = way_to(daemun, call, account)?;
    Some(compose(daemun, call, Some(account), way, (template, secret, None)))
}

/// A mail with a secret that works until a moment.
pub(crate) fn with_secret(
    daemun: &Daemun,
    call: &Call,
    (account, to): (Option<&Account>, &str),
    (template, secret): (Template, Secret),
    expires_at: Timestamp,
) -> NewMessage {
    let way = (Channel::Email, to.to_owned());
    compose(daemun, call, account, way, (template, secret, Some(expires_at)))
}

/// A message to an account, by either channel, with a secret that works until a moment.
pub(crate) fn sent_by(
    (channel, to): (Channel, &str),
    daemun: &Daemun,
    call: &Call,
    account: &Account,
    (template, secret, expires_at): (Template, Secret, Timestamp),
) -> NewMessage {
    let way = (channel, to.to_owned());
    compose(daemun, call, Some(account), way, (template, secret, Some(expires_at)))
}

fn compose(
    daemun: &Daemun,
    call: &Call,
    account: Option<&Account>,
    (channel, to): (Channel, String),
    (template, secret, expires_at): (Template, Secret, Option<Timestamp>),
) -> NewMessage {
    let now = daemun.clock.now();
    NewMessage {
        id: daemun.random.uuid_v7(now),
        app: call.app.id,
        account: account.map(|account| account.uuid),
        message: Message {
            channel,
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
