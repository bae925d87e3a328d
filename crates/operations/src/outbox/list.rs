//! What lies in the outbox, for operators.

use daemun_delivery::Delivery;
use daemun_model::message::{Channel, DeliveryState, Message, Secret};
use daemun_model::{Failure, Timestamp};
use daemun_store::outbox::{self, Kept};
use serde::Serialize;

use crate::daemun::Daemun;

/// One message.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Its identifier.
    pub id: String,
    /// The name of the app that writes.
    pub app: String,
    /// How it travels.
    pub channel: Channel,
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: Option<String>,
    /// What it says: gone with its secret once it is sent, except from the dev outbox.
    pub text: Option<String>,
    /// The one-time code in it, while it is kept.
    pub code: Option<String>,
    /// The link in it, while it is kept.
    pub link: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was given up.
    pub failed_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The provider's code of what went wrong last.
    pub error_code: Option<String>,
    /// The provider's name for the message.
    pub provider_id: Option<String>,
    /// How far it has come on the provider's side, where that is told.
    pub delivery_state: Option<DeliveryState>,
}

/// The latest `limit` messages of all apps, or of one, the oldest first. Those that wait are among them.
///
/// # Errors
/// When the database does not answer.
pub async fn list(daemun: &Daemun, app: Option<&str>, limit: u32) -> Result<Vec<Listed>, Failure> {
    let mut reader = daemun.reader();
    let app = match app {
        None => None,
        Some(name) => match daemun_store::apps::find_by_name(&mut reader, name).await? {
            Some(id) => Some(id),
            None => return Ok(Vec::new()),
        },
    };
    let kept = outbox::list(&mut reader, app, limit.into()).await?;
    Ok(kept.into_iter().map(|kept| listed(&daemun.delivery, kept)).collect())
}

fn listed(delivery: &Delivery, kept: Kept) -> Listed {
    let subject = subject_of(delivery, &kept.app, &kept.message);
    let text = text_of(delivery, &kept.app, &kept.message);
    Listed {
        id: kept.id.to_string(),
        app: kept.app,
        channel: kept.message.channel,
        subject,
        text,
        to: kept.message.to,
        code: kept.message.secret.code,
        link: kept.message.secret.link,
        created_at: kept.created_at,
        sent_at: kept.sent_at,
        failed_at: kept.failed_at,
        attempts: kept.attempts,
        last_error: kept.last_error,
        error_code: kept.error_code,
        provider_id: kept.provider_id,
        delivery_state: kept.delivery_state,
    }
}

/// What a message says; nothing once its secret is cleared.
pub(super) fn text_of(delivery: &Delivery, app: &str, message: &Message) -> Option<String> {
    delivery.render(app, message).ok().map(|rendered| rendered.text)
}

/// What a message is about.
pub(super) fn subject_of(delivery: &Delivery, app: &str, message: &Message) -> Option<String> {
    let subject = delivery.render(app, message).ok().map(|rendered| rendered.subject);
    subject.or_else(|| subject_without_secret(delivery, app, message))
}

/// The subject of a message whose secret is cleared: no subject has a secret in it, but the template asks for one.
fn subject_without_secret(delivery: &Delivery, app: &str, message: &Message) -> Option<String> {
    let secret = Secret {
        code: Some("000000".to_owned()),
        link: Some("https://cleared.invalid/".to_owned()),
        reason: None,
    };
    delivery.render(app, &Message { secret, ..message.clone() }).ok().map(|rendered| rendered.subject)
}
