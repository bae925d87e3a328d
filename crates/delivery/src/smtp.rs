//! E-mail through a mail server (RFC 5321, submission by RFC 6409 and RFC 8314).

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use daemun_model::Clock;
use daemun_model::email::ascii_domain;
use daemun_model::message::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::DeliveryError;
use crate::delivery::SendFault;
use crate::render::{Rendered, header_safe};

/// The mail server, and who we are to it.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port: 465 for implicit TLS, 587 for STARTTLS.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The user to sign in as; without one nobody signs in.
    pub username: Option<String>,
    /// That user's password.
    pub password: Option<SecretString>,
    /// Who writes: `id@example.com` or `Example <id@example.com>`. Without a name the app's title is shown.
    pub from: String,
    /// Where replies go, if not to `from`.
    pub reply_to: Option<String>,
    /// Seconds that one message may take, connecting included.
    pub timeout_seconds: u64,
    /// The most connections that are kept open.
    pub connections: u32,
    /// Certificates (PEM) that are believed beside those of this machine: the authority of a mail server inside a house.
    pub authority: Option<String>,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (RFC 8314 section 3.3).
    Implicit,
    /// TLS by STARTTLS; a server that does not offer it is not written to.
    StartTls,
    /// None: only to a server on this machine.
    None,
}

/// A way out through a mail server.
pub(crate) struct Smtp {
    builder: AsyncSmtpTransportBuilder,
    transport: RwLock<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl Smtp {
    pub(crate) fn new(options: SmtpOptions, clock: Arc<dyn Clock>) -> Result<Self, DeliveryError> {
        let from = mailbox("from", &options.from)?;
        let reply_to = options.reply_to.as_deref().map(|text| mailbox("reply_to", text)).transpose()?;
        let timeout = Duration::from_secs(options.timeout_seconds.max(1));
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&options.host)
            .port(options.port)
            .tls(tls(&options)?)
            .timeout(Some(timeout))
            .pool_config(PoolConfig::new().max_size(options.connections.max(1)));
        builder = match (options.username, options.password) {
            (Some(username), Some(password)) => {
                builder.credentials(Credentials::new(username, password.expose_secret().to_owned()))
            }
            (None, None) => builder,
            _ => return Err(DeliveryError::Smtp("username and password belong together".to_owned())),
        };
        let transport = RwLock::new(builder.clone().build());
        Ok(Self { builder, transport, from, reply_to, timeout, clock })
    }

    pub(crate) async fn send(
        &self,
        id: Uuid,
        message: &Message,
        rendered: Rendered,
    ) -> Result<(), SendFault> {
        let mail = self.compose(id, message, rendered)?;
        let transport = self.transport.read().unwrap_or_else(PoisonError::into_inner).clone();
        match tokio::time::timeout(self.timeout, transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault(&error, message.to.is_ascii())),
            Err(_) => {
                self.reconnect();
                Err(SendFault::transient("the mail server did not answer in time"))
            }
        }
    }

    /// A connection that was left in the middle of a command may still hold its answer: none of the pool is
    /// used again.
    fn reconnect(&self) {
        let mut transport = self.transport.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *transport, self.builder.clone().build());
        drop(transport);
        tokio::spawn(async move { old.shutdown().await });
    }

    fn compose(&self, id: Uuid, message: &Message, rendered: Rendered) -> Result<lettre::Message, SendFault> {
        let unusable = |_| SendFault::permanent("the recipient's address cannot be written to");
        let to = Mailbox::new(None, ascii(message.to.parse().map_err(unusable)?));
        let mut from = self.from.clone();
        from.name.get_or_insert_with(|| header_safe(&message.app_title));
        let now = u64::try_from(self.clock.now().0).unwrap_or(0);
        // RFC 5322 section 3.6.4: the same mail has the same identifier, so that one which was sent again because nobody
        // knew that it had left can be known for the same.
        let id = format!("<{id}@{}>", from.email.domain());
        let mut mail = lettre::Message::builder()
            .from(from)
            .to(to)
            .subject(rendered.subject)
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(now))
            .message_id(Some(id))
            // RFC 3834 section 5: no machine answers it. Exchange listens to a header of its own.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        if let Some(reply_to) = &self.reply_to {
            mail = mail.reply_to(reply_to.clone());
        }
        let composed = match rendered.html {
            Some(html) => mail.multipart(MultiPart::alternative_plain_html(rendered.text, html)),
            None => mail.singlepart(SinglePart::plain(rendered.text)),
        };
        composed.map_err(|_| SendFault::permanent("the mail cannot be composed"))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn mailbox(setting: &str, text: &str) -> Result<Mailbox, DeliveryError> {
    let mailbox: Mailbox = text
        .parse()
        .map_err(|_| DeliveryError::Smtp(format!("`{setting}` is no address: `id@example.com` is one")))?;
    let address = ascii(mailbox.email);
    let name = mailbox.name.as_deref().map(header_safe).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address))
}

