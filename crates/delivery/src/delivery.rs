//! Which way a message takes.

use std::io::{Write, stdout};
use std::sync::{Arc, Mutex, PoisonError};

use daemun_model::Clock;
use daemun_model::message::{Channel, DeliveryState, Message};
use uuid::Uuid;

use crate::sms::{HttpSms, HttpSmsOptions, NotSigned, Report, Twilio, TwilioOptions};
use crate::smtp::{Smtp, SmtpOptions};
use crate::templates::Templates;
use crate::{DeliveryError, Rendered, dev};

/// How messages are delivered. By default nothing is sent and messages wait.
#[derive(Clone, Debug, Default)]
pub struct DeliveryOptions {
    /// E-mails.
    pub email: EmailOptions,
    /// Text messages.
    pub sms: SmsOptions,
    /// What messages say.
    pub templates: Templates,
}

/// How e-mails are delivered.
#[derive(Clone, Debug, Default)]
pub enum EmailOptions {
    /// They wait in the outbox.
    #[default]
    None,
    /// They are printed, and their secrets kept, for development.
    Dev,
    /// They are handed to a mail server.
    Smtp(SmtpOptions),
}

/// How text messages are delivered.
#[derive(Clone, Debug, Default)]
pub enum SmsOptions {
    /// They wait in the outbox.
    #[default]
    None,
    /// They are printed, and their secrets kept, for development.
    Dev,
    /// They are handed to Twilio.
    Twilio(TwilioOptions),
    /// They are handed to whoever takes them over HTTP.
    Http(HttpSmsOptions),
}

/// A message that is to leave.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Its own identifier, the same at each try: a mail that arrives twice can be known by it.
    pub id: Uuid,
    /// The name of the app that writes.
    pub app: &'a str,
    /// What is sent.
    pub message: &'a Message,
    /// Seconds until its secret stops working.
    pub seconds_left: Option<i64>,
}

/// What the next server said when it took a message over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Its own name for the message.
    pub provider_id: Option<String>,
    /// How far the message has come, where it told.
    pub state: Option<DeliveryState>,
}

/// A message that did not leave.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SendFault {
    /// Whether it would fail again however often it is tried.
    pub permanent: bool,
    /// Why, for the operator: never an address, a code or a link.
    pub text: String,
    /// The provider's code for it.
    pub code: Option<String>,
    /// Seconds that the server wants to be left alone.
    pub retry_after: Option<u32>,
}

impl SendFault {
    pub(crate) fn permanent(text: impl Into<String>) -> Self {
        Self { permanent: true, text: text.into(), ..Self::default() }
    }

    pub(crate) fn transient(text: impl Into<String>) -> Self {
        Self { permanent: false, text: text.into(), ..Self::default() }
    }
}

/// The ways out of this server.
pub struct Delivery {
    email: Way,
    sms: Way,
    templates: Templates,
    clock: Arc<dyn Clock>,
    printer: Mutex<Box<dyn Write + Send>>,
}

enum Way {
    None,
    Dev,
    Smtp(Box<Smtp>),
    Twilio(Box<Twilio>),
    Http(Box<HttpSms>),
}

impl Delivery {
    /// Prepares the ways; nothing is connected yet.
    ///
    /// # Errors
    /// `Smtp` when the settings cannot work: an address that is none, no encryption to another machine, half of
    /// the credentials, no trusted certificates on this machine. `Sms` likewise.
    pub fn new(options: DeliveryOptions, clock: Arc<dyn Clock>) -> Result<Self, DeliveryError> {
        let email = match options.email {
            EmailOptions::None => Way::None,
            EmailOptions::Dev => Way::Dev,
            EmailOptions::Smtp(smtp) => Way::Smtp(Box::new(Smtp::new(smtp, Arc::clone(&clock))?)),
        };
        let sms = match options.sms {
            SmsOptions::None => Way::None,
            SmsOptions::Dev => Way::Dev,
            SmsOptions::Twilio(twilio) => Way::Twilio(Box::new(Twilio::new(twilio)?)),
            SmsOptions::Http(http) => Way::Http(Box::new(HttpSms::new(http, &*clock)?)),
        };
        Ok(Self { email, sms, templates: options.templates, clock, printer: Mutex::new(Box::new(stdout())) })
    }

