//! What came of a message: what our own attempt brought, and what its provider told later.

use daemun_model::Timestamp;
use daemun_model::message::{Channel, DeliveryState};
use uuid::Uuid;

use crate::{DbError, Tx, sql};

/// What becomes of a message after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// It is sent; the dev outbox keeps the secret.
    Sent {
        /// Whether the secret part stays.
        keep_secret: bool,
        /// The provider's name for the message, where it gave one.
        provider_id: Option<String>,
        /// How far it has come, where the provider told.
        state: Option<DeliveryState>,
    },
    /// It is tried again at a moment.
    Later {
        /// When.
        next_at: Timestamp,
        /// What went wrong.
        error: String,
        /// The provider's code for it.
        code: Option<String>,
    },
    /// It is given up.
    GivenUp {
        /// What went wrong.
        error: String,
        /// The provider's code for it.
        code: Option<String>,
    },
}

/// Notes what became of a message, and ends its lease. A worker that was so slow that another took the message notes
/// only that it was sent: else it would end the other's lease.
///
/// # Errors
/// When the database does not answer.
pub async fn note_attempt(
    tx: &mut Tx,
    (id, attempt): (Uuid, i64),
    what: &Attempted,
    now: Timestamp,
) -> Result<(), DbError> {
    let statement = match what {
        Attempted::Sent { keep_secret, provider_id, state } => {
            let text = if *keep_secret {
                "UPDATE outbox SET sent_at = $1, leased_until = 0, last_error = NULL, error_code = NULL, \
                 provider_id = $3, delivery_state = $4 WHERE id = $2 AND sent_at IS NULL"
            } else {
                "UPDATE outbox SET sent_at = $1, leased_until = 0, last_error = NULL, error_code = NULL, \
                 provider_id = $3, delivery_state = $4, secret = NULL WHERE id = $2 AND sent_at IS NULL"
            };
            sql(text).bind(now).bind(id).bind(provider_id.as_deref()).bind(state.map(DeliveryState::as_str))
        }
        Attempted::Later { next_at, error, code } => {
            sql("UPDATE outbox SET next_at = $1, leased_until = 0, last_error = $2, error_code = $5 \
                 WHERE id = $3 AND sent_at IS NULL AND attempts = $4")
            .bind(*next_at)
            .bind(error)
            .bind(id)
            .bind(attempt)
            .bind(code.as_deref())
        }
        Attempted::GivenUp { error, code } => {
            sql("UPDATE outbox SET failed_at = $1, leased_until = 0, last_error = $2, error_code = $5, \
                 secret = NULL WHERE id = $3 AND sent_at IS NULL AND attempts = $4")
            .bind(now)
            .bind(error)
            .bind(id)
            .bind(attempt)
            .bind(code.as_deref())
        }
    };
    statement.execute(tx).await?;
    Ok(())
}

/// What a provider tells about a message later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The provider's name for the message.
    pub provider_id: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// The provider's code of what went wrong.
    pub error_code: Option<String>,
}

/// Notes what the provider of text messages told, unless it is known already or older than what is known: whether it
/// was news. A message that it tells of is sent, also where nobody waited for its answer long enough to know.
///
/// # Errors
/// When the database does not answer.
pub async fn note_told(tx: &mut Tx, id: Uuid, told: &Told, now: Timestamp) -> Result<bool, DbError> {
    let earlier = |place: usize| told.state.follows().get(place).map(|state| state.as_str());
    let news = sql("UPDATE outbox SET delivery_state = $1, error_code = $2, delivery_at = $3, provider_id = $4, \
             sent_at = COALESCE(sent_at, $3), failed_at = NULL, last_error = NULL, secret = NULL, leased_until = 0 \
         WHERE id = $5 AND channel = $6 AND (provider_id IS NULL OR provider_id = $4) \
             AND (delivery_state IS NULL OR delivery_state = $7 OR delivery_state = $8)")
    .bind(told.state.as_str())
    .bind(told.error_code.as_deref())
    .bind(now)
    .bind(&told.provider_id)
    .bind(id)
    .bind(Channel::Sms.as_str())
    .bind(earlier(0))
    .bind(earlier(1))
    .execute(tx)
    .await?;
    Ok(news == 1)
}