/// The address with its domain as it travels (RFC 5891): a server that knows no SMTPUTF8 takes it then.
fn ascii(address: Address) -> Address {
    let domain = ascii_domain(address.domain());
    domain.and_then(|domain| Address::new(address.user(), domain).ok()).unwrap_or(address)
}

fn tls(options: &SmtpOptions) -> Result<Tls, DeliveryError> {
    let parameters = || {
        let mut builder = TlsParameters::builder(options.host.clone());
        if let Some(pem) = &options.authority {
            let certificate = Certificate::from_pem(pem.as_bytes()).map_err(|_| {
                DeliveryError::Smtp("the authority's file holds no certificate (PEM)".to_owned())
            })?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map_err(|error| DeliveryError::Smtp(format!("TLS cannot be used: {error}")))
    };
    match options.encryption {
        Encryption::Implicit => Ok(Tls::Wrapper(parameters()?)),
        Encryption::StartTls => Ok(Tls::Required(parameters()?)),
        Encryption::None if is_this_machine(&options.host) => Ok(Tls::None),
        Encryption::None => Err(DeliveryError::Smtp(
            "without encryption only a mail server on this machine (127.0.0.1) is written to".to_owned(),
        )),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// What a refusal means for the outbox. Servers like to repeat the address in their text, so only its codes are
/// kept (RFC 5321 section 4.2.1, RFC 3463).
fn fault(error: &Error, recipient_is_ascii: bool) -> SendFault {
    let Some(code) = error.status() else {
        // The server lacks SMTPUTF8 (RFC 6531): it never will reach this address.
        if error.is_client() && !recipient_is_ascii {
            return SendFault::permanent("the mail server does not take addresses beyond ASCII");
        }
        return SendFault::transient(unanswered(error));
    };
    let code = u16::from(code);
    let text = match enhanced_code(error) {
        Some(enhanced) => format!("the mail server answered {code} {enhanced}"),
        None => format!("the mail server answered {code}"),
    };
    // 53x is about our own credentials (RFC 4954 section 6): no message's fault.
    let permanent = error.is_permanent() && !(530..540).contains(&code);
    SendFault { permanent, text, ..SendFault::default() }
}

/// What went wrong where no server answered.
fn unanswered(error: &Error) -> String {
    if error.is_client() {
        return "the mail server does not offer what is needed: STARTTLS or a way to sign in".to_owned();
    }
    if error.is_response() {
        return "the mail server answered something that is not SMTP".to_owned();
    }
    // The network and TLS know nothing of the message: their words tell the operator what to mend.
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("the mail server cannot be reached: {cause}")
}

/// The `5.1.1` at the start of a server's text.
fn enhanced_code(error: &Error) -> Option<String> {
    let text = std::error::Error::source(error)?.to_string();
    let word = text.split_whitespace().next()?;
    let is_number =
        |part: &str| matches!(part.len(), 1..=3) && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = word.split('.').collect();
    (parts.len() == 3 && parts.iter().all(|part| is_number(part))).then(|| word.to_owned())
}