    /// Has the dev outbox print there instead of on standard output.
    pub fn printing_to(self, writer: impl Write + Send + 'static) -> Self {
        Self { printer: Mutex::new(Box::new(writer)), ..self }
    }

    /// Whether messages of this channel leave. Where not, they wait: do not call [`Delivery::send`].
    pub fn sends(&self, channel: Channel) -> bool {
        !matches!(self.way(channel), Way::None)
    }

    /// Whether the secret part stays in the outbox after sending, as the dev outbox wants it.
    pub fn keeps_secrets(&self, channel: Channel) -> bool {
        matches!(self.way(channel), Way::Dev)
    }

    /// Sends a message: it is done when the next server has taken it over. A fault that is not permanent is
    /// worth another try; after a timeout the message may have left all the same.
    ///
    /// # Errors
    /// Why it did not leave.
    pub async fn send(&self, outgoing: &Outgoing<'_>) -> Result<Receipt, SendFault> {
        let message = outgoing.message;
        let rendered =
            self.render(outgoing.app, message).map_err(|error| SendFault::permanent(error.to_string()))?;
        match self.way(message.channel) {
            Way::None => Err(SendFault::transient("no delivery is configured for this channel")),
            Way::Dev => self.print(&dev::block(message, &rendered)).map(|()| Receipt::default()),
            Way::Smtp(smtp) => smtp.send(outgoing.id, message, rendered).await.map(|()| Receipt::default()),
            Way::Twilio(twilio) => twilio.send(outgoing, &rendered.text, self.clock.now()).await,
            Way::Http(http) => http.send(outgoing, &rendered.text, self.clock.now()).await,
        }
    }

    /// Puts a message of an app into words, in its language.
    ///
    /// # Errors
    /// `NoSecret` when its code or link is gone, `BadLink` when the link is no `http` or `https` URL.
    pub fn render(&self, app: &str, message: &Message) -> Result<Rendered, DeliveryError> {
        self.templates.render(app, message)
    }

    /// Whether the provider of text messages tells later what became of them.
    pub fn awaits_reports(&self) -> bool {
        matches!(&self.sms, Way::Twilio(twilio) if twilio.awaits_reports())
    }

    /// Reads what the provider of text messages tells about the message `id` in a form, `None` where that is nothing of
    /// interest.
    ///
    /// # Errors
    /// `NotSigned` when it is not the provider that tells, or none is awaited.
    pub fn report(&self, id: Uuid, signature: &str, form: &[u8]) -> Result<Option<Report>, NotSigned> {
        match &self.sms {
            Way::Twilio(twilio) => twilio.report(id, signature, form),
            Way::None | Way::Dev | Way::Smtp(_) | Way::Http(_) => Err(NotSigned),
        }
    }

    const fn way(&self, channel: Channel) -> &Way {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        }
    }

    fn print(&self, block: &str) -> Result<(), SendFault> {
        let mut printer = self.printer.lock().unwrap_or_else(PoisonError::into_inner);
        printer
            .write_all(block.as_bytes())
            .and_then(|()| printer.flush())
            .map_err(|error| SendFault::transient(format!("the dev outbox cannot print: {error}")))
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |way: &Way| match way {
            Way::None => "none",
            Way::Dev => "dev",
            Way::Smtp(_) => "smtp",
            Way::Twilio(_) => "twilio",
            Way::Http(_) => "http",
        };
        write!(f, "Delivery(email: {}, sms: {})", name(&self.email), name(&self.sms))
    }
}
