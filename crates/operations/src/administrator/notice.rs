//! Mails that tell an administrator what was done with their sign-in, in the transaction that does it.

use daemun_model::Administrator;
use daemun_model::message::{Channel, Message, Secret, Template};
use daemun_store::outbox::NewMessage;

use crate::call::Call;
use crate::daemun::Daemun;

/// The mail, with nothing secret in it.
pub(super) fn notice(daemun: &Daemun, call: &Call, to: &Administrator, template: Template) -> NewMessage {
    let now = daemun.clock.now();
    NewMessage {
        id: daemun.random.uuid_v7(now),
        app: call.app.id,
        account: None,
        message: Message {
            channel: Channel::Email,
            to: to.email.clone(),
            template,
            language: to.language.unwrap_or_else(|| call.language()),
            app_title: call.app.title.clone(),
            secret: Secret::default(),
        },
        created_at: now,
        expires_at: None,
    }
}
