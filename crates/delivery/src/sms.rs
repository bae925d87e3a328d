//! Text messages, handed to a provider over HTTP.

mod exchange;
mod http;
mod signature;
mod twilio;

use daemun_model::message::DeliveryState;

pub use exchange::Timeouts;
pub(crate) use http::HttpSms;
pub use http::HttpSmsOptions;
pub(crate) use twilio::Twilio;
pub use twilio::{StatusCallback, TwilioCredentials, TwilioOptions, TwilioSender};

/// What a provider tells about a message after it has taken it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its own name for the message.
    pub provider_id: String,
    /// How far the message has come.
    pub state: DeliveryState,
    /// Its code of what went wrong.
    pub error_code: Option<String>,
}

/// A report that the provider did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider did not sign this")]
pub struct NotSigned;

/// A provider's own word as it may stand in the database and in the log: it is short and has nothing but letters, digits
/// and dashes, so it is no sentence that repeats a number or a code.
fn word(text: &str) -> Option<String> {
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    fits.then(|| text.to_owned())
}
