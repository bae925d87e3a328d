//! How a message leaves: what it says, in the reader's language, and by which way it travels.
//!
//! Nothing here is logged, and no fault names an address, a code or a link.

mod delivery;
mod dev;
mod render;
mod sms;
mod smtp;
mod templates;

pub use delivery::{Delivery, DeliveryOptions, EmailOptions, Outgoing, Receipt, SendFault, SmsOptions};
pub use render::{Rendered, render};
pub use sms::{
    HttpSmsOptions, NotSigned, Report, StatusCallback, Timeouts, TwilioCredentials, TwilioOptions,
    TwilioSender,
};
pub use smtp::{Encryption, SmtpOptions};
pub use templates::Templates;

/// A message that cannot be written, or a configuration that nothing can be sent with.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The secret part of the message lacks what its template needs, as after it was sent and cleared.
    #[error("the message `{0}` lacks its code or link")]
    NoSecret(&'static str),
    /// The link is no absolute `http` or `https` URL of printable ASCII.
    #[error("the link of the message `{0}` is no URL")]
    BadLink(&'static str),
    /// A template is broken.
    #[error("the template of the message `{template}` is broken: {cause}")]
    Template {
        /// Which one.
        template: &'static str,
        /// Where and why.
        cause: minijinja::Error,
    },
    /// Mail cannot be sent with these settings.
    #[error("delivery by SMTP: {0}")]
    Smtp(String),
    /// Text messages cannot be sent with these settings.
    #[error("delivery of text messages: {0}")]
    Sms(String),
}
