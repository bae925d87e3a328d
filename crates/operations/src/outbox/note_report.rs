//! What the provider of text messages tells about one later.

use daemun_delivery::Report;
use daemun_model::Failure;
use daemun_model::message::DeliveryState;
use daemun_store::outbox::{self, Told};
use uuid::Uuid;

use crate::daemun::Daemun;

/// Notes how far a message has come. What is known already, what is older than what is known, and what is told of
/// another message than the one that was sent, changes nothing.
///
/// # Errors
/// When the database does not answer: the provider should tell it again.
pub async fn note_report(daemun: &Daemun, id: Uuid, report: Report) -> Result<(), Failure> {
    let Report { provider_id, state, error_code } = report;
    let told = Told { provider_id, state, error_code };
    let (noted, now) = (told.clone(), daemun.clock.now());
    let news = daemun.db.write(async move |tx| Ok(outbox::note_told(tx, id, &noted, now).await?)).await?;
    if !news {
        return Ok(());
    }
    metrics::counter!("daemun_sms_reports_total", "state" => state.as_str()).increment(1);
    let code = told.error_code.as_deref();
    match state {
        DeliveryState::Queued | DeliveryState::Sent | DeliveryState::Delivered => {
            tracing::info!(%id, state = state.as_str(), code, "a text message went on");
        }
        DeliveryState::Undelivered | DeliveryState::Failed => {
            tracing::warn!(%id, state = state.as_str(), code, "a text message did not arrive");
        }
    }
    Ok(())
}
